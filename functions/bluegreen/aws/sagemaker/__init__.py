"""SageMaker's endpoints, endpoint configs, models and model packages."""
