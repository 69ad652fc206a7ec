"""The simulated AWS services behind moto's API, one folder each, and what they share."""
