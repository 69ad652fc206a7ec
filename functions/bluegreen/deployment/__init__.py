"""A deployment that runs: what was seen of it, how it ended, and what is told of it."""
