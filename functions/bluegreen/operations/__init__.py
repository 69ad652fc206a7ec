"""What the states and the events do, in terms of adapters and domain."""
