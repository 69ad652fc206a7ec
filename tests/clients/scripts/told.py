"""How a client's script tells what it saw: a line of JSON for its version and for each claim.

Runs in the client's own environment, with nothing of this project and nothing but Python.
"""

import json
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

ROLE: Final = "arn:aws:iam::123456789012:role/model"
"""Any role will do that was never made."""

REFUSED: Final = ("not modelled", "not implemented", "not supported", "notimplemented")
"""The words by which the embedded AWS refuses what it does not have."""

PATIENCE_SECONDS: Final = 240


def uses(version: str) -> None:
    """Say which release of the client this is."""
    _print(version=version)


def ran(*command: str) -> str:
    """What a command prints; RuntimeError with what it says, where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the client that is tried
    if done.returncode:
        raise RuntimeError((done.stderr + done.stdout).strip()[-600:])
    return done.stdout


@contextmanager
def holds(claim: str) -> Iterator[None]:
    """A claim that holds when its block ends without an error; the script goes on in any case."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is told
        _print(claim=claim, outcome="broken", detail=_detail(error))
    else:
        _print(claim=claim, outcome="holds")


@contextmanager
def refused(claim: str) -> Iterator[None]:
    """Something that the embedded AWS refuses by its name; another error, or none, is broken."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - likewise
        by_name = any(words in str(error).lower() for words in REFUSED)
        outcome = "refused" if by_name else "broken"
        _print(claim=claim, outcome=outcome, detail=_detail(error))
    else:
        _print(claim=claim, outcome="broken", detail="It was not refused.")


def until(seen: Callable[[], Any], wanted: Any, seconds: float = PATIENCE_SECONDS) -> None:
    """Look every half second until this is seen; TimeoutError with the last that was seen."""
    end = time.monotonic() + seconds
    while (last := seen()) != wanted:
        if time.monotonic() > end:
            raise TimeoutError(f"{wanted!r} was not seen in {seconds:g} s; the last was {last!r}.")
        time.sleep(0.5)  # noqa: TID251 - a client waits in real time


def same(seen: Any, wanted: Any) -> None:
    """AssertionError with both, unless they are equal."""
    if seen != wanted:
        raise AssertionError(f"{seen!r} is not {wanted!r}.")


def _detail(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return f"{text[:600]} ({last.name}, line {last.lineno})"


def _print(**told: str) -> None:
    line = json.dumps(told)
    print(f"\n{line}", flush=True)  # noqa: T201 - what the runner reads; clients leave lines open
