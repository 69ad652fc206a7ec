"""What stands behind moto's API, one module per AWS service."""
