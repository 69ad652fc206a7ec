"""The simulated AWS services behind moto's API, one folder each, and what they share."""

from bluegreen_simulator.moto import imported_first  # noqa: F401 - what it imports is imported so
