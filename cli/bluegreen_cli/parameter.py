"""What Parameter Store refuses to keep, said in plain words before it is asked.

Source: SSM API, `PutParameter`: Name and Value of a parameter in the standard tier.
"""

import re
from collections.abc import Iterator
from typing import Final

from bluegreen.contract.text import quoted

MOST_BYTES: Final = 4096
"""Bytes of a standard parameter; an advanced one takes more, and costs money."""

LONGEST_NAME: Final = 1011
"""Characters, with those of the ARN that stand before the name."""

MOST_LEVELS: Final = 15
NAME: Final = r"(/[a-zA-Z0-9_.-]+)+"
RESERVED: Final = ("/aws", "/ssm")
REFERENCE: Final = re.compile(r"\{\{.*\}\}", re.DOTALL)


def objections(name: str, value: str, arn_before_name: str) -> Iterator[str]:
    """Yield why Parameter Store would refuse to keep a value under a name, as sentences.

    `arn_before_name` is what stands before the name in the parameter's ARN.
    """
    yield from _to_name(name, len(arn_before_name) + len(name))
    size = len(value.encode(errors="surrogatepass"))
    if size > MOST_BYTES:
        yield f"The policy has {size} bytes, but a standard parameter takes {MOST_BYTES} at most."
    if REFERENCE.search(value):
        yield "The policy has {{ and }} in it, which is kept for references to other parameters."


def _to_name(name: str, length: int) -> Iterator[str]:
    shown, levels = quoted(name), name.count("/")
    if not re.fullmatch(NAME, name):
        yield f"The name {shown} may have only letters, digits, and . _ - between its slashes."
    if name.lower().startswith(RESERVED):
        yield f"The name {shown} begins with aws or ssm, which AWS keeps for itself."
    if levels > MOST_LEVELS:
        yield f"The name {shown} has {levels} levels, but at most {MOST_LEVELS} are allowed."
    if length > LONGEST_NAME:
        yield (
            f"The name {shown} has {length} characters with its ARN, but at most {LONGEST_NAME} are"
            " allowed."
        )
