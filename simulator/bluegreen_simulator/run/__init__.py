"""A running embedded AWS: one scenario simulated in it, or a service for this machine."""
