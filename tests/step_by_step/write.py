"""Write the page of one deployment: `PYTHONPATH=tests python -m step_by_step.write`.

`test_step_by_step.py` compares the page with a run, so no member on it is made up.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, Final

from bluegreen.contract.message import MessageBody
from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.run.simulation import Outcome, simulate
from shipped import ROOT, STATES, TASKS
from step_by_step.documents import members_of

PAGE: Final = ROOT / "docs/deployment-step-by-step.md"
SCENARIO: Final = "canary-succeeds"
WIDTH: Final = 132
SPEAK_FOR_THEMSELVES: Final = ("Message", "Links.Execution", "Links.Endpoint")
ABOVE: Final = "as above"
"""Stands in a block for what an earlier block shows."""

HEAD: Final = f"""# One deployment, step by step

What the functions of the workflow tell each other stands in one JSON document, the state document:
each function is given it, and its answer is merged into it. This page follows the document, its
record and a message through the [sample canary](../events/scenarios/{SCENARIO}.yaml) in virtual
time. The types and meanings are those of `functions/bluegreen/contract/`. The page is written by
`PYTHONPATH=tests python -m step_by_step.write`, and a test compares it with a run.
"""


@cache
def run() -> Outcome:
    """The deployment that the page shows."""
    outcome = simulate(load(ROOT / f"events/scenarios/{SCENARIO}.yaml"), ROOT / "template.yaml")
    assert outcome.misses == []
    return outcome


def entered() -> list[tuple[timedelta, str, dict[str, Any]]]:
    """Each state as it was entered: when after the start, its name, the document."""
    entries = [entry for entry in run().journal if entry.kind == "state_entered"]
    start = run().started_at
    return [(entry.at - start, entry.data["state"], entry.data["input"]) for entry in entries]


def of_functions() -> list[tuple[timedelta, str, dict[str, Any]]]:
    """Those that call a function; all others only decide where to go."""
    return [(at, state, document) for at, state, document in entered() if state in TASKS]


def message() -> MessageBody:
    """The message that the page shows: the update has started."""
    return run().notifications[0]


# ---- The page --------------------------------------------------------------------------------


def page() -> str:
    """The page as a run and the contract say it now."""
    parts = [HEAD, *_course(), *_given(), *_functions(), *_record(), *_message(), *_elsewhere()]
    return "\n".join(parts)


def _course() -> Iterator[str]:
    yield "## Which state is entered when\n"
    yield "| After | State | What is new in the document or has changed since the state before |"
    yield "|---|---|---|"
    before: dict[str, Any] = {}
    for at, state, document in entered():
        yield f"| {at} | `{state}` | {_news_in_words(before, document)} |"
        before = document
    yield ""


def _news_in_words(before: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    if not before:
        return "the document is the execution's own input, the request"
    if "Verdict" in document and "Verdict" not in before:
        return "the record, in place of the document"
    return ", ".join(f"`{name}`" for name in news(before, document)) or "nothing"


def news(before: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a document that an earlier one does not have, or has otherwise."""
    return {name: value for name, value in document.items() if before.get(name, ...) != value}


def _given() -> Iterator[str]:
    yield "## What a function is given\n"
    yield "`ValidatePolicy` is given `Request`, all others `State`; `AwaitStage` a token, too.\n"
    told = {**members_of("ValidatePolicyInput"), **members_of("AwaitStageInput")}
    yield from _table([(name, member.meaning) for name, member in told.items()])


def _functions() -> Iterator[str]:
    """Each function's state with the document as it is entered."""
    (at, state, request), *others = of_functions()
    yield from _heading(at, state, again=False)
    words = (
        "There is no document yet, but the request, as somebody sent it"
        " ([its members](request.schema.json)):"
    )
    yield from _block(words, request)
    yield from _documents(state, request, others)


def _documents(
    last: str,
    request: Mapping[str, Any],
    entries: Sequence[tuple[timedelta, str, Mapping[str, Any]]],
) -> Iterator[str]:
    seen, before = set[str](), dict[str, Any]()
    for at, state, document in entries:
        yield from _heading(at, state, again=state in seen)
        changed = news(before, document)
        rest = "; all other members are as before" if before else " with the whole document"
        yield from _block(f"`{last}` has answered{rest}:", shortened(changed, request))
        new = {name: value for name, value in changed.items() if name not in before}
        yield from _explained("State", new)
        seen.add(state)
        last, before = state, dict(document)


