"""Deployments that have ended, as a terminal shows them: three lines each, the last one first."""

from collections.abc import Iterator

from rich.text import Text

from bluegreen.contract.record import EndedDocument
from bluegreen.contract.text import plain, quoted
from bluegreen.contract.times import from_text, to_the_second
from bluegreen_cli.show.colors import COLORS
from bluegreen_cli.show.plan import clock

INDENT = "    "


def history_lines(document: EndedDocument) -> Iterator[Text]:
    """How it ended and when, who asked for it and why, and why it ended so."""
    yield Text.assemble(
        f"{to_the_second(from_text(document['StartedAt']))}  ",
        (plain(document.get("EndpointName", "(no endpoint)")), "bold"),
        "  ",
        _verdict(document),
        f" after {took(document)}  ",
        (plain(document["DeploymentId"]), "dim"),
    )
    asked = _asked(document)
    if asked:
        yield Text(f"{INDENT}{asked}", "dim")
    yield Text(f"{INDENT}{plain(document['Reason'])}")


def took(document: EndedDocument) -> str:
    """How long a deployment took, as h:mm:ss."""
    span = from_text(document["EndedAt"]) - from_text(document["StartedAt"])
    return clock(int(span.total_seconds()))


def _verdict(document: EndedDocument) -> Text:
    verdict = plain(document["Verdict"])
    trigger = f" ({plain(document['Trigger'])})" if "Trigger" in document else ""
    return Text(f"{verdict}{trigger}", COLORS.get(verdict, "bold red"))


def _asked(document: EndedDocument) -> str:
    """By whom it was asked for and why, both as claimed."""
    by, reason = document.get("RequestedBy"), document.get("RequestReason")
    said = [f"by {quoted(by)}"] if by else []
    said += [f"because {quoted(reason)}"] if reason else []
    started = [f"started by {plain(document['StartedBy'])}"] if "StartedBy" in document else []
    asked = [f"asked for {', '.join(said)}"] if said else []
    words = " and ".join(asked + started)
    return f"{words[0].upper()}{words[1:]} (claimed)" if words else ""
