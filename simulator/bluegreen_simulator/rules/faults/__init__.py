"""What can go wrong on demand, and which of it strikes at a given moment."""
