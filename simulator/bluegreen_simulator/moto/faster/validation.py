"""What botocore checks of each value that is sent: most are texts, of which any would do."""

from typing import Any, Final

from botocore.model import Shape
from botocore.utils import is_json_value_header
from botocore.validate import ParamValidator

from bluegreen_simulator.moto.faster.untyped import Untyped
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

LEAST: Final = "_characters_needed"
"""Where it is kept with a shape, as botocore keeps its members."""


@replaces(
    ParamValidator,
    "_validate",
    restores="nothing of AWS: how long a text must be is looked up once for each shape",
    original="25e7635343aa",
)
def _validate(self: Untyped, params: Untyped, shape: Shape, errors: Untyped, name: str) -> None:
    if type(params) is str and shape.type_name == "string" and len(params) >= _least(shape):
        return
    ORIGINALS[ParamValidator, "_validate"](self, params, shape, errors, name)


def _least(shape: Shape) -> float:
    """How many characters are enough for any text; infinite where botocore must look itself."""
    known: float | None = shape.__dict__.get(LEAST)
    if known is None:
        rules: Any = shape
        implied = 1 if rules.serialization.get("hostLabel") else 0
        known = rules.metadata.get("min", implied)
        known = shape.__dict__[LEAST] = float("inf") if is_json_value_header(shape) else known
    return known
