"""Lambda: functions that run in this process, and what they may call."""
