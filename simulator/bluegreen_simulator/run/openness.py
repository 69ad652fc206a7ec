"""What still waits to be finished in an embedded AWS, and how to let it come to rest."""

from collections.abc import Iterator
from typing import Any, Final

from moto.dynamodb.models import dynamodb_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from bluegreen_simulator.aws.sagemaker.driver import running
from bluegreen_simulator.aws.step_functions.executions import RUNNING
from bluegreen_simulator.aws.world import World

OPEN: Final = "Open"
"""The attribute that a row of a table has as long as somebody has to look after it."""

LOOK_SECONDS: Final = 60


def is_open(world: World) -> bool:
    """Whether an execution runs, an endpoint is at work, or a row of a table is open."""
    return _runs(world) or _works() or _waits(world)


def await_rest(world: World) -> bool:
    """Let time go on until nothing is open; False if it still is at the horizon."""
    while world.is_open():
        changed_at = world.journal.changed_at
        if changed_at is None or world.clock.now() - changed_at > world.horizon:
            return False
        world.clock.sleep(LOOK_SECONDS)
    return True


def _runs(world: World) -> bool:
    backend = stepfunctions_parser_backends[world.account_id][world.region]
    machines = backend.state_machines
    return any(one.status == RUNNING for machine in machines for one in machine.executions)


def _works() -> bool:
    return any(driven.endpoint.in_progress for driven in running().driven.values())


def _waits(world: World) -> bool:
    tables = dynamodb_backends[world.account_id][world.region].tables.values()
    return any(OPEN in item.attrs for table in tables for item in _items(table))


def _items(table: Any) -> Iterator[Any]:  # noqa: ANN401 - moto has no types
    """Unsorted, unlike what moto has for it: this is asked often."""
    for one in table.items.values():
        if table.range_key_attr:
            yield from one.values()
        else:
            yield one
