"""The page of the local server: what it shows, and the few things that its buttons do."""
