"""How CloudWatch evaluates alarms and metric math; knows no moto, no boto3 and no clock."""
