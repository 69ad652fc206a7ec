"""Finds moto's backends and its random text quickly: each call asks for both several times."""

import string
from random import Random
from typing import Final

from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.moto_api._internal.moto_random import MotoRandom

from bluegreen_simulator.moto.faster.untyped import Untyped
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

BITS: Final = 32
"""Of each number that Python's generator draws."""


@replaces(
    BackendDict,
    "__getitem__",
    restores="nothing of AWS: an account that is there is found without a lock and a search",
    original="16766ef9c002",
)
def _account(self: Untyped, account_id: str) -> Untyped:
    found = self.get(account_id)
    return ORIGINALS[BackendDict, "__getitem__"](self, account_id) if found is None else found


@replaces(
    AccountSpecificBackend,
    "__getitem__",
    restores="nothing of AWS: a region that is there is found at once",
    original="b10167294fc0",
)
def _region(self: Untyped, region_name: str) -> Untyped:
    found = self.get("aws" if region_name == "global" else region_name)
    original = ORIGINALS[AccountSpecificBackend, "__getitem__"]
    return original(self, region_name) if found is None else found


@replaces(
    MotoRandom,
    "get_random_string",
    restores="nothing of AWS: the same characters as one `choice` after the other gives",
    original="942eb93ebea1",
)
def _random_string(
    self: Untyped,
    length: int = 20,
    include_digits: bool = True,  # noqa: FBT001, FBT002 - moto's own parameters
    lower_case: bool = False,  # noqa: FBT001, FBT002
) -> str:
    pool = string.ascii_letters + (string.digits if include_digits else "")
    text = drawn(self, pool, length)
    return text.lower() if lower_case else text


def drawn(random: Random, pool: str, length: int) -> str:
    """So many characters of 33 to 63 as `choice` draws them, one after the other."""
    text = ""
    while left := length - len(text):
        text += _of(pool, random.getrandbits(BITS * left).to_bytes(BITS // 8 * left, "little"))
    return text


def _of(pool: str, numbers: bytes) -> str:
    """As Random.choice draws: by the six highest bits, anew where those are none of the pool's.

    One number of so many bits is as many numbers of 32, the first of them lowest.
    """
    found, count = [each >> 2 for each in numbers[BITS // 8 - 1 :: BITS // 8]], len(pool)
    return "".join([pool[place] for place in found if place < count])
