"""Headers of botocore, whose names have no case: what stands for a name is made once for it."""

from functools import lru_cache
from typing import Final

from botocore.awsrequest import HeadersDict, _HeaderKey

from bluegreen_simulator.moto.faster.untyped import Untyped
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

NAMES: Final = 1024
"""Names that are remembered; those of S3's metadata are anybody's."""

key_of: Final = lru_cache(NAMES)(_HeaderKey)


@replaces(
    HeadersDict,
    "__init__",
    restores="nothing of AWS: headers of a dict are taken in one go",
    original="92bd48043370",
)
def _begin(self: Untyped, *given: Untyped, **named: Untyped) -> None:
    if len(given) == 1 and not named and type(given[0]) is dict:
        self._dict = {key_of(name): value for name, value in given[0].items()}
    else:
        ORIGINALS[HeadersDict, "__init__"](self, *given, **named)


@replaces(
    HeadersDict,
    "__getitem__",
    restores="nothing of AWS: a name is made small and hashed once",
    original="373982f2ae92",
)
def _get(self: Untyped, name: str) -> Untyped:
    return self._dict[key_of(name)]


@replaces(
    HeadersDict,
    "__setitem__",
    restores="nothing of AWS: likewise",
    original="8442c519e257",
)
def _set(self: Untyped, name: str, value: Untyped) -> None:
    self._dict[key_of(name)] = value
