"""The moments whose screens stand in `frames.md`, and the size of each screen."""

from dataclasses import dataclass, replace
from typing import Any, Final

import guarded_deployments as guards
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import Deployment, DeploymentKey, SeenStage
from bluegreen.deployment.gate import Gate, Points
from bluegreen.deployment.judged import with_names
from bluegreen.deployment.ownership import Owner
from bluegreen.deployment.queue import Waiter
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.sagemaker.observation import GONE, Observation, Stage
from bluegreen_cli.moment import AlarmSeen, Moment, Told
from builders import BLUE, CANARY, GREEN, at, deployment, seen, settled, updating

ABORT: Final = "bluegreen-abort-churn"
ERRORS, LATENCY = "churn-5xx", "churn-latency-p99"
PROVISIONING = seen(Stage.PROVISIONING, 0, 0, 250)
SHIFTING = seen(Stage.SHIFTING, 25, 300)
BAKING = seen(Stage.BAKING, 25, 320, 400)
ROLLING_BACK = seen(Stage.ROLLING_BACK, 0, 425, 425)


@dataclass(frozen=True)
class Frame:
    """A moment on a screen of so many columns and rows."""

    name: str
    moment: Moment
    width: int = 100
    height: int = 30


def running(*stages: SeenStage, **changes: object) -> Deployment:
    policy = replace(CANARY, alarms=(ERRORS, LATENCY))
    found = deployment(stages=stages, abort_alarm=ABORT, **changes)
    request = replace(
        found.request, policy=policy, requested_by="job 4711", reason="features of January"
    )
    return replace(found, request=request)


def points(*values: float) -> Points:
    return tuple((at(60 * minute), value) for minute, value in enumerate(values))


def gate(alarm: str, limit: float, watched: float, *fleets: float) -> Gate:
    """An alarm above a limit: what it sees, and what of green and of blue if that can be told."""
    found = Gate(alarm, "Average", "GreaterThanThreshold", limit, points(watched))
    if not fleets:
        return found
    green, blue = fleets
    return replace(found, green=points(green), blue=points(blue))


def guardrail_gate(guardrail: Guardrail, rate: float) -> Gate:
    """The alarm of a guardrail, which is about green alone."""
    return replace(gate(guardrail.alarm, guardrail.limit, rate, rate, 0), blue=())


HEALTHY: Final = (gate(ERRORS, 0.05, 0.001, 0.002, 0.001), gate(LATENCY, 50000, 5000, 5100, 4980))
OK: Final = (AlarmSeen(ERRORS, "OK"), AlarmSeen(LATENCY, "OK"), AlarmSeen(ABORT, "OK"))
STARTED: Final = Told(
    at(1),
    "DEPLOYMENT_STARTED",
    "INFO",
    "The update of endpoint churn from churn-blue to churn-green started. Canary: the green fleet"
    " takes 25 % of the traffic for 600 s, then 100 % for 900 s.",
)
BAKES: Final = Told(
    at(321),
    "STAGE_CHANGED",
    "INFO",
    "The green fleet takes 25 % of the traffic and bakes for 600 s, until 2026-01-05T09:15:20Z.",
)
TRIPPED: Final = Told(
    at(424),
    "ALARM_TRIPPED",
    "WARNING",
    'The alarm "churn-5xx" of this deployment went into ALARM: it saw 0, 0.083, 0.125 against a'
    " limit of 0.05.",
)


def moment(seconds: float, observation: Observation, found: Deployment, **more: object) -> Moment:
    told = {"alarms": OK, "gates": HEALTHY, "told": (STARTED,), **more}
    return replace(
        Moment(at(seconds), "churn", observation, "deploy-1", found),
        **told,  # type: ignore[arg-type] # whatever a frame is about
    )


def waiter(id_: str, seconds: float, superseded_by: str = "") -> Waiter:
    owner = Owner(DeploymentKey("churn", id_, at(seconds)), f"arn:{id_}", 0, at(seconds))
    return Waiter(owner, at(seconds), superseded_by=superseded_by)


