"""What a simulation makes the machine do, in counts that are the same on every machine."""

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from bluegreen_simulator.aws.cloudformation import sam_transform
from bluegreen_simulator.aws.cloudformation.templates import Template
from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.rules.alarms.metric_alarm import MetricAlarm
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.simulation import simulate
from bluegreen_simulator.run.theatre import Theatre

ROOT = Path(__file__).parents[2]
THREADS = 70
"""Threads that the canary may start: one for each task of the clock."""

CALLS = 113
"""Calls of the API that make the stack: those of its resources, and what uploads it."""

COMPUTED = 0.5
"""How much of the looks at alarms may compute an evaluation anew."""


def counted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, counts: Counter[str]) -> None:
    original = getattr(owner, name)

    def count(*args: Any, **more: Any) -> Any:
        counts[name] += 1
        return original(*args, **more)

    monkeypatch.setattr(owner, name, count)


def test_a_simulation_makes_no_client_twice_and_computes_few_evaluations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    canary = load(ROOT / "events/scenarios/canary-succeeds.yaml")
    counts = Counter[str]()
    simulate(canary, ROOT / "template.yaml")
    counted(monkeypatch, threading.Thread, "start", counts)
    counted(monkeypatch, boto3.Session, "client", counts)
    counted(monkeypatch, MetricAlarm, "state", counts)
    counted(monkeypatch, MetricAlarm, "evaluate", counts)
    simulate(canary, ROOT / "template.yaml")
    assert counts["client"] == 0
    assert counts["start"] <= THREADS
    assert 0 < counts["evaluate"] <= COMPUTED * counts["state"]
    before = dict(counts)
    simulate(canary, ROOT / "template.yaml")
    assert {name: count - before.get(name, 0) for name, count in counts.items()} == before


def test_a_stack_that_is_deployed_again_is_read_and_ordered_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def deploy() -> None:
        with EmbeddedAws() as aws:
            counted(monkeypatch, BaseClient, "_make_api_call", counts)
            Theatre(aws).deploy(ROOT / "template.yaml")

    counts = Counter[str]()
    deploy()
    assert counts["_make_api_call"] <= CALLS
    counted(monkeypatch, sam_transform, "written", counts)
    counted(monkeypatch, Template, "_visit", counts)
    deploy()
    assert (counts["written"], counts["_visit"]) == (0, 0)
