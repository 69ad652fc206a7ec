"""The sample of the local page: an endpoint with alarms, traffic and a registry, and deployments.

Its parts are those of a sample scenario, and the requests and the policy are the sample files.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.run.simulation import BLUE, ENDPOINT, GREEN, WARM_UP_SECONDS
from bluegreen_simulator.run.theatre import Fleet, Theatre

POLICIES: Final = ("canary", "linear", "all-at-once", "rolling")
"""The sample requests, by the policy that each of them has."""

MODELS: Final[Mapping[str, Mapping[str, Any]]] = {
    "healthy": {},
    "fails half of its requests": {"error_rate": 0.5},
    "takes 200 ms": {"latency_ms": 200},
    "does not come up": {"provisioning_error": "PingHealthCheckFailed"},
}
"""How the new model behaves, in words and as the SIMULATED_ variables of its Environment."""


class Sample:
    """The sample in one embedded AWS; `events` is the folder of the sample files."""

    def __init__(self, theatre: Theatre, events: Path) -> None:
        self._theatre = theatre
        self._events = events
        self._scenario = load(events / "scenarios/canary-succeeds.yaml")
        self._has_traffic = False

    @property
    def exists(self) -> bool:
        """Whether its endpoint is there."""
        try:
            self._theatre.endpoint(ENDPOINT)
        except ClientError:
            return False
        return True

    def make(self) -> None:
        """Make the endpoint, which takes its time to come up, and what belongs to it.

        What there is of that already stays, as after the endpoint was deleted.
        """
        theatre = self._theatre
        if BLUE not in self._configs(BLUE):
            theatre.make_config(BLUE, Fleet(self._scenario.blue, self._scenario.instances))
        theatre.create_endpoint(ENDPOINT, BLUE, group=ENDPOINT)
        theatre.make_alarms(self._scenario.alarms)
        if not self._has_traffic:
            theatre.begin_traffic(ENDPOINT, self._scenario.requests_per_second)
            self._has_traffic = True
        theatre.put_policy(ENDPOINT, self._read("policies", ENDPOINT))
        for behavior in ({}, {"error_rate": 0.5}):
            theatre.register(ENDPOINT, behavior)

    def start(self, policy: str, model: str) -> str:
        """Start a deployment of a model of its own by a policy of POLICIES; its DeploymentId."""
        name = self._unused_name()
        self._theatre.make_config(name, Fleet(MODELS[model], self._scenario.instances))
        request = {
            **self._read("requests", policy),
            "EndpointConfigName": name,
            "Reason": f"a sample whose model is {model}",
        }
        self._theatre.start(request, name)
        return name

    def begin(self) -> None:
        """Make it, let it run until its alarms know their state, and start a canary."""
        self.make()
        self._theatre.await_endpoint(ENDPOINT)
        self._theatre.advance(WARM_UP_SECONDS)
        self.start("canary", "healthy")

    def _unused_name(self) -> str:
        """For an endpoint config, its model and the deployment of it."""
        taken, number = self._configs(f"{GREEN}-"), 1
        while f"{GREEN}-{number}" in taken:
            number += 1
        return f"{GREEN}-{number}"

    def _configs(self, part: str) -> set[str]:
        """The names of endpoint configs with this part."""
        client = self._theatre.aws.client("sagemaker")
        pages = client.get_paginator("list_endpoint_configs").paginate(NameContains=part)
        return {
            config["EndpointConfigName"] for page in pages for config in page["EndpointConfigs"]
        }

    def _read(self, kind: str, name: str) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(
            (self._events / kind / f"{name}.json").read_text(encoding="utf-8")
        )
        return body
