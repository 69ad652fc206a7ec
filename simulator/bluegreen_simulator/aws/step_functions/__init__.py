"""Step Functions: moto's interpreter of the Amazon States Language, on the virtual clock."""
