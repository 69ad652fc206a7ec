"""From an approved model package to an endpoint config, and back to the registry."""
