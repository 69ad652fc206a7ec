"""Without a yes nothing is called but who asks and what it costs."""

from typing import Any

import click
import pytest

from bluegreen.clock import SystemClock
from bluegreen_smoke.main import all_steps, exit_code
from bluegreen_smoke.run import Options, Smoke
from bluegreen_smoke.steps import Run, Status, run_steps


class Recorder:
    """An account that answers two calls, and notes every one."""

    region = "eu-central-1"
    embedded = False
    endpoint_url = None

    def __init__(self) -> None:
        self.calls: list[str] = []

    def client(self, service: str, _region: str | None = None) -> Any:
        recorder = self

        class Client:
            def __getattr__(self, operation: str) -> Any:
                return lambda **_: recorder.answer(service, operation)

        return Client()

    def answer(self, service: str, operation: str) -> Any:
        self.calls.append(f"{service}:{operation}")
        identity = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/u"}
        return {"get_caller_identity": identity, "get_products": {"PriceList": []}}[operation]

    def reaching(self) -> Any:
        return pytest.MonkeyPatch.context()


def run_with(monkeypatch: pytest.MonkeyPatch, said: bool | None) -> tuple[Run, list[str], str]:
    def confirm(*_: object, **__: object) -> bool:
        if said is None:
            raise click.Abort
        return said

    monkeypatch.setattr(click, "confirm", confirm)
    account: Any = Recorder()
    lines: list[str] = []
    smoke = Smoke("bluegreen-smoke-1", Options(), account, SystemClock(), lines.append)
    return run_steps(all_steps(smoke, []), smoke.clock, lines.append), account.calls, str(lines)


@pytest.mark.parametrize("said", [False, None], ids=["no", "nobody there"])
def test_without_consent_nothing_is_called(
    monkeypatch: pytest.MonkeyPatch, said: bool | None
) -> None:
    run, calls, shown = run_with(monkeypatch, said)
    assert calls == ["sts:get_caller_identity", "pricing:get_products"]
    assert run.outcomes[-1].status is Status.FAILED
    assert "not accepted; nothing was created" in run.outcomes[-1].note
    assert "instance-hours of ml.t2.medium" in shown
    assert run.left == []
    assert exit_code(run, []) == 1


def test_with_consent_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    _, calls, _ = run_with(monkeypatch, said=True)
    assert len(calls) > 2
