"""Policies by the names that CodeDeploy users know: `Canary10Percent5Minutes` and its like."""

import re
from collections.abc import Iterator
from typing import Final

from bluegreen.contract.aws_shapes import DeploymentConfigShape, TrafficRoutingShape
from bluegreen.contract.findings import Finding
from bluegreen.contract.json_shape import not_allowed
from bluegreen.sagemaker.deployment_config import (
    DEPLOYMENT_CONFIG,
    ROLLING,
    SIZE_OF_MODE,
    Policy,
    check_rules,
)

ALL_AT_ONCE: Final = "AllAtOnce"
NAMED_ALL_AT_ONCE_WAIT_SECONDS: Final = 300

_NAMED: Final = re.compile(
    r"(?P<mode>Canary|Linear|Rolling)(?P<percent>[0-9]{1,3})Percent(?P<every>(?:Every)?)"
    r"(?P<minutes>[0-9]{1,3})Minutes?"
)
NAMES_IN_WORDS: Final = (
    "AllAtOnce, Canary<1-50>Percent<1-60>Minutes, Linear<10-50>PercentEvery<1-60>Minutes"
    " or Rolling<5-50>PercentEvery<1-60>Minutes"
)


def named(name: str) -> DeploymentConfigShape | None:
    """The `DeploymentConfig` of a name as CodeDeploy users know them; None: no such name.

    The interval is the termination wait too (`AllAtOnce`: 300 seconds).
    """
    if name == ALL_AT_ONCE:
        routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
        return _blue_green(routing, NAMED_ALL_AT_ONCE_WAIT_SECONDS)
    match = _NAMED.fullmatch(name)
    if not match or (match["mode"] == "Canary") == bool(match["every"]):
        return None
    mode, seconds = match["mode"].upper(), 60 * int(match["minutes"])
    size = {"Type": "CAPACITY_PERCENT", "Value": int(match["percent"])}
    if mode == ROLLING:
        policy = {"MaximumBatchSize": size, "WaitIntervalInSeconds": seconds}
        return {"RollingUpdatePolicy": policy}
    routing = {"Type": mode, "WaitIntervalInSeconds": seconds, SIZE_OF_MODE[mode]: size}
    return _blue_green(routing, seconds)


def _blue_green(
    routing: TrafficRoutingShape, termination_wait_seconds: int
) -> DeploymentConfigShape:
    policy = {
        "TrafficRoutingConfiguration": routing,
        "TerminationWaitInSeconds": termination_wait_seconds,
    }
    return {"BlueGreenUpdatePolicy": policy}


def check_name(name: str) -> Iterator[Finding]:
    """Yield what is wrong with a `DeploymentConfigName`: its pattern or its numbers."""
    config = named(name)
    if config is None or not _is_sound(config):
        yield not_allowed("DeploymentConfigName", name, NAMES_IN_WORDS)


def _is_sound(config: DeploymentConfigShape) -> bool:
    faults = list(DEPLOYMENT_CONFIG.check(config)) or list(check_rules(config))
    return not faults and Policy.from_json(config).longest_wait_seconds > 0
