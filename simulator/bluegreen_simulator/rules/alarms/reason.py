"""Why an alarm took its state, as StateReason and StateReasonData say it.

The wording is AWS's as seen in alarms' histories, but for `[Missing]` and `[Ignored]`, which
are assumed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from bluegreen_simulator.rules.alarms.evaluation import Datapoint, Evaluation
from bluegreen_simulator.rules.alarms.rule import AlarmState, MissingData, Rule

TREATED_AS: Final = {
    MissingData.MISSING: "Missing",
    MissingData.IGNORE: "Ignored",
    MissingData.BREACHING: "Breaching",
    MissingData.NOT_BREACHING: "NonBreaching",
}


def reason_of(rule: Rule, evaluation: Evaluation) -> str:
    """The StateReason."""
    if evaluation.state is AlarmState.INSUFFICIENT_DATA:
        return f"Insufficient Data: {_datapoints(evaluation.filled)} unknown."
    if evaluation.filled:
        return f"Threshold Crossed: {_received(rule, evaluation)}."
    return f"Threshold Crossed: {_counted(rule, evaluation)}."


def reason_data_of(rule: Rule, evaluation: Evaluation, at: datetime) -> dict[str, Any]:
    """What StateReasonData holds as JSON; `at` is when the alarm was evaluated."""
    points = evaluation.datapoints
    return {
        "version": "1.0",
        "queryDate": stamp(at),
        **({"startDate": stamp(points[0].at)} if points else {}),
        **({"unit": rule.unit} if rule.unit else {}),
        **({"statistic": rule.statistic} if rule.statistic else {}),
        "period": rule.minutes * 60,
        "recentDatapoints": [point.value for point in points],
        "threshold": rule.threshold,
        "evaluatedDatapoints": [_evaluated(point) for point in reversed(points)],
    }


def stamp(at: datetime) -> str:
    """A moment in UTC as CloudWatch writes it into events and histories."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000"


def _evaluated(point: Datapoint) -> dict[str, Any]:
    samples = {} if point.samples is None else {"sampleCount": point.samples}
    return {"timestamp": stamp(point.at), **samples, "value": point.value}


def _counted(rule: Rule, evaluation: Evaluation) -> str:
    in_alarm = evaluation.state is AlarmState.ALARM
    shown = [p for p in evaluation.datapoints if rule.breaches(p.value) == in_alarm]
    needed = rule.datapoints_to_alarm
    if not in_alarm:
        needed = rule.evaluation_periods - rule.datapoints_to_alarm + 1
    transition = "OK -> ALARM" if in_alarm else "ALARM -> OK"
    return (
        f"{len(shown)} out of the last {len(evaluation.datapoints)} datapoints {_listed(shown)}"
        f" {'was' if len(shown) == 1 else 'were'}{'' if in_alarm else ' not'}"
        f" {rule.comparison.words} the threshold ({rule.threshold})"
        f" (minimum {needed} {_noun(needed)} for {transition} transition)"
    )


def _received(rule: Rule, evaluation: Evaluation) -> str:
    count, periods = len(evaluation.datapoints), rule.evaluation_periods
    return (
        f"{_datapoints(count)} received for {periods} {'period' if periods == 1 else 'periods'}"
        f" and {_datapoints(evaluation.filled, 'missing ')} treated as"
        f" [{TREATED_AS[rule.missing_data]}]"
    )


def _datapoints(count: int, kind: str = "") -> str:
    return f"{count or 'no'} {kind}{_noun(count)} {'was' if count == 1 else 'were'}"


def _noun(count: int) -> str:
    return "datapoint" if count == 1 else "datapoints"


def _listed(points: Sequence[Datapoint]) -> str:
    """The datapoints with the beginning of their periods, newest first."""
    return f"[{', '.join(f'{p.value} ({p.at:%d/%m/%y %H:%M:%S})' for p in reversed(points))}]"