STARTS: Final = moment(
    100,
    updating("Creating", 0),
    running(PROVISIONING),
    gates=(
        replace(gate(ERRORS, 0.05, 0.001, 0, 0.001), green=()),
        replace(gate(LATENCY, 50000, 5000, 0, 5000), green=()),
    ),
)
BAKES_WELL: Final = moment(
    480,
    updating("Baking", 320, green_current=1),
    running(PROVISIONING, SHIFTING, BAKING),
    told=(STARTED, BAKES),
)
NEAR: Final = replace(
    BAKES_WELL, gates=(gate(ERRORS, 0.05, 0.012, 0.045, 0.001), HEALTHY[1]), now=at(725)
)
ROLLS_BACK: Final = replace(
    moment(
        440,
        updating("Deleting", 425),
        running(PROVISIONING, SHIFTING, BAKING, ROLLING_BACK),
    ),
    alarms=(AlarmSeen(ERRORS, "ALARM"), *OK[1:]),
    gates=(gate(ERRORS, 0.05, 0.125, 0.5, 0), HEALTHY[1]),
    told=(STARTED, BAKES, TRIPPED),
)
ABORTED: Final = replace(
    BAKES_WELL,
    deployment=running(
        PROVISIONING,
        SHIFTING,
        BAKING,
        abort=Abort(
            at(470),
            AbortCause.COMMAND,
            "arn:aws:iam::123456789012:user/on-call",
            "trained on the wrong data",
        ),
    ),
    alarms=(*OK[:2], AlarmSeen(ABORT, "ALARM")),
)
GUARDED: Final = replace(
    BAKES_WELL,
    alarms=tuple(AlarmSeen(each.alarm, "OK") for each in guards.ALL) + OK[2:],
    gates=with_names(
        (
            guardrail_gate(guards.ERRORS, 0.021),
            guardrail_gate(guards.REFUSALS, 0),
            guardrail_gate(guards.LATENCY, 0.34),
        ),
        guards.ALL,
    ),
    now=at(725),
)
QUEUED: Final = replace(
    BAKES_WELL,
    waiting=(waiter("deploy-2", 350), waiter("deploy-3", 400), waiter("deploy-0", 10, "deploy-2")),
)
BY_NO_FLEET: Final = replace(BAKES_WELL, gates=(gate(ERRORS, 0.05, 0.047), HEALTHY[1]))
UNKNOWN: Final = replace(
    BAKES_WELL,
    alarms=None,
    gates=None,
    waiting=None,
    told=None,
    unknown={
        "the alarms": "AWS denied access: cloudwatch:DescribeAlarms",
        "the queue": "AWS denied access: dynamodb:Query",
        "what was told": "AWS denied access: dynamodb:Query",
    },
    slowed="Rate exceeded",
)
NO_TABLE: Final = Moment(
    at(480),
    "churn",
    updating("Baking", 320, green_current=1),
    unknown={"the deployment": "AWS denied access: dynamodb:GetItem"},
    waiting=None,
)
WAITS: Final = Moment(
    at(480),
    "churn",
    updating("Baking", 320, green_current=1),
    "deploy-2",
    running(update_requested_at=None, previous_config=""),
    waiting=(replace(waiter("deploy-1", 0)),),
    alarms=OK,
)
MISSING: Final = replace(
    BAKES_WELL,
    alarms=(AlarmSeen(ERRORS), AlarmSeen(LATENCY, "INSUFFICIENT_DATA"), AlarmSeen(ABORT)),
    gates=(
        Gate(ERRORS),
        replace(gate(LATENCY, 10, 4, 4, 20), comparison="LessThanThreshold"),
    ),
)
RECORD: Final[Any] = {
    "Verdict": "SUCCEEDED",
    "Reason": "Endpoint churn now serves churn-green.",
}
ENDED: Final = replace(
    moment(2000, settled(GREEN), running(PROVISIONING, SHIFTING, BAKING)),
    record=RECORD,
)
HOSTILE: Final = replace(
    BAKES_WELL,
    deployment=replace(
        running(PROVISIONING, SHIFTING, BAKING),
        request=replace(
            running().request,
            requested_by="\x1b[31mroot\x1b[0m\r\n",
            reason="[bold]日本語のとても長い理由[/bold] " * 10,
            started_by="arn:aws:states:eu-central-1:123456789012:execution:nightly:\x1b[2J1",
        ),
    ),
    told=(Told(at(5), "X", "CRITICAL", "\x1b]0;title\x07 \u202eevil " + "日本語" * 60),),
    alarms=(AlarmSeen("\x1b[2J" + "警報" * 30, "OK"), *OK[1:]),
)
GONE_ENDPOINT: Final = replace(
    moment(700, Observation(GONE), running(PROVISIONING)), endpoint="churn"
)
MIXTURE: Final = moment(
    900,
    settled(BLUE, 880, "UpdateRollbackFailed"),
    running(PROVISIONING, SHIFTING, BAKING, ROLLING_BACK),
)

FRAMES: Final = (
    Frame("provisioning", STARTS),
    Frame("a canary bakes, and all is well", BAKES_WELL),
    Frame("a bake in which a gate is near its limit", NEAR),
    Frame("guardrails, of which one is passed and one is near", GUARDED),
    Frame("over its plan", replace(BAKES_WELL, now=at(960))),
    Frame("rolling back", ROLLS_BACK),
    Frame("an abort was asked for", ABORTED),
    Frame("two wait in the queue", QUEUED),
    Frame("it waits itself", WAITS),
    Frame("no series tells one fleet from the other", BY_NO_FLEET),
    Frame("alarms that are not there or have no data", MISSING),
    Frame("much is not known, and AWS throttles", UNKNOWN),
    Frame("the table cannot be read", NO_TABLE),
    Frame("it has ended", ENDED),
    Frame("the rollback failed", MIXTURE),
    Frame("the endpoint was deleted", GONE_ENDPOINT),
    Frame("60 columns and 24 rows", NEAR, 60, 24),
    Frame("40 columns and 24 rows", NEAR, 40, 24),
    Frame("60 columns and 24 rows, with guardrails", GUARDED, 60, 24),
    Frame("40 columns and 12 rows", ROLLS_BACK, 40, 12),
    Frame("80 columns, and words of strangers", HOSTILE, 80, 24),
)
