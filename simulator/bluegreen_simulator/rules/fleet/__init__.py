"""SageMaker's blue/green engine: fleets, stages, traffic and rollback, without any AWS API."""
