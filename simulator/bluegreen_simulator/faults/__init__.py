"""What goes wrong on demand: the faults that a scenario, or the server's control route, names."""
