"""The register of everything we replace in moto, each with the AWS behaviour that it restores."""

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ABSENT = "absent"
"""The fingerprint of something that moto does not have."""


@dataclass(frozen=True)
class Replacement:
    """`owner.name` of moto gives way to `function`; `restores` says what AWS does there.

    `original` is the fingerprint of moto's own piece as it was when the replacement was
    written (ABSENT where moto has none): a new moto that changes it fails a test, so that
    somebody looks whether the replacement is still needed and still right.
    """

    owner: Any
    name: str
    function: Any
    restores: str
    original: str

    def apply(self) -> None:
        """Put our piece in moto's place; harmless when it is there already."""
        setattr(self.owner, self.name, self.function)


REPLACEMENTS: list[Replacement] = []
ORIGINALS: dict[tuple[Any, str], Any] = {}
"""What moto has in each place, as it was before it gave way; None where it has nothing."""


def fingerprint(owner: Any, name: str) -> str:  # noqa: ANN401 - a class or a module of moto
    """The first 12 hex digits of the SHA-256 of moto's source of `owner.name`."""
    piece = ORIGINALS[owner, name] if (owner, name) in ORIGINALS else getattr(owner, name, None)
    if piece is None:
        return ABSENT
    function: Any = piece.fget if isinstance(piece, property) else piece
    source = inspect.getsource(inspect.unwrap(function))
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def replaces[F: Callable[..., Any]](
    owner: Any,  # noqa: ANN401 - a class or a module of moto
    name: str,
    *,
    restores: str,
    original: str,
) -> Callable[[F], F]:
    """Register the decorated function as what stands in place of `owner.name`."""

    def register(function: F) -> F:
        ORIGINALS[owner, name] = inspect.getattr_static(owner, name, None)
        REPLACEMENTS.append(Replacement(owner, name, function, restores, original))
        return function

    return register


def apply_all() -> None:
    """Put every registered replacement in place."""
    for replacement in REPLACEMENTS:
        replacement.apply()
