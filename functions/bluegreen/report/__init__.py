"""The report on a deployment: one HTML page for whoever was not there. Pure, and nothing of AWS."""
