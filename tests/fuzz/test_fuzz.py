"""Whatever botocore's model allows is answered or refused by name, and ends no server."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

import pytest

from bluegreen_simulator.aws.iam.actions import ACTIONS
from fuzz.calls import INTERNAL, Called, Clients, call, every_operation, some_of_ours
from fuzz.draws import Draw
from fuzz.known import make

SPEED: Final = 60
MOTO_BREAKS: Final = {
    ("application-autoscaling", "DescribeScalableTargets"): "a token that it never gave",
    ("lambda", "Invoke"): "a function's name with several colons",
    ("s3", "PutObject"): "grants that are none",
}
"""What of ours moto cannot read, and AWS refuses, so that either is an error to the client.

Of DynamoDB there is more: values without a type, and expressions that are none.
"""

NOTICE: Final = re.compile(rf".+ {INTERNAL}: \w+.*")


@dataclass
class Served:
    """A `bluegreen local` in a process of its own."""

    process: "subprocess.Popen[str]"
    address: str

    def now(self) -> str:
        with urlopen(f"{self.address}/_bluegreen/clock", timeout=30) as answer:  # noqa: S310 - our own
            clock: dict[str, Any] = json.load(answer)
        return str(clock["now"])

    def printed(self) -> tuple[str, str]:
        """Stop it; what it has printed after its first line."""
        self.process.terminate()
        return self.process.communicate(timeout=60)


@pytest.fixture
def served() -> Iterator[Served]:
    command = [str(Path(sys.executable).parent / "bluegreen"), "local", "--port", "0"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--speed", str(SPEED)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ},  # noqa: TID251 - what a child process is started with
    )
    assert process.stdout is not None
    try:
        yield Served(process, json.loads(process.stdout.readline())["endpoint_url"])
    finally:
        process.kill()
        process.wait()


def calls(served: Served, operations: Sequence[tuple[str, str]], seed: int) -> list[Called]:
    clients = Clients(served.address)
    known = make(clients)
    return [
        call(clients, service, operation, Draw((seed, number), known))
        for number, (service, operation) in enumerate(operations)
        if served.process.poll() is None
    ]


def assert_well(served: Served, called: Sequence[Called]) -> None:
    """Each call was answered or refused by name; the server goes on, and has kept silent."""
    assert served.process.poll() is None, called[-1]
    wrong = [str(one) for one in called if one.problem]
    assert not wrong, f"{len(wrong)} of {len(called)}:\n" + "\n".join(wrong[:30])
    ours = ACTIONS.keys() - MOTO_BREAKS.keys()
    broken = [
        str(one)
        for one in called
        if INTERNAL in one.message
        and (one.service, one.operation) in ours
        and one.service != "dynamodb"
    ]
    assert not broken, "\n".join(broken)
    before = served.now()
    time.sleep(1)  # noqa: TID251 - of another process
    assert served.now() > before
    printed, told = served.printed()
    assert printed == ""
    assert [line for line in told.splitlines() if not NOTICE.fullmatch(line)] == []


def test_what_functions_call_holds_out(served: Served) -> None:
    assert_well(served, calls(served, some_of_ours(60, seed=17), seed=17))


@pytest.mark.slow
def test_every_operation_holds_out(served: Served) -> None:
    operations = every_operation(seed=18)
    operations += some_of_ours(2000 - len(operations), seed=18)
    assert len(operations) == 2000
    assert_well(served, calls(served, operations, seed=18))
