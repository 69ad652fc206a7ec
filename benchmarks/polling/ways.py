"""The ways to follow a deployment: bluegreen, and what people write in its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from bluegreen_simulator.inputs.scenario import Scenario
from polling.deployments import ROOT, schedule

MARGIN_SECONDS: Final = 5
"""How long after the predicted end of the first bake a sleeper looks, and so after each."""

AT_LAST_SECONDS: Final = 60
"""How often a sleeper looks when no bake is left."""


@dataclass(frozen=True)
class Way:
    """One way: the template that is deployed, and its outputs with the machine and the topic.

    Those of the same `rhythm` look at the same moments. `wait_seconds` is how often, if that is
    always the same.
    """

    rhythm: str
    caller: str
    template: Path
    machine: str
    topic: str
    wait_seconds: int = 0

    @property
    def name(self) -> str:
        """As it stands in the table."""
        return f"{self.rhythm}, {self.caller}" if self.caller else self.rhythm

    @property
    def is_ours(self) -> bool:
        """Whether events wake it."""
        return self.template == OURS

    def input(self, scenario: Scenario) -> Mapping[str, Any]:
        """What its execution is started with for a scenario."""
        if self.is_ours:
            return dict(scenario.request)
        return {
            **{name: scenario.request[name] for name in TAKEN},
            "WaitSeconds": self.wait_seconds or list(_sleeps(scenario)),
        }


def _sleeps(scenario: Scenario) -> Iterator[int]:
    """From UpdateEndpoint to the end of the first bake, to that of the next, to the end of all."""
    plan = schedule(scenario)
    ends = [bake.ends_after + MARGIN_SECONDS for bake in plan.bakes]
    yield ends[0]
    yield from (later - earlier for earlier, later in pairwise(ends))
    yield plan.seconds + MARGIN_SECONDS - ends[-1]
    yield AT_LAST_SECONDS


TAKEN: Final = ("EndpointName", "EndpointConfigName", "DeploymentConfig")
OURS: Final = ROOT / "template.yaml"
THEIRS: Final = Path(__file__).with_name("template.yaml")
RESULTS: Final = "ResultsTopicArn"
LOOKING: Final = "DescribeEndpoint"
"""The state of each of theirs that looks."""


def _poll(seconds: int) -> tuple[Way, Way]:
    return (
        Way(f"poll {seconds} s", "Lambda", THEIRS, "PollByLambda", RESULTS, seconds),
        Way(f"poll {seconds} s", "direct", THEIRS, "PollDirectly", RESULTS, seconds),
    )


BLUEGREEN: Final = Way("bluegreen", "", OURS, "StateMachineArn", "NotificationsTopicArn")
POLL_30: Final = _poll(30)
SLEEP: Final = Way("sleep to bake's end", "", THEIRS, "Sleep", RESULTS)
ALL: Final = (BLUEGREEN, *_poll(15), *POLL_30, *_poll(60), SLEEP)
