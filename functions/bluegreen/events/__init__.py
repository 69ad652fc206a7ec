"""One module for each rule or schedule: its handler, and what it does from top to bottom."""
