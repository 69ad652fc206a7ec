"""What the page's buttons do: the few calls of AWS that it may make, and its own sample.

A browser cannot sign calls of AWS, so the page asks for them by name. Each is the plain call that
any client could make.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bluegreen.contract.command import AbortCommand
from bluegreen.contract.text import plain
from bluegreen_simulator.inputs.members import TEXT, Rule, ScenarioError, one_of, require_members
from bluegreen_simulator.run.sample import MODELS, POLICIES, Sample
from bluegreen_simulator.run.simulation import ENDPOINT
from bluegreen_simulator.run.stack import STACK_NAME
from bluegreen_simulator.run.theatre import Theatre

BY: Final = "the local page"
WHY: Final = "asked for on the local page"


class ActionError(Exception):
    """An action that cannot be done now; the text says why."""


@dataclass(frozen=True)
class Action:
    """An action: the members that it needs, and what it does; it answers in words."""

    members: Mapping[str, Rule]
    perform: Callable[..., str]


class Actions:
    """The actions by their names; nothing else can be asked for."""

    def __init__(self, theatre: Theatre, sample: Sample) -> None:
        self._theatre = theatre
        self._sample = sample
        self._known = {
            "make-sample": Action({}, self._make_sample),
            "start": Action({"policy": one_of(POLICIES), "model": one_of(MODELS)}, self._start),
            "register": Action({"model": one_of(MODELS)}, self._register),
            "approve": Action({"ModelPackageArn": TEXT}, self._approve),
            "stop": Action({"ExecutionArn": TEXT}, self._stop),
            "abort": Action({"EndpointName": TEXT}, self._abort),
        }

    def knows(self, name: str) -> bool:
        """Whether there is an action of this name."""
        return name in self._known

    def perform(self, name: str, body: Mapping[str, Any]) -> str:
        """Do it, and say what was done.

        ScenarioError when a member is missing or not allowed, ActionError when it cannot be done
        now, boto3's errors when AWS refuses.
        """
        action = self._known[name]
        require_members(body, action.members, "")
        for member in action.members:
            if member not in body:
                raise ScenarioError(f"{member} is missing.")
        return action.perform(*(body[member] for member in action.members))

    def _make_sample(self) -> str:
        if self._sample.exists:
            raise ActionError(f"The endpoint {ENDPOINT} is there already.")
        self._sample.make()
        return f"The endpoint {ENDPOINT} is being created, with alarms, traffic and a registry."

    def _start(self, policy: str, model: str) -> str:
        return f"Started the deployment {self._sample.start(policy, model)}."

    def _register(self, model: str) -> str:
        arn = self._theatre.register(ENDPOINT, MODELS[model])
        return f"Registered {_in_words(arn)}, which waits for approval."

    def _approve(self, arn: str) -> str:
        self._theatre.approve(arn)
        return f"Approved {_in_words(arn)}."

    def _stop(self, arn: str) -> str:
        states = self._theatre.aws.client("stepfunctions")
        states.stop_execution(executionArn=arn, error="Stopped", cause=WHY)
        return f"Stopped the execution {plain(arn.rpartition(':')[2])}."

    def _abort(self, endpoint: str) -> str:
        """Invoke the stack's function; its own words."""
        command = AbortCommand(EndpointName=endpoint, Reason=WHY, RequestedBy=BY)
        told = self._theatre.aws.client("lambda").invoke(
            FunctionName=self._theatre.stacks[STACK_NAME].outputs["AbortDeploymentFunctionName"],
            Payload=json.dumps(command),
        )
        answer: Any = json.loads(told["Payload"].read())
        if "FunctionError" in told:
            raise ActionError(plain(answer.get("errorMessage", told["FunctionError"])))
        return str(answer["Message"])


def _in_words(package: str) -> str:
    """A version by its ARN, which ends with its group and its number."""
    group, _, version = package.rpartition("/")
    return f"version {plain(version)} of {plain(group.rpartition('/')[2])}"
