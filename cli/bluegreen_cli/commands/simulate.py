"""The command `bluegreen simulate`: scenarios, what happens in them, and their outcome."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from bluegreen.clock import Clock
from bluegreen_cli.account import Account
from bluegreen_cli.looks import Looks
from bluegreen_cli.shipped import TEMPLATE
from bluegreen_cli.show.outcome import (
    LiveConsole,
    failure_of,
    show_misses,
    show_outcome,
    since,
)
from bluegreen_cli.show.views import LinesView, ScreenView, has_screen, print_line, screen
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.inputs.scenario import Scenario, ScenarioError, load
from bluegreen_simulator.run.onlooker import look_on
from bluegreen_simulator.run.simulation import ENDPOINT, Outcome, check_faults, simulate
from bluegreen_simulator.run.stack import STACK_NAME
from bluegreen_simulator.run.theatre import Theatre


def run_scenarios(paths: Sequence[Path], *, as_json: bool) -> bool:
    """Run the scenarios and print how they went; whether all of them ended as expected."""
    scenarios = [_understood(path) for path in paths]
    console = LiveConsole(stderr=True, highlight=False)
    as_expected = True
    for number, scenario in enumerate(scenarios):
        if number:
            console.print()
        outcome = _run(scenario) if as_json else _shown(scenario, console)
        show_misses(outcome, console)
        as_expected &= not outcome.misses
        if console.reader_left:
            raise SystemExit(1)
    return as_expected


def _run(scenario: Scenario) -> Outcome:
    outcome = simulate(scenario, TEMPLATE)
    click.echo(json.dumps(outcome.to_json(), indent=2))
    return outcome


def _shown(scenario: Scenario, console: Console) -> Outcome:
    """Run it, and show it: in a terminal on a screen, of which the lines stay."""
    console.print(Text(scenario.name, "bold"), soft_wrap=not console.is_terminal)
    with ExitStack() as until_its_end:
        onlooker = partial(_look_on, console=console, until_its_end=until_its_end)
        outcome = simulate(scenario, TEMPLATE, onlooker)
    show_outcome(outcome, console)
    return outcome


def _look_on(theatre: Theatre, console: Console, until_its_end: ExitStack) -> None:
    clock = theatre.aws.clock
    in_words = partial(since, clock.now())
    view = until_its_end.enter_context(_view(console, clock, in_words))
    account = Account(STACK_NAME, keeps_time=False)
    looks = Looks(account, ENDPOINT, clock, slowly=timedelta(0))
    look_on(theatre, lambda: view.show(looks.look()))

    def tell_failures(entry: Entry) -> None:
        failure = failure_of(entry)
        if failure is not None:
            view.say(failure)

    theatre.aws.journal.listeners.append(tell_failures)


@contextmanager
def _view(
    console: Console, clock: Clock, in_words: Callable[[datetime], str]
) -> Iterator[LinesView | ScreenView]:
    if has_screen(console):
        with screen(console, clock, None, in_words) as view:
            yield view
    else:
        yield LinesView(lambda line: print_line(console, line, in_words), clock, in_words)


def _understood(path: Path) -> Scenario:
    try:
        scenario = load(path)
        check_faults(scenario, TEMPLATE)
    except ScenarioError as error:
        raise click.ClickException(str(error)) from error
    return scenario
