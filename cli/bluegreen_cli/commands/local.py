"""`bluegreen local` and `bluegreen demo`: serve the embedded AWS until a signal stops it."""

import contextlib
import json
import signal
import threading
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Final

import click

from bluegreen.contract.text import quoted
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.evidence import is_doubtful, rests_on
from bluegreen.drawing.timeline import document
from bluegreen.report.page import report
from bluegreen_cli.account import Account
from bluegreen_simulator.inputs.behaviors import load
from bluegreen_simulator.inputs.members import ScenarioError
from bluegreen_simulator.rules.fleet.assumptions import MetricsByConfig
from bluegreen_simulator.run.guard import is_host
from bluegreen_simulator.run.local import Local, Settings, serving
from bluegreen_simulator.run.page.words import Words
from bluegreen_simulator.run.stack import STACK_NAME, StackError
from bluegreen_simulator.time.real import RealClock

IN_A_TERMINAL: Final = ("www-browser", "links", "elinks", "lynx", "w3m")
"""Browsers that Python finds where there is no window, and that would take over this terminal."""


@dataclass(frozen=True)
class Options:
    """The command's options."""

    port: int
    speed: float
    behaviors: Path | None
    parameters: Mapping[str, str]
    allow_hosts: tuple[str, ...]
    seed: int | None
    metrics_by_config: str
    behind: float | None


def serve(template: Path, options: Options) -> None:
    """Print one JSON line when ready; return after SIGINT or SIGTERM."""
    with _serving(template, options.port, lambda: _settings(options)) as local:
        click.echo(json.dumps(local.ready.to_json()))
        local.wait()


def demo(template: Path, port: int, speed: float, *, browser: bool) -> None:
    """Serve with a sample deployment under way, and show the page; return likewise."""
    settings = Settings(port, speed, WORDS, (), {}, sample=True)
    with _serving(template, port, lambda: settings) as local:
        url = f"{local.ready.endpoint_url}/"
        click.echo(f"A deployment is under way. See it at {url} until Ctrl-C.")
        if browser:
            threading.Thread(target=_open, args=(url,), daemon=True).start()
        local.wait()


def report_of(endpoint: str, started_at: datetime, deployment_id: str, now: datetime) -> str | None:
    """The report on a deployment of the stack that runs here; None where none such has ended."""
    key = DeploymentKey(endpoint, deployment_id, started_at)
    past = Account(STACK_NAME).history.whole(key)
    return None if past is None else report(past, now)


WORDS: Final = Words(report_of, rests_on, is_doubtful, document)


def _open(url: str) -> None:
    """Show the page if there is a browser with a window.

    In a thread of its own, which may wait for the browser in real time.
    """
    with contextlib.suppress(webbrowser.Error):
        browser = webbrowser.get()
        if getattr(browser, "basename", "") not in IN_A_TERMINAL:
            browser.open(url)


@contextmanager
def _serving(template: Path, port: int, settings: Callable[[], Settings]) -> Iterator[Local]:
    """Serve until a signal comes; what cannot be served is an error of the command."""
    try:
        with serving(template, settings(), RealClock()) as local:
            _stop_on_signals(local)
            yield local
    except OSError as error:
        raise click.ClickException(f"Port {port} cannot be used: {error.strerror}.") from error
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
    return Settings(
        port=options.port,
        speed=options.speed,
        words=WORDS,
        behaviors=behaviors,
        parameters=options.parameters,
        allow_hosts=options.allow_hosts,
        seed=options.seed,
        metrics_by_config=MetricsByConfig(options.metrics_by_config),
        behind=None if options.behind is None else timedelta(hours=options.behind),
    )


def _stop_on_signals(local: Local) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        # A thread of its own: the interrupted one may hold what `stop` has to wait for.
        threading.Thread(target=local.stop, daemon=True).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