def _heading(at: timedelta, state: str, *, again: bool) -> Iterator[str]:
    yield f"## {at} {state} is entered{' again' if again else ''}\n"
    if not again:
        yield f"{STATES[state]['Comment']}.\n"


def shortened(document: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """A document with its first finding alone, and without what the request shows above."""
    short = dict(document)
    first, *others = document.get("Findings", [None])
    if others:
        short["Findings"] = [first, f"and {len(others)} more"]
    if "Request" in document:
        short["Request"] = {
            name: ABOVE if isinstance(value, dict) and value == request.get(name) else value
            for name, value in document["Request"].items()
        }
    return short


def _record() -> Iterator[str]:
    yield "## The record\n"
    words = (
        "`ConcludeDeployment` answers with the record. It takes the place of the document, is the"
        " output of the execution, and is kept in the table:"
    )
    yield from _block(words, {**run().record, "Findings": ABOVE, "Request": ABOVE})
    yield from _explained("DeploymentRecord", run().record, but=("Findings", "Request"))


def _message() -> Iterator[str]:
    yield "## A message\n"
    number = len(run().notifications)
    words = f"The first of the {number} messages to SNS, as programs are sent it:"
    yield from _block(words, message())
    known = [name for name in message() if name in run().record]
    yield from _explained("MessageBody", message(), but=[*known, *SPEAK_FOR_THEMSELVES])


def _elsewhere() -> Iterator[str]:
    """The members that the document and the record of other deployments have."""
    yield "## What this deployment does not have\n"
    yield "| Member | Of | What it means |"
    yield "|---|---|---|"
    for words, document, shown in (
        ("the document", "State", {k: v for *_, d in of_functions()[1:] for k, v in d.items()}),
        ("the record", "DeploymentRecord", run().record),
    ):
        for name, member in members_of(document).items():
            if name not in shown:
                yield f"| `{name}` | {words} | {member.meaning} |"
    yield ""


# ---- Blocks and tables -----------------------------------------------------------------------


def _block(words: str, document: Mapping[str, Any]) -> Iterator[str]:
    yield words
    yield f"```json\n{laid_out(document)}\n```\n"


def laid_out(value: Any, depth: int = 0, name: str = "") -> str:
    """JSON with plain members side by side, and every other one on a line of its own."""
    line = f"{name}{json.dumps(value, ensure_ascii=False)}"
    if len(line) + 2 * depth <= WIDTH or not isinstance(value, dict | list):
        return line
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, list):
        items = [f"{inner}{laid_out(item, depth + 1)}" for item in value]
        return f"{name}[\n" + ",\n".join(items) + f"\n{outer}]"
    members = [laid_out(v, depth + 1, f"{json.dumps(k)}: ") for k, v in value.items()]
    plain = [not isinstance(member, dict | list) for member in value.values()]
    lines = _side_by_side(members, plain, WIDTH - 2 * (depth + 1))
    return f"{name}{{\n" + ",\n".join(f"{inner}{each}" for each in lines) + f"\n{outer}}}"


def _side_by_side(members: Sequence[str], plain: Sequence[bool], width: int) -> list[str]:
    lines, open_line = list[str](), False
    for member, is_plain in zip(members, plain, strict=True):
        if open_line and is_plain and len(f"{lines[-1]}, {member}") <= width:
            lines[-1] += f", {member}"
        else:
            lines.append(member)
        open_line = is_plain
    return lines


def _explained(document: str, shown: Mapping[str, Any], but: Sequence[str] = ()) -> Iterator[str]:
    """A table of the members that a block shows for the first time; none where there are none."""
    rows = [row for row in meanings(document, shown) if row[0].split("[")[0] not in but]
    if rows:
        yield from _table(rows)


def meanings(document: str, shown: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Path and meaning of each member of a document that is shown, at every depth."""
    for name, value in shown.items():
        member = members_of(document)[name]
        yield f"{path}{name}", member.meaning
        if member.document and member.document != "RequestDocument":  # a schema explains that
            items = value if member.is_list else [value]
            inner = {key: item for each in items for key, item in each.items()}
            yield from meanings(member.document, inner, f"{path}{name}{'[]' * member.is_list}.")


def _table(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield "| Member | What it means |"
    yield "|---|---|"
    yield from (f"| `{name}` | {meaning} |" for name, meaning in rows)
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
