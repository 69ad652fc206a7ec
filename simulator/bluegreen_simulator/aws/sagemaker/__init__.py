"""SageMaker: endpoints and their updates, models, the model registry, and the runtime."""
