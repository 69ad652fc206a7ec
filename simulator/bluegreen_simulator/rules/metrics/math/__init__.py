"""Metric math: its values, its functions, and the parser of its expressions."""
