"""DynamoDB: a transaction that comes again with the same token has its effect once.

API, `TransactWriteItems`, ClientRequestToken. SDKs give each call one, and send it with each try.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import ERROR_TYPE_PREFIX, DynamodbException
from moto.dynamodb.responses import DynamoHandler

from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

TOKEN_HOLDS: Final = timedelta(minutes=10)
"""After the first request with it is completed."""

MEMBER: Final = "ClientRequestToken"
MISMATCH: Final = "IdempotentParameterMismatchException"
USED_BEFORE: Final = "The token was used before, in a request with other parameters."
DONE: Final[dict[str, Any]] = {"ConsumedCapacity": [], "ItemCollectionMetrics": {}}
"""What moto answers to a transaction, and AWS but for units that it took."""


@dataclass(frozen=True)
class _Taken:
    """What was asked for with a token, as JSON, and until when the token holds."""

    asked: str
    until: datetime


Tokens = dict[tuple[str, str, str], _Taken]
"""By account, Region and token, the oldest first."""


class _State:
    world: World
    taken: Tokens


def install(world: World) -> None:
    """Go by this world's clock; no token was used in it yet."""
    _State.world, _State.taken = world, {}


@replaces(
    DynamoHandler,
    "transact_write_items",
    restores="a transaction with a token of the last ten minutes changes nothing; other parameters"
    " with it are refused",
    original="61c163fff213",
)
def _transact(self: Any) -> Any:  # noqa: ANN401 - moto has no types
    token, now, taken = self.body.get(MEMBER), _State.world.clock.now(), _State.taken
    if not token:
        return ORIGINALS[DynamoHandler, "transact_write_items"](self)
    _forget(taken, now)
    place = (self.current_account, self.region, token)
    asked = json.dumps({k: v for k, v in self.body.items() if k != MEMBER}, sort_keys=True)
    if place in taken:
        return _again(taken[place].asked, asked)
    answer = ORIGINALS[DynamoHandler, "transact_write_items"](self)
    taken[place] = _Taken(asked, now + TOKEN_HOLDS)
    return answer


def _forget(taken: Tokens, now: datetime) -> None:
    """Drop the tokens that hold no longer."""
    for place in [*takewhile(lambda place: taken[place].until <= now, taken)]:
        del taken[place]


def _again(before: str, asked: str) -> ActionResult:
    if before != asked:
        raise DynamodbException(ERROR_TYPE_PREFIX + MISMATCH, USED_BEFORE)
    return ActionResult(dict(DONE))
