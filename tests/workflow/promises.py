"""What holds at the end of every scenario, whatever went wrong in it: each breach in words."""

from collections import Counter
from collections.abc import Iterator

from bluegreen_simulator.run.simulation import Outcome

ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
MAY_TELL_AGAIN = {"Runtime.ExitError", "Sandbox.Timedout"}
"""How a function ends that may have died between SNS and its note: that fact is told again."""


def breaches(outcome: Outcome) -> list[str]:
    """Every promise that does not hold at the end of a scenario of one deployment."""
    return [*_of_the_table(outcome), *_of_executions(outcome), *_of_notifications(outcome)]


def _of_the_table(outcome: Outcome) -> Iterator[str]:
    for row in outcome.rows:
        if row["sk"] == "LOCK" and "OwnerExecutionArn" in row:
            yield f"the endpoint is locked by {row['OwnerExecutionArn']}"
        if "Open" in row or row["sk"].startswith("WAITING#") or row["pk"].startswith("ALARM#"):
            yield f"the row {row['pk']} {row['sk']} was left"
    if "Verdict" not in outcome.record:
        yield f"there is no record: {outcome.record}"


def _of_executions(outcome: Outcome) -> Iterator[str]:
    for execution in outcome.executions:
        if execution.status not in ENDED:
            yield f"the execution {execution.name} is {execution.status}"


def _of_notifications(outcome: Outcome) -> Iterator[str]:
    told = Counter(body["NotificationId"] for body in outcome.notifications)
    died = sum(
        entry.kind == "lambda_invoked" and entry.data["error"] in MAY_TELL_AGAIN
        for entry in outcome.journal
    )
    if sum(told.values()) - len(told) > died:
        yield f"told more than once, though only {died} died: {told}"
    ends = [body for body in outcome.notifications if "Verdict" in body]
    if {body["Verdict"] for body in ends} != {outcome.record.get("Verdict")}:
        yield f"the end was told as {[body['Verdict'] for body in ends]}"
    if ends and "Verdict" not in outcome.notifications[-1]:
        yield f"after the end came {outcome.notifications[-1]['Event']}"
