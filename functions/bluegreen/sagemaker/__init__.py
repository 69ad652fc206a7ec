"""SageMaker's rules as facts: deployment config, capacity, traffic steps, schedule, observation."""
