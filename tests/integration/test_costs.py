"""What a simulation makes the machine do, in counts that are the same on every machine."""

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import boto3
import pytest

from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.rules.alarms.metric_alarm import MetricAlarm
from bluegreen_simulator.run.simulation import simulate

ROOT = Path(__file__).parents[2]
THREADS = 70
"""Threads that the canary may start: one for each task of the clock."""

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
