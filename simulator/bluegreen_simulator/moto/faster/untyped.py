"""One word for what moto and botocore pass around, neither of which has types."""

from typing import Any

type Untyped = Any
