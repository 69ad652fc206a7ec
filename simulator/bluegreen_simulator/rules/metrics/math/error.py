"""What is wrong with an expression of metric math, in words."""


class MathError(ValueError):
    """An expression that CloudWatch refuses, or that is not modelled."""
