"""A deployment: what was seen of it, how it ended, and the notifications about it."""
