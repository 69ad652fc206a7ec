"""The figures of docs/how-it-works.md, measured in one run on this machine: counts and ratios.

State transitions and Lambda invocations are counts and the same everywhere. Seconds are this
machine's; what they are good for is the ratio beside them.
"""

import io
import sys
import time
import zipfile
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from bluegreen.contract.times import from_text
from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.run.simulation import Outcome, simulate

ROOT: Final = Path(__file__).resolve().parents[1]
POLLING_SECONDS: Final = 30
POLLING_TRANSITIONS: Final = 3
"""A Wait, a Task and a Choice for each look: the commonest public sample."""


def canary(bake_seconds: int) -> Scenario:
    """The canary that succeeds, with both of its bakes so long."""
    scenario = load(ROOT / "events/scenarios/canary-succeeds.yaml")
    request = deepcopy(scenario.request)
    policy = request["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    policy["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"] = bake_seconds
    policy["TerminationWaitInSeconds"] = bake_seconds
    policy["MaximumExecutionTimeoutInSeconds"] = 28800
    request["AllowFindings"] = ["bake-unprotected"]  # a minute is too short for any alarm
    return replace(scenario, request=request, expected={"Verdict": "SUCCEEDED"})


def eight_hours() -> Scenario:
    """The linear update that succeeds, on ten instances in ten steps of 2,800 s."""
    scenario = load(ROOT / "events/scenarios/linear-succeeds.yaml")
    request = deepcopy(scenario.request)
    policy = request["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    policy["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"] = 2800
    size = {"Type": "CAPACITY_PERCENT", "Value": 10}
    policy["TrafficRoutingConfiguration"]["LinearStepSize"] = size
    policy["TerminationWaitInSeconds"] = 2800
    policy["MaximumExecutionTimeoutInSeconds"] = 28800
    expected = {"Verdict": "SUCCEEDED"}
    return replace(scenario, request=request, instances=10, green_instances=10, expected=expected)


def timed(run: Callable[[], Outcome]) -> tuple[Outcome, float]:
    """What `run` gives, and the seconds it took."""
    began = time.perf_counter()
    outcome = run()
    assert not outcome.misses, outcome.misses
    return outcome, time.perf_counter() - began


def length_of(outcome: Outcome) -> int:
    """How many seconds of virtual time the deployment took."""
    record = outcome.record
    return round((from_text(record["EndedAt"]) - from_text(record["StartedAt"])).total_seconds())


def package_bytes() -> int:
    """Our own code as Lambda gets it, zipped."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((ROOT / "functions").rglob("*.py")):
            archive.write(path, path.relative_to(ROOT / "functions"))
    return len(package.getvalue())


def main() -> None:
    """Measure and print."""
    write = sys.stdout.write
    template = ROOT / "template.yaml"
    (_, cold), *later = [timed(lambda: simulate(eight_hours(), template)) for _ in range(11)]
    warm = sorted(wall for _, wall in later)
    write(f"eight hours in ten steps: {cold:.2f} s as the first run in a process, then")
    write(f" {warm[0]:.2f} to {warm[-1]:.2f} s, median {median(warm):.2f} of {len(warm)}\n")
    write("bakes      virtual time  transitions  polling every 30 s  Lambda invocations\n")
    for seconds in (60, 600, 3600):
        outcome, _ = timed(partial(simulate, canary(seconds), template))
        length = length_of(outcome)
        polling = round(length / POLLING_SECONDS) * POLLING_TRANSITIONS
        write(
            f"2 x {seconds:>4} s {length:>11} s {outcome.state_transitions:>12}"
            f" {polling:>19} {outcome.lambda_invocations:>19}\n"
        )
    write(f"our own code, zipped: {package_bytes() / 1024:.0f} KiB\n")


if __name__ == "__main__":
    main()
