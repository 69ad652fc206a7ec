"""CloudWatch Logs: groups with their keys, and what is written to them."""
