"""The requests of one endpoint: which fleet answers each, and the metrics that come of them."""
