"""How SageMaker works: deployment config, capacity, traffic steps, schedule, observation."""
