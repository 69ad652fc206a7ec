"""Deployment configs as SageMaker takes them, for those who play whole histories."""

from typing import Any


def canary(termination_wait: int, bake: int = 300) -> dict[str, Any]:
    """A canary of one instance that bakes for five minutes, or for so many seconds."""
    routing = {"Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}
    return _policy(routing, bake, termination_wait)


def all_at_once(termination_wait: int) -> dict[str, Any]:
    """All traffic at once, which bakes for as long as blue is kept."""
    return _policy({"Type": "ALL_AT_ONCE"}, 0, termination_wait)


def _policy(routing: dict[str, Any], wait: int, termination_wait: int) -> dict[str, Any]:
    policy = {
        "TrafficRoutingConfiguration": {**routing, "WaitIntervalInSeconds": wait},
        "TerminationWaitInSeconds": termination_wait,
        "MaximumExecutionTimeoutInSeconds": 3600,
    }
    return {"BlueGreenUpdatePolicy": policy}
