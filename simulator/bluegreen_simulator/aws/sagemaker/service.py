"""SageMaker's endpoints: moto's API in front, the blue/green engine behind it.

This is what the rest of the simulator asks of them; the operations of the API stand in
`models`, `configs`, `endpoints`, `updates`, `model_packages`, `lists` and `tags`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from bluegreen_simulator.aws.sagemaker import (
    lists,
    model_package_groups,
    model_packages,
    search,
    tags,
    updates,
)
from bluegreen_simulator.aws.sagemaker.driver import begin, running
from bluegreen_simulator.aws.sagemaker.endpoints import at_rest
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.rules.fleet.provisioning import Trouble
from bluegreen_simulator.rules.fleet.serving import Fleet, fleets_of

OPERATIONS: Final = (lists, model_package_groups, model_packages, search, tags, updates)
"""The modules that register the operations of the API, with those that they import."""


def install(world: World) -> None:
    """Begin without endpoints; to be called before anybody calls `on_traffic_change`."""
    begin(world)


def fleets(endpoint: str) -> list[Fleet]:
    """The fleets of an endpoint that have traffic, their shares adding up to 1; [] if unknown."""
    found, answering = running().find(endpoint), running().answering
    known = fleets_of(found) if found else []
    return [replace(fleet, **answering.get(fleet.config, {})) for fleet in known]


def on_traffic_change(callback: Callable[[str], None]) -> None:
    """Have `callback` called with an endpoint's name whenever other fleets answer, or otherwise."""
    running().listeners.append(callback)


def let_answer(config: str, answers: Mapping[str, float]) -> None:
    """Have the models of an endpoint config answer like this from now on, else as they are set to.

    `answers` are members of Fleet by their names, such as error_rate.
    """
    running().answering[config] = answers
    _answers_changed()


def let_nothing_fail() -> None:
    """Have all models behave as they are set to, and no update meet trouble."""
    running().troubles.clear()
    running().answering.clear()
    _answers_changed()


def _answers_changed() -> None:
    for listener in running().listeners:
        for endpoint in running().driven:
            listener(endpoint)


def settle(endpoint: str) -> None:
    """Sleep on the clock for as long as anything goes on with an endpoint by itself."""
    while (found := running().find(endpoint)) and found.in_progress and found.next_at:
        running().world.clock.sleep((found.next_at - running().now()).total_seconds())


def make_trouble(endpoint: str, trouble: Trouble) -> None:
    """Have the next creation, update or rescaling of an endpoint go wrong, once."""
    running().troubles[endpoint] = trouble


def maintain(endpoint: str, seconds: float) -> None:
    """Have an endpoint at rest be SystemUpdating for a while."""
    running().maintain(at_rest(running().backend, endpoint), seconds)


def set_quota(instance_type: str, instances: int) -> None:
    """Allow so many instances of a type for all endpoints together."""
    running().quotas[instance_type] = instances
