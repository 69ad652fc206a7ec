"""CloudFormation: stacks of our template, made by moto's own engine."""
