"""The table of locks, deployments and notifications: who keeps what under which key."""
