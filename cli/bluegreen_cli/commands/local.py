"""`bluegreen local`: serve the embedded AWS until a signal stops it."""

import json
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click

from bluegreen.clock import SystemClock
from bluegreen.contract.text import quoted
from bluegreen_simulator.inputs.behaviors import load
from bluegreen_simulator.inputs.members import ScenarioError
from bluegreen_simulator.run.guard import is_host
from bluegreen_simulator.run.local import Local, Settings, serving
from bluegreen_simulator.run.stack import StackError


@dataclass(frozen=True)
class Options:
    """The command's options."""

    port: int
    speed: float
    behaviors: Path | None
    parameters: Mapping[str, str]
    allow_hosts: tuple[str, ...]


def serve(template: Path, options: Options) -> None:
    """Print one JSON line when ready; return after SIGINT or SIGTERM."""
    start = SystemClock().now().replace(microsecond=0)
    try:
        settings = _settings(options)
        with serving(template, settings, start) as local:
            _stop_on_signals(local)
            click.echo(json.dumps(local.ready.to_json()))
            local.wait()
    except OSError as error:
        raise click.ClickException(
            f"Port {options.port} cannot be used: {error.strerror}."
        ) from error
    except (ScenarioError, StackError) as error:
        raise click.ClickException(str(error)) from error


def _settings(options: Options) -> Settings:
    for host in options.allow_hosts:
        if not is_host(host):
            raise click.BadParameter(
                f"{quoted(host)} is not a host. Give a name or an address, with a port or without,"
                " such as host.docker.internal or [fd00::1]:8080.",
                param_hint="--allow-host",
            )
    behaviors = load(options.behaviors) if options.behaviors else ()
    return Settings(options.port, options.speed, behaviors, options.parameters, options.allow_hosts)


def _stop_on_signals(local: Local) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        # A thread of its own: the interrupted one may hold what `stop` has to wait for.
        threading.Thread(target=local.stop, daemon=True).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
