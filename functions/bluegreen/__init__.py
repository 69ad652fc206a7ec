"""Guarded blue/green deployments of Amazon SageMaker endpoints: the code that runs in Lambda."""
