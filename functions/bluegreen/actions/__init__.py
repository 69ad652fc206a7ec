"""What states and events share: look, follow, announce, make the clone, tell the registry."""
