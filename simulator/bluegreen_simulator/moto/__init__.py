"""What stands between moto and AWS: replacements, limits, speed, and what is not modelled."""
