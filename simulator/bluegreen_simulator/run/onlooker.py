"""Somebody who looks on while a scenario runs, and disturbs nothing by it."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from moto.moto_api._internal import mock_random

from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.run.theatre import Theatre

SEEN: Final = {"endpoint", "alarm", "notification", "execution_ended"}
"""Kinds of entries in the journal after which there is something new to see."""


def look_on(theatre: Theatre, look: Callable[[], object]) -> None:
    """Have `look` called whenever something has changed, in a task of its own.

    It may call AWS: no fault of the scenario strikes it, and it takes no random number from
    anybody, so that a run is the same whether somebody looks on or not.
    """
    changed = theatre.aws.clock.event()

    def listen(entry: Entry) -> None:
        if entry.kind in SEEN:
            changed.set()

    def go_on_looking() -> None:
        while changed.wait():
            changed.clear()
            with _chance_untouched():
                look()

    theatre.aws.journal.listeners.append(listen)
    theatre.aws.clock.spawn(go_on_looking, "onlooker")


@contextmanager
def _chance_untouched() -> Iterator[None]:
    ours, motos = random.getstate(), mock_random.getstate()
    try:
        yield
    finally:
        random.setstate(ours)
        mock_random.setstate(motos)
