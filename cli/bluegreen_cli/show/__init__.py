"""What commands show: the live view, the plan in a terminal and as a drawing, findings."""
