"""How CloudWatch evaluates metric alarms and composite alarms."""
