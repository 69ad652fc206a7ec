"""CloudWatch: metrics, the alarms on them, and what is told of an alarm that changes its state."""
