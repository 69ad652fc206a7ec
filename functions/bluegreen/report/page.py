"""The whole page: what happened, when, why and what serves now at its top, the evidence below."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from bluegreen.contract.times import from_text
from bluegreen.deployment.console import links_of
from bluegreen.deployment.ending import headline_of, serves_now, what_to_do
from bluegreen.deployment.evidence import is_doubtful, rests_on
from bluegreen.deployment.history import PastDeployment
from bluegreen.drawing.markup import Markup, joined, tag
from bluegreen.report.asked import asked_for, findings, whole_request
from bluegreen.report.cost import cost
from bluegreen.report.happened import had_traffic, happened
from bluegreen.report.style import STYLE
from bluegreen.report.told import told
from bluegreen.report.watched import watched
from bluegreen.report.words import facts, length, moment, section
from bluegreen.request.request import STARTED_BY

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
CONSOLE: Final = re.compile(
    r"https://[a-z0-9-]+\.console\.(aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)/"
)
"""Where a link may lead: nowhere but to pages of AWS's console, whatever an ARN says."""


def report(past: PastDeployment, made_at: datetime) -> str:
    """The page as HTML; it needs nothing but itself, and runs nothing."""
    title = f"{_endpoint(past)}: {headline_of(past.record)}"
    head = joined(
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="referrer" content="no-referrer">'),
        tag("title", f"{title} - bluegreen"),
        tag("style", STYLE),
    )
    body = tag("body", tag("main", _top(past, title), *_evidence(past)), _foot(made_at))
    return f"<!doctype html>\n{tag('html', tag('head', head), body, lang='en')}\n"


def _endpoint(past: PastDeployment) -> str:
    return past.record.get("EndpointName", "no endpoint")


def _top(past: PastDeployment, title: str) -> Markup:
    """What a reader has to know first; it fits on a screen together with the timeline."""
    record = past.record
    doubtful = record["Verdict"] == "SUCCEEDED" and is_doubtful(record)
    style = f"verdict {'doubtful' if doubtful else record['Verdict']}"
    todo = what_to_do(record)
    return tag(
        "header",
        tag("span", record["Verdict"], class_=style),
        tag("span", f"Deployment {record['DeploymentId']}", class_="which"),
        tag("h1", title),
        tag("p", record["Reason"], class_="why"),
        *(tag("p", words) for words in (rests_on(record), todo and f"What to do: {todo}") if words),
        facts(_first_facts(past), "top"),
    )


def _first_facts(past: PastDeployment) -> Iterator[tuple[str, str]]:
    record, request = past.record, past.record.get("Request", {})
    start, end = from_text(record["StartedAt"]), from_text(record["EndedAt"])
    if "PreviousEndpointConfigName" in record or record["Stages"]:
        yield "Serves now (as last seen)", serves_now(record)
    else:
        yield "Serves now", "as before: no update was begun"
    yield "Was to be served", record.get("RequestedEndpointConfigName", "")
    yield "Served before", record.get("PreviousEndpointConfigName", "")
    yield "Started (UTC)", moment(start)
    yield "Ended (UTC)", joined(moment(end), f" after {length(start, end)}")
    yield "Green had traffic", had_traffic(record["Stages"])
    yield "Asked for by (claimed)", request.get("RequestedBy", "")
    yield "Because (claimed)", request.get("Reason", "")
    yield "Started by (claimed)", request.get(STARTED_BY, "")


def _evidence(past: PastDeployment) -> Iterator[Markup]:
    yield happened(past)
    yield watched(past)
    yield asked_for(past.record)
    yield findings(past.record)
    yield told(past)
    yield cost(past)
    yield _identity(past)
    yield whole_request(past.record)


def _identity(past: PastDeployment) -> Markup:
    record = past.record
    links = links_of(record["ExecutionArn"], _named(past), record["TrippedAlarms"])
    pages = [
        tag("li", tag("a", f"{what} in the AWS console", href=str(address), rel="noreferrer"))
        for what, address in links.items()
        if CONSOLE.match(str(address))
    ]
    return section(
        "What it was",
        facts(
            [
                ("DeploymentId", record["DeploymentId"]),
                ("Concluded by the execution", record["ExecutionArn"]),
                ("Model package", record.get("Request", {}).get("ModelPackageArn", "")),
                ("The model registry", past.registry_answer),
            ]
        ),
        tag("ul", *pages) if pages else "",
    )


def _named(past: PastDeployment) -> str:
    return past.record.get("EndpointName", "")


def _foot(made_at: datetime) -> Markup:
    words = ". All times are UTC. Who asked and why is as they claimed; the rest was seen."
    return tag("footer", "Made by bluegreen from the deployment's record, ", moment(made_at), words)
