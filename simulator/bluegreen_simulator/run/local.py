"""The embedded AWS as a local HTTP service, with our stack deployed and time scaled."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from bluegreen.contract.times import to_text
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.rules.fleet.assumptions import METRICS_BY_CONFIG, MetricsByConfig
from bluegreen_simulator.rules.fleet.image_behavior import ImageBehavior
from bluegreen_simulator.run.control import Control
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.notices import Notices, silence
from bluegreen_simulator.run.page.application import Page
from bluegreen_simulator.run.page.words import Words
from bluegreen_simulator.run.sample import Sample
from bluegreen_simulator.run.server import Server, Unbroken
from bluegreen_simulator.run.stack import STACK_NAME, Stack, deploy, transformed
from bluegreen_simulator.run.theatre import Theatre
from bluegreen_simulator.run.unmodelled_requests import aws_application
from bluegreen_simulator.time.real import RealClock


@dataclass(frozen=True)
class Settings:
    """How to serve: port 0 is any free one; `parameters` are those of the stack.

    `allow_hosts` are names by which the server may be called beside 127.0.0.1 and localhost. With
    `sample` it begins with the sample of the page, a deployment of it under way. `words` are
    what its page says of deployments that have ended. With a `seed` requests come and are answered
    by chance; `metrics_by_config` is what of them is published by endpoint config. With `behind`
    virtual time begins that long before the real time, and never passes it.
    """

    port: int
    speed: float
    words: Words
    behaviors: tuple[ImageBehavior, ...]
    parameters: Mapping[str, str]
    allow_hosts: tuple[str, ...] = ()
    sample: bool = False
    seed: int | None = None
    metrics_by_config: MetricsByConfig = METRICS_BY_CONFIG
    behind: timedelta | None = None


@dataclass(frozen=True)
class Ready:
    """What a client has to know; virtual time is `virtual_start` plus real seconds x `speed`.

    If `behind`, it is never later than the real time: where it has caught up it runs as fast.
    """

    endpoint_url: str
    region: str
    account_id: str
    state_machine_arn: str
    topic_arn: str
    chat_topic_arn: str
    speed: float
    virtual_start: str
    behind: bool

    def to_json(self) -> dict[str, object]:
        """The members as they are printed."""
        return asdict(self)


class Local:
    """A running service: `ready` is to be printed at once, for its time has begun."""

    def __init__(self, aws: EmbeddedAws, ready: Ready) -> None:
        self.ready = ready
        self._aws = aws
        self._stopped = aws.clock.event()

    def wait(self) -> None:
        """Serve until somebody calls `stop`, and print nothing but notices meanwhile.

        Only for the thread that made it.
        """
        with silence():
            self._stopped.wait()

    def stop(self) -> None:
        """Let `wait` return; for every other thread."""
        with self._aws.clock.visiting("stop"):
            self._stopped.set()


@contextmanager
def serving(template: Path, settings: Settings, real: RealClock) -> Iterator[Local]:
    """Serve the stack of `template` on 127.0.0.1.

    Virtual time begins at the full second of `real`, or as long before as `settings` say. OSError
    when the port is taken, StackError when the stack cannot be deployed with these parameters.
    """
    by_config = settings.metrics_by_config
    start = real.now().replace(microsecond=0) - (settings.behind or timedelta())
    with EmbeddedAws(start, seed=settings.seed, metrics_by_config=by_config) as aws:
        aws.world.real = real
        theatre = Theatre(aws)
        sample = Sample(theatre, template.parent / "events")
        page = Page(theatre, sample, settings.words, Control(aws.world, aws_application()))
        tell = Notices(sys.stderr).tell
        unbroken = Unbroken(page, tell)
        with Server(aws.clock, unbroken, real, settings.port, settings.allow_hosts) as server:
            stack = _deployed(theatre, template, settings)
            if settings.sample:
                sample.begin()
            aws.clock.scale(settings.speed, real.now if settings.behind else None)
            aws.clock.outlive(tell)
            yield Local(aws, _ready(aws, stack, server.url, settings))


def _deployed(theatre: Theatre, template: Path, settings: Settings) -> Stack:
    world = theatre.aws.world
    world.behaviors = settings.behaviors
    parameters = _open(world, template) | dict(settings.parameters)
    stack = theatre.stacks[STACK_NAME] = deploy(world, template, parameters)
    return stack


def _open(world: World, template: Path) -> dict[str, str]:
    """The parameters with which nothing is closed that a person may want to try."""
    parameters = {
        "ModelExecutionRoleArns": f"arn:aws:iam::{world.account_id}:role/*",
        "AllowSupersede": "true",
        "GuardrailAlarms": "OnRequest",
    }
    known = transformed(template).get("Parameters", {})
    return {name: value for name, value in parameters.items() if name in known}


def _ready(aws: EmbeddedAws, stack: Stack, url: str, settings: Settings) -> Ready:
    return Ready(
        endpoint_url=url,
        region=aws.world.region,
        account_id=aws.world.account_id,
        state_machine_arn=stack.outputs["StateMachineArn"],
        topic_arn=stack.outputs["NotificationsTopicArn"],
        chat_topic_arn=stack.outputs["ChatTopicArn"],
        speed=settings.speed,
        virtual_start=to_text(aws.clock.now()),
        behind=settings.behind is not None,
    )
