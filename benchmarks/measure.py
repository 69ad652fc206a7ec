"""How long the embedded AWS takes for a deployment of eight hours, in seconds of this machine."""

import sys
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.run.simulation import Outcome, simulate

ROOT: Final = Path(__file__).resolve().parents[1]


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


def main() -> None:
    """Measure and print."""
    write = sys.stdout.write
    template = ROOT / "template.yaml"
    (_, cold), *later = [timed(lambda: simulate(eight_hours(), template)) for _ in range(11)]
    warm = sorted(wall for _, wall in later)
    write(f"eight hours in ten steps: {cold:.2f} s as the first run in a process, then")
    write(f" {warm[0]:.2f} to {warm[-1]:.2f} s, median {median(warm):.2f} of {len(warm)}\n")


if __name__ == "__main__":
    main()
