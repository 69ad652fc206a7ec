"""The deployments that are measured: how long they bake, in how many steps, and how they end.

Each is one of the sample scenarios with other times. The same one is given to bluegreen and to what
it is compared with. Lengths are chosen so that no end falls on a multiple of 15 seconds, at which a
look would happen to come at once.
"""

from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from bluegreen.sagemaker.deployment_config import LONGEST_MAXIMUM_SECONDS, Policy
from bluegreen.sagemaker.schedule import Schedule, schedule_of
from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.rules.faults.kinds import FailingModel, FaultPlan
from bluegreen_simulator.run.simulation import GREEN
from bluegreen_simulator.run.theatre import VARIANT

ROOT: Final = Path(__file__).parents[2]
CANARY_STEPS: Final = 2
ALARM_SECONDS: Final = 120
"""How long the sample's alarm takes at most to trip: two of three minutes above its limit."""


@dataclass(frozen=True)
class Deployment:
    """A deployment of `steps` bakes; with `alarm`, an alarm trips in one of the last of them."""

    length: str
    steps: int
    bake_seconds: int
    alarm: bool = False

    @property
    def name(self) -> str:
        """As it stands in the table."""
        return f"{self.length}, {self.steps} steps, {self.ending}"

    @property
    def ending(self) -> str:
        """How it ends, in words."""
        return "ended by an alarm" if self.alarm else "ending well"

    @property
    def scenario(self) -> Scenario:
        """The scenario that it is."""
        kind = "canary" if self.steps == CANARY_STEPS else "linear"
        sample = load(ROOT / f"events/scenarios/{kind}-succeeds.yaml")
        changed = replace(sample, request=self._request(sample), expected={})
        return replace(changed, plan=_failing(changed)) if self.alarm else changed

    def _request(self, sample: Scenario) -> dict[str, Any]:
        request: dict[str, Any] = deepcopy(sample.request)
        policy = request["DeploymentConfig"]["BlueGreenUpdatePolicy"]
        routing = policy["TrafficRoutingConfiguration"]
        if "LinearStepSize" in routing:
            routing["LinearStepSize"]["Value"] = 100 // self.steps
        routing["WaitIntervalInSeconds"] = policy["TerminationWaitInSeconds"] = self.bake_seconds
        policy["MaximumExecutionTimeoutInSeconds"] = LONGEST_MAXIMUM_SECONDS
        request["AllowFindings"] = ["bake-unprotected"]  # a bake may be too short for any alarm
        return request


def schedule(scenario: Scenario) -> Schedule:
    """When its stages should begin and end, if all goes well."""
    policy = Policy.from_json(scenario.request["DeploymentConfig"])
    return schedule_of(policy, {VARIANT: scenario.instances}, {VARIANT: scenario.green_instances})


def _failing(scenario: Scenario) -> FaultPlan:
    """Green begins to fail half of its requests, so that an alarm trips amid the last bake.

    Where bakes are as short as the alarm takes, it trips in that bake or the one before.
    """
    last = schedule(scenario).bakes[-1]
    at = last.starts_after + last.seconds // 2 - ALARM_SECONDS
    return FaultPlan(failing_model=FailingModel(at, GREEN, error_rate=0.5))


def _both(length: str, steps: int, bake_seconds: int) -> tuple[Deployment, Deployment]:
    return (
        Deployment(length, steps, bake_seconds),
        Deployment(length, steps, bake_seconds, alarm=True),
    )


SHORT: Final = (
    *_both("10 min", 2, 121),
    *_both("10 min", 5, 36),
    *_both("1 h", 2, 1621),
    *_both("1 h", 5, 636),
)
LONG: Final = _both("8 h", 10, 2799)
