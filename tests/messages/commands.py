"""What commands answer, by whoever asks, and where their words differ."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from bluegreen.aws.dynamodb.locks import Lock
from bluegreen.commands.abort_deployment import abort_deployment
from bluegreen.commands.forget_endpoint import forget_endpoint
from bluegreen.contract.record import EndedDocument, Verdict
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.history import ended
from bluegreen.deployment.record import record_of
from bluegreen.deployment.verdict import Decision
from bluegreen_cli.commands.history import nothing
from bluegreen_cli.commands.report import Options, ambiguous, unknown
from builders import BLUE, KEY, START, at, deployment, settled
from messages.answers import FREE, OURS

ABORTED: Any = {"abort": Abort(START, AbortCause.COMMAND), "abort_announced": True}


def _abort(lock: Lock, found: Deployment | None = None, *, first: bool = True) -> str:
    account: Any = SimpleNamespace(
        clock=SimpleNamespace(now=lambda: at(1)),
        locks=SimpleNamespace(find=lambda _name: lock),
        endpoints=SimpleNamespace(look=lambda _name: settled(BLUE, modified=-86400)),
        deployments=SimpleNamespace(
            request_abort=lambda _key, _abort: (first, found), recall=lambda each: each
        ),
        claims=SimpleNamespace(claim_while_it_runs=lambda *_: []),
    )
    return abort_deployment("churn", "", "", account)["Message"]


def _forget(*, free: bool, removed: int = 0, kept: int = 0, alarms: int = 0) -> str:
    account: Any = SimpleNamespace(
        queue=SimpleNamespace(waiting=lambda _name: []),
        locks=SimpleNamespace(forget=lambda _name: free),
        abort_alarms=SimpleNamespace(remove=lambda _name: None),
        guardrail_alarms=SimpleNamespace(remove=lambda _name: alarms),
        deployments=SimpleNamespace(forget=lambda _name: (removed, kept)),
    )
    return forget_endpoint("churn", account)["Message"]


def answers() -> Iterator[tuple[str, str]]:
    """The situation, and what a person reads."""
    running = deployment(abort_alarm="bluegreen-abort-churn", **ABORTED)
    yield "abort, and nothing runs", _abort(FREE)
    yield "abort", _abort(OURS, running)
    yield "abort, a second time", _abort(OURS, running, first=False)
    yield "abort, without an abort alarm", _abort(OURS, deployment(**ABORTED))
    asked = deployment(update_requested_at=None, **ABORTED)
    yield "abort, before the update", _abort(OURS, asked)
    yield "forget, while a deployment runs", _forget(free=False)
    yield "forget", _forget(free=True, removed=1)
    yield "forget, with guardrails", _forget(free=True, removed=2, alarms=3)
    yield "forget, and a notification was not sent yet", _forget(free=True, removed=2, kept=1)
    yield "history, and nothing has ended", nothing("")
    yield "history of an endpoint, and nothing has ended", nothing("churn")
    yield "report, of an id that is not known", unknown("deploy-9", Options("bluegreen"))
    started = Options("bluegreen", endpoint="churn", started_at="2026-01-06")
    yield "report, of an id that is not known there", unknown("deploy-9", started)
    yield "report, of an id that was used again", ambiguous([_ended(0), _ended(91 * 86400)])


def _ended(seconds: float) -> EndedDocument:
    key = replace(KEY, started_at=at(seconds))
    return ended(record_of(key, "arn", Decision(Verdict.SUCCEEDED, "It serves."), [], at(seconds)))
