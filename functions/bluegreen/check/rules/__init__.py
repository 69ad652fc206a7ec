"""What can be wrong with a request in its situation, by subject."""
