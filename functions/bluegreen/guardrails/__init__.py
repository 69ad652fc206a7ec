"""Guardrails: what must hold of green, as alarms that nobody has to write."""
