"""The log of a function: in its group, with a stream for each environment that it runs in.

Streams are named as in the Lambda Developer Guide, "Configuring CloudWatch log groups". That an
environment lasts until its process dies or its function is changed is assumed.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Final
from uuid import UUID, uuid5

from moto.awslambda.models import LambdaFunction

from bluegreen_simulator.aws.lambda_ import roles
from bluegreen_simulator.aws.lambda_.log_lines import Run
from bluegreen_simulator.aws.logs import streams
from bluegreen_simulator.aws.world import World

NAMES: Final = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""The space of names of requests and environments: the same run has the same ones."""

LOG_FORMAT: Final = "Text"
"""Of a function whose LoggingConfig names none (API reference, `LoggingConfig`)."""


class _State:
    world: World
    environments: ClassVar[dict[str, str]] = {}
    made: int = 0


def install(world: World) -> None:
    """Begin without environments."""
    _State.world = world
    _State.environments = {}
    _State.made = 0


@dataclass
class Log:
    """What one run of a function logs; `lines` is all of it, whether it is kept or not."""

    function: LambdaFunction
    group: str
    stream: str
    run: Run
    lines: list[str] = field(default_factory=list)

    def line(self, text: str) -> None:
        """Keep a line of the function itself, in its log and in the journal."""
        if self._is_kept:
            world, name = _State.world, self.function.function_name
            world.journal.write(world.clock.now(), "log", function=name, line=text)
        self.write([f"{text}\n"])

    def write(self, messages: list[str]) -> None:
        """Keep messages, of Lambda or of the function."""
        self.lines += messages
        if self._is_kept:
            streams.make(self.group)
            streams.write(self.group, self.stream, messages)

    def end(self, error: Any) -> None:  # noqa: ANN401 - the payload of an error, or None
        """Write how it ended."""
        now = _State.world.clock.now()
        failed = self.run.failed(error, now) if error else []
        self.write([*failed, *self.run.ended(error, now)])

    @cached_property
    def _is_kept(self) -> bool:
        """Also where a policy has a condition that is not modelled, which is told at a call."""
        try:
            return roles.may_log(self.function)
        except NotImplementedError:
            return True


def begin(function: LambdaFunction) -> Log:
    """The log of one run, in which it is written that it has begun."""
    log = _begun(function)
    log.write(log.run.started())
    return log


def _begun(function: LambdaFunction) -> Log:
    name, now = function.function_name, _State.world.clock.now()
    _State.made += 1
    request_id = str(uuid5(NAMES, f"request {_State.made} of {name}"))
    log_format = config_of(function)["LogFormat"]
    run = Run(request_id, function.memory_size, now, log_format)
    return Log(function, config_of(function)["LogGroup"], _stream(function), run)


def config_of(function: LambdaFunction) -> dict[str, str]:
    """The function's LoggingConfig, with its defaults."""
    given = getattr(function, "logging_config", {})
    return {"LogFormat": LOG_FORMAT, "LogGroup": function.logs_group_name, **given}


def _stream(function: LambdaFunction) -> str:
    name = function.function_name
    if name not in _State.environments:
        made = uuid5(NAMES, f"environment {_State.made} of {name}").hex
        owner = "" if function.logs_group_name == default_group(name) else name
        date = _State.world.clock.now().strftime("%Y/%m/%d")
        _State.environments[name] = f"{date}/{owner}[$LATEST]{made}"
    return _State.environments[name]


def default_group(name: str) -> str:
    """The log group of a function whose LoggingConfig names none."""
    return f"/aws/lambda/{name}"


def forget_environment(function: LambdaFunction) -> None:
    """Let its next run have a new environment, and so a new stream."""
    _State.environments.pop(function.function_name, None)
