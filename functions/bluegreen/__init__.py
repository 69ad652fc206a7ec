"""Guarded blue/green deployments for Amazon SageMaker endpoints: all that ships to Lambda."""
