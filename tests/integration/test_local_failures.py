"""What breaks inside the served AWS ends neither it nor its time, and is said once."""

import json
import sys
import threading
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from bluegreen_cli.commands.local import WORDS
from bluegreen_simulator.run.local import Local, Settings, serving
from bluegreen_simulator.time.real import RealClock
from shipped import ROOT


def fail() -> None:
    sys.stderr.write("a library's own words\n")
    raise KeyError("Name")


def ask(local: Local, path: str, **headers: str) -> Any:
    url = f"{local.ready.endpoint_url}{path}"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with urlopen(Request(url, headers=named), timeout=60) as answer:  # noqa: S310 - our own
        return json.load(answer)


def while_it_serves(act: Callable[[Local], None]) -> None:
    """Serve, and act meanwhile in another thread, as clients do."""
    raised: list[BaseException] = []

    def run(local: Local) -> None:
        try:
            act(local)
        except BaseException as error:  # noqa: BLE001 - raised below
            raised.append(error)
        finally:
            local.stop()

    with serving(ROOT / "template.yaml", Settings(0, 60, WORDS, (), {}), RealClock()) as local:
        thread = threading.Thread(target=run, args=(local,))
        thread.start()
        local.wait()
        thread.join()
    if raised:
        raise raised[0]


def test_it_outlives_what_its_tasks_and_requests_break(capsys: pytest.CaptureFixture[str]) -> None:
    def act(local: Local) -> None:
        clock = local._aws.clock
        with clock.visiting("test"):
            clock.spawn(fail, "an execution")
            clock.call_later(60, fail, "a rule")
            clock.spawn(fail, "an execution")
            clock.sleep(120)
        before = ask(local, "/_bluegreen/clock")["now"]
        scope = "Credential=AKIAAAAAAAAAAAAAAAAA/20260105/eu-central-1/kms/aws4_request"
        with pytest.raises(HTTPError) as refused:
            ask(
                local,
                "/",
                Authorization=f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=x",
                X_Amz_Target="TrentService.RetireGrant",
                Content_Type="application/x-amz-json-1.1",
            )
        assert refused.value.code == 500
        assert "RetireGrant of kms failed inside" in refused.value.read().decode()
        with clock.visiting("test"):
            clock.sleep(60)
        assert ask(local, "/_bluegreen/clock")["now"] > before

    while_it_serves(act)
    printed = capsys.readouterr()
    assert printed.out == ""
    first, second, third = printed.err.splitlines()
    assert first == "an execution failed inside the embedded AWS: KeyError: 'Name'"
    assert second == "a rule failed inside the embedded AWS: KeyError: 'Name'"
    assert third.startswith("RetireGrant of kms failed inside the embedded AWS: ")
