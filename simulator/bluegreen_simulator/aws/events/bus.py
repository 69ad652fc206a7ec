"""EventBridge: events of AWS and of users, matched by rules, delivered to their targets."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from moto.events.models import Rule, events_backends
from moto.moto_api._internal import mock_random

from bluegreen.contract.times import to_text
from bluegreen_simulator.aws.events import requests, targets
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import replaces
from bluegreen_simulator.rules.faults.event_passage import Passage, passage_of, skewed

DELIVERY_SECONDS: Final = World.delivery_seconds
"""From event to target, unless a world says otherwise; AWS publishes no figure (assumed)."""


REGISTERED: Final = (requests,)
"""Modules that are there for what they replace."""

LONGEST_HELD_SECONDS: Final = 60
"""How long an event that is to be overtaken waits for the one that overtakes it."""


class _State:
    world: World
    held: Callable[[], None] | None


def install(world: World) -> None:
    """Deliver in this world."""
    _State.world = world
    _State.held = None
    targets.install(world)


def emit(source: str, detail_type: str, detail: Mapping[str, Any], resources: list[str]) -> None:
    """Send an event of AWS itself to the default bus; a fault may drop, delay, change it."""
    world = _State.world
    faults = world.faults.on_event(detail_type, world.clock.now())
    passage = passage_of(faults)
    world.journal.write(
        world.clock.now(),
        "event",
        source=source,
        detail_type=detail_type,
        detail=dict(detail),
        dropped=not passage.copies,
    )
    if faults:
        what = {"what": "EventFault", "detail_type": detail_type}
        world.journal.write(world.clock.now(), "fault", **what)
    event = event_of(source, detail_type, detail, resources)
    _pass(skewed(event, passage.skew) if passage.skew else event, passage)


def event_of(
    source: str, detail_type: str, detail: Mapping[str, Any], resources: list[str]
) -> dict[str, Any]:
    """An event of now in its envelope."""
    world = _State.world
    return {
        "version": "0",
        "id": str(mock_random.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": world.account_id,
        "time": _seconds(world.clock.now()),
        "region": world.region,
        "resources": resources,
        "detail": dict(detail),
    }


def _pass(event: Mapping[str, Any], passage: Passage) -> None:
    """Let an event come to the bus as the faults want it."""
    arrive = partial(_arrive, event, passage.copies)
    if passage.delay:
        _State.world.clock.call_later(passage.delay, arrive, "late event")
    elif passage.overtaken and _State.held is None:
        _hold(arrive)
    else:
        arrive()


def _hold(arrive: Callable[[], None]) -> None:
    _State.held = arrive

    def release() -> None:
        if _State.held is arrive:
            _let_go()

    _State.world.clock.call_later(LONGEST_HELD_SECONDS, release, "overtaken event")


def _let_go() -> None:
    held, _State.held = _State.held, None
    if held is not None:
        held()


def _arrive(event: Mapping[str, Any], copies: int) -> None:
    world = _State.world
    bus = events_backends[world.account_id][world.region].describe_event_bus("default")
    for _ in range(copies):
        for rule in bus.rules.values():
            _match(rule, event)
    if copies:
        _let_go()


def _seconds(moment: datetime) -> str:
    return to_text(moment).partition(".")[0] + "Z"


@replaces(
    Rule,
    "send_to_targets",
    restores="events reach Lambda, Step Functions, SNS and SQS a moment later, with their time",
    original="472e002e2dab",
)
def _send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:  # noqa: ANN401, FBT001, FBT002
    del transform_input
    event = {**original_event, "time": _time_of(original_event)}
    event.pop("ingestion-time", None)  # moto's own
    _match(self, event)


def _time_of(event: Mapping[str, Any]) -> str:
    """As who sent it says, in seconds; else now."""
    given = event.get("time")
    if isinstance(given, int | float):
        return _seconds(datetime.fromtimestamp(given, UTC))
    return _seconds(_State.world.clock.now())


def _match(rule: Any, event: Mapping[str, Any]) -> None:  # noqa: ANN401 - moto has no types
    """Send the event on if the rule has a pattern (moto: without one all match), and it matches."""
    pattern = rule.event_pattern
    if rule.state == "ENABLED" and pattern.dump() and pattern.matches_event(event):
        send_to(rule, event)


def send_to(rule: Any, event: Mapping[str, Any]) -> None:  # noqa: ANN401 - moto has no types
    """Let the event reach each target of the rule, a moment later."""
    for target in rule.targets:
        deliver = partial(targets.deliver, rule, target, event)
        seconds = _State.world.delivery_seconds
        _State.world.clock.call_later(seconds, deliver, f"deliver to {target['Id']}")
