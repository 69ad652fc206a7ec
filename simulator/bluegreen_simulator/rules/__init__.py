"""How SageMaker and CloudWatch behave, as pure rules: no moto, no boto3 and no clock."""
