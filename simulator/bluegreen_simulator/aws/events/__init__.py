"""EventBridge: the default bus with its rules, schedules and targets."""
