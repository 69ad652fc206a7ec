"""The table of locks, deployments and notifications: its keys, and one module for each row."""
