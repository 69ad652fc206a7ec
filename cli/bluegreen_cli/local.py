"""`bluegreen local`: serve the embedded AWS until a signal says to stop."""

import json
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import click

from bluegreen.clock import SystemClock
from bluegreen_simulator.behaviors import load
from bluegreen_simulator.local import Local, Settings, serving
from bluegreen_simulator.scenario_members import ScenarioError
from bluegreen_simulator.stack import StackError


def serve(
    template: Path, port: int, speed: float, behaviors: Path | None, parameters: Mapping[str, str]
) -> None:
    """Print one JSON line when ready; return after SIGINT or SIGTERM."""
    start = SystemClock().now().replace(microsecond=0)
    try:
        settings = Settings(port, speed, load(behaviors) if behaviors else (), parameters)
        with serving(template, settings, start) as local:
            _stop_on_signals(local)
            click.echo(json.dumps(local.ready.to_json()))
            local.wait()
    except OSError as error:
        raise click.ClickException(f"Port {port} cannot be used: {error.strerror}.") from error
    except (ScenarioError, StackError) as error:
        raise click.ClickException(str(error)) from error


def _stop_on_signals(local: Local) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        # A thread of its own: the interrupted one may hold what `stop` has to wait for.
        threading.Thread(target=local.stop, daemon=True).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
