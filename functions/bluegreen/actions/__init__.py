"""What states and events share: follow an endpoint, announce facts, clone, update the registry."""
