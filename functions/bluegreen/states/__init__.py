"""One module for each state of the workflow: its handler, and what it does, from top to bottom."""
