"""How CloudWatch evaluates a single-metric alarm; knows no moto, no boto3 and no clock."""
