"""What people write: scenarios, alarms, faults and behaviours, read and checked."""
