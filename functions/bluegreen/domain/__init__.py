"""What is true of deployments: pure rules on plain data."""
