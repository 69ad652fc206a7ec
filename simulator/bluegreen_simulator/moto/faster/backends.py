"""Finds moto's backends and its random text quickly: each call asks for both several times."""

import string
from random import Random

from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.moto_api._internal.moto_random import MotoRandom

from bluegreen_simulator.moto.faster.untyped import Untyped
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces


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
    """So many characters of the pool as `random.choice` draws them, one after the other."""
    draw, bits, count = random.getrandbits, len(pool).bit_length(), len(pool)
    text, missing = "", length
    while missing > 0:
        number = draw(bits)
        if number < count:  # Random.choice draws again, until the number is one of the pool's
            text += pool[number]
            missing -= 1
    return text
