"""The page of the local server as a browser would speak to it, and the AWS behind it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.test import Client
from werkzeug.wrappers import Response

from bluegreen_cli.commands.local import WORDS
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.page.application import ROUTE, Page
from bluegreen_simulator.run.sample import Sample
from bluegreen_simulator.run.theatre import Theatre
from shipped import ROOT

OPEN: Final = {
    "ModelExecutionRoleArns": "arn:aws:iam::123456789012:role/*",
    "AllowSupersede": "true",
    "GuardrailAlarms": "OnRequest",
}
HOSTILE: Final = '<img src=x onerror="alert(1)">'


def elsewhere(environ: dict[str, Any], start: Any) -> Any:
    """Whatever else the server has."""
    return Response("not the page")(environ, start)


@dataclass(frozen=True)
class Opened:
    """A page that somebody has opened."""

    theatre: Theatre
    client: Client

    def press(self, action: str, **members: Any) -> tuple[int, dict[str, Any]]:
        """Status and answer of an action."""
        answer = self.client.post(f"{ROUTE}{action}", json=members)
        return answer.status_code, json.loads(answer.text)

    def done(self, action: str, **members: Any) -> str:
        """What an action says that can be done."""
        status, answer = self.press(action, **members)
        assert status == 200, answer
        return str(answer["done"])

    def refused(self, action: str, **members: Any) -> str:
        """What an action says that cannot."""
        status, answer = self.press(action, **members)
        assert (status, list(answer)) == (400, ["error"])
        return str(answer["error"])

    def view(self) -> dict[str, Any]:
        answer = self.client.get(f"{ROUTE}view")
        assert answer.content_type == "application/json"
        seen: dict[str, Any] = json.loads(answer.text)
        return seen

    @property
    def newest(self) -> dict[str, Any]:
        seen: dict[str, Any] = self.view()["Deployments"][0]
        return seen

    def sampled(self) -> "Opened":
        """The same with the sample in service, and its alarms in a state."""
        self.done("make-sample")
        self.theatre.await_endpoint("churn")
        self.theatre.advance(300)
        return self


@contextmanager
def opened() -> Iterator[Opened]:
    with EmbeddedAws() as aws:
        theatre = Theatre(aws)
        ours = Page(theatre, Sample(theatre, ROOT / "events"), WORDS, elsewhere)
        theatre.deploy(ROOT / "template.yaml", **OPEN)
        yield Opened(theatre, Client(ours))
