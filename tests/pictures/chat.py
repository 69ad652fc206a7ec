"""Pictures of what chat is told: the payloads of a rollback, drawn as their services document them.

They are no screenshots of Slack or Teams: layout and colours are ours, after "Reference: blocks"
of Slack and the schema of Adaptive Cards. Whatever stands in them comes from the payloads.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bluegreen.contract.message import MessageBody
from bluegreen.deployment.chat import slack, teams
from bluegreen.drawing.markup import Markup, joined, tag
from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.run.simulation import simulate
from pictures.browser import Browser, Screen
from shipped import ROOT

DOCS: Final = ROOT / "docs"
SCENARIO: Final = ROOT / "events/scenarios/canary-rolled-back-in-first-bake.yaml"
NOT_TOLD: Final = {"STAGE_CHANGED", "POLICY_MISSING", "APPROVAL_FOREIGN"}
SCREEN: Final = Screen(760, 900)
LINK: Final = re.compile(r"<(https://[^|>]*)\|([^>]*)>")
HEIGHT: Final = "Math.ceil(document.querySelector('main').getBoundingClientRect().bottom) + 12"

STYLE: Final = Markup("""
body { margin: 0; font: 15px/1.45 system-ui, sans-serif; color: #1d1c1d; background: #fff }
main { padding: 14px 18px; width: 700px }
.message { display: grid; grid-template-columns: 40px 1fr; gap: 10px; margin-bottom: 16px }
.who { width: 36px; height: 36px; border-radius: 6px; background: #1a7f37; color: #fff;
  font-weight: 700; display: grid; place-items: center }
.name { font-weight: 700 } .app { font-size: 11px; background: #e8e8e8; padding: 0 4px }
h2 { font-size: 18px; margin: 2px 0 4px } p { margin: 0 0 8px; white-space: pre-wrap }
a { color: #1264a3 } .card { border: 1px solid #d1d1d1; border-radius: 6px; margin-bottom: 14px;
  box-shadow: 0 1px 2px #0002; overflow: hidden }
.card h2 { margin: 0; padding: 12px 16px } .card p { margin: 6px 16px; overflow-wrap: anywhere }
.accent { background: #d6e8fb } .warning { background: #fde7c3 } .attention { background: #f9d2d5 }
.good { background: #d5f0d9 } footer { color: #616061; font-size: 12px }
""")


def bodies() -> list[MessageBody]:
    """What chat is told of the rollback, without `ChatEverything`."""
    outcome = simulate(load(SCENARIO), ROOT / "template.yaml")
    return [body for body in outcome.notifications if body["Event"] not in NOT_TOLD]


DOTS: Final = {"🟢": "#2ea043", "🔵": "#1f6feb", "🟠": "#e8850c", "🔴": "#d1242f"}
"""Drawn, since not every machine has a font with these."""


def _title(text: str) -> Markup:
    color, rest = DOTS.get(text[:1]), text[1:]
    if color is None:
        return joined(text)
    dot = tag("circle", cx=7, cy=7, r=7, fill=color)
    return joined(tag("svg", dot, width=14, height=14, aria_hidden="true"), rest)


# ---- Slack -----------------------------------------------------------------------------------


def message_of_slack(payload: Any) -> Markup:
    """A message with its blocks, one below the other."""
    head = (tag("span", "bluegreen", class_="name"), " ", tag("span", "APP", class_="app"))
    blocks = [_block(block["type"], block["text"]) for block in payload["blocks"]]
    return tag("div", tag("div", "bg", class_="who"), tag("div", *head, *blocks), class_="message")


def _block(kind: str, text: Any) -> Markup:
    if kind == "header":
        return tag("h2", _title(_unescaped(text["text"])))
    return tag("p", _linked(text["text"]) if text["type"] == "mrkdwn" else _unescaped(text["text"]))


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _linked(text: str) -> Markup:
    """Links of Slack's markup, and the text between them."""
    parts: list[str] = []
    end = 0
    for link in LINK.finditer(text):
        parts += [text[end : link.start()], tag("a", link[2], href=_unescaped(link[1]))]
        end = link.end()
    return joined(*parts, text[end:])


# ---- Teams -----------------------------------------------------------------------------------


def card_of_teams(payload: Any) -> Markup:
    """An Adaptive Card: its container in the colour of its style, then its lines."""
    container, *lines = payload["attachments"][0]["content"]["body"]
    title = "".join(_runs(block) for block in container["items"])
    head = tag("h2", _title(title), class_=container["style"])
    return tag("div", head, *(tag("p", _runs(line)) for line in lines), class_="card")


def _runs(block: Any) -> str:
    return "".join(run["text"] for run in block["inlines"])


# ---- Both ------------------------------------------------------------------------------------

Draw = Callable[[Any], Markup]
WAYS: Final[Sequence[tuple[str, str, Callable[[MessageBody], Any], Draw]]] = (
    ("chat-slack.png", "Slack", slack, message_of_slack),
    ("chat-teams.png", "Teams", teams, card_of_teams),
)
FILES: Final = tuple(file for file, *_ in WAYS)


def page(service: str, drawn: Sequence[Markup]) -> str:
    """The messages of a rollback, and what the picture is."""
    note = tag("footer", f"Drawn from the payloads, after the layout that {service} documents.")
    head = joined(Markup('<meta charset="utf-8">'), tag("title", service), tag("style", STYLE))
    body = tag("body", tag("main", *drawn, note))
    return f"<!doctype html>\n{tag('html', tag('head', head), body, lang='en')}\n"


def shoot(view: Browser) -> Iterator[str]:
    """Write the pictures; what is wrong with a page, in words."""
    told = bodies()
    with TemporaryDirectory() as folder:
        for file, service, make, draw in WAYS:
            payloads = [json.loads(json.dumps(make(body))) for body in told]
            path = Path(folder) / "page.html"
            path.write_text(page(service, [draw(each) for each in payloads]), encoding="utf-8")
            view.open(path, SCREEN)
            view.open(path, Screen(SCREEN.width, int(view.value(HEIGHT))))
            (DOCS / file).write_bytes(view.picture())
            yield from (f"the console says {said}" for said in view.heard)
