"""The check of a request: its situation, what its alarms can see and when, and the findings."""
