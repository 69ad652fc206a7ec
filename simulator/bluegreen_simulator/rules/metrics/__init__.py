"""CloudWatch's metrics: samples by the minute, their statistics, and queries on them."""
