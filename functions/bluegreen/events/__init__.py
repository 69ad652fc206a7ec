"""One module for each event rule or schedule: its handler, and what it does, top to bottom."""
