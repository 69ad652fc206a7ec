"""What became of guardrails: rows of a record, what they say, and when a success is doubtful."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bluegreen.contract.record import DeploymentRecord, GuardrailRecord, Trigger, Verdict
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.ending import deployment_ended
from bluegreen.deployment.evidence import (
    Bakes,
    Evidence,
    Watch,
    as_far_as_known,
    each_bake_of,
    is_doubtful,
    rests_on,
)
from bluegreen.deployment.judged import line_of, shown_power
from bluegreen.deployment.notifications import alarm_tripped, deployment_started
from bluegreen.deployment.record import record_of, record_of_update
from bluegreen.deployment.tripped_alarms import Reading, Tripped
from bluegreen.deployment.verdict import Decision, decide
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.outcome import Bake, Counts
from bluegreen.request.request import REQUEST, Request
from bluegreen.sagemaker.observation import Stage
from builders import BLUE, GREEN, KEY, at, seen, settled
from guarded_deployments import ALL, ERRORS, LATENCY, REFUSALS, counts, guarded

BAKED = (
    seen(Stage.PROVISIONING, 0, 0),
    seen(Stage.BAKING, 25, 300),
    seen(Stage.SHIFTING, 100, 900),
    seen(Stage.BAKING, 100, 930),
    seen(Stage.TERMINATING, 100, 1830),
)
SUCCEEDED = Decision(Verdict.SUCCEEDED, "Endpoint churn now serves churn-green.")
PLENTY, FEW = counts(300, 30, 100, bad=1), counts(300, 30, 2)


def evidence(
    *guardrails: Guardrail, counted: Counts | None = PLENTY, state: str = "OK"
) -> Evidence:
    watches = tuple(Watch(each.alarm, state, variant="main") for each in guardrails)
    known = {} if counted is None else {each.alarm: counted for each in guardrails}
    return Evidence(watches, {"main": 3000}, counts=known)


def record(
    found: Deployment, what: Evidence | None, decision: Decision = SUCCEEDED
) -> DeploymentRecord:
    return record_of_update(found, settled(GREEN, 2000), decision, at(2100), evidence=what)


def judged(
    *guardrails: Guardrail,
    counted: Counts | None = PLENTY,
    state: str = "OK",
    not_enough_data: str = "WARN",
) -> DeploymentRecord:
    ran = guarded(*guardrails, stages=BAKED, not_enough_data=not_enough_data)
    return record(ran, evidence(*guardrails, counted=counted, state=state))


def outcomes(rows: Sequence[GuardrailRecord]) -> list[str]:
    return [row["Outcome"] for row in rows]


# ---- The rows of a record --------------------------------------------------------------------


def test_a_row_for_each_guardrail() -> None:
    rows = judged(*ALL)["Guardrails"]
    assert rows[0] == {
        "AlarmName": "bluegreen-guardrail-churn/main/5xx",
        "VariantName": "main",
        "Metric": "Invocation5XXErrors",
        "Limit": 0.025,
        "Defect": 0.2,
        "ExpectedRate": 0.005,
        "Outcome": "HEALTHY",
        "Requests": 1600,
        "Rate": 0.0,
        "Power": 1.0,
    }
    assert rows[2]["LimitMilliseconds"] == 300
    assert "ExpectedRate" not in rows[2]
    assert outcomes(rows) == ["HEALTHY"] * 3


def test_without_guardrails_there_are_no_rows() -> None:
    assert "Guardrails" not in record(guarded(stages=BAKED), Evidence(()))


def test_an_alarm_that_tripped_and_one_that_is_over_its_limit_at_the_end() -> None:
    ran, rolled_back = guarded(*ALL, stages=BAKED), Decision(Verdict.ROLLED_BACK, "", None)
    tripped = replace(rolled_back, tripped_alarms=(ERRORS.alarm,))
    rows = record(ran, evidence(*ALL), tripped)["Guardrails"]
    assert outcomes(rows) == ["TRIPPED", "HEALTHY", "HEALTHY"]
    assert outcomes(judged(ERRORS, state="ALARM")["Guardrails"]) == ["TRIPPED"]


@pytest.mark.parametrize("state", ["", "INSUFFICIENT_DATA", "UNKNOWN"])
def test_an_alarm_that_never_judged_proves_nothing_by_its_counts(state: str) -> None:
    (row,) = judged(ERRORS, state=state)["Guardrails"]
    assert row["Outcome"] == "NOT_ENOUGH_DATA"
    assert not {"Power", "Rate", "Requests"} & set(row)


@pytest.mark.parametrize(
    "what", [None, Evidence(), evidence(ERRORS, counted=None)], ids=["none", "unread", "no counts"]
)
def test_what_cannot_be_read_is_not_known(what: Evidence | None) -> None:
    (row,) = record(guarded(ERRORS, stages=BAKED), what)["Guardrails"]
    assert row["Outcome"] == "NOT_ENOUGH_DATA"
    assert "Power" not in row


@pytest.mark.parametrize(
    ("stages", "bakes"),
    [
        (BAKED, [(300, 900), (930, 1830)]),
        (BAKED[:2], [(300, 900)]),  # what came after was not seen
        ((*BAKED[:2], BAKED[3]), [(300, 900), (930, 1830)]),
        ((*BAKED[:2], seen(Stage.ROLLING_BACK, 0, 700)), [(300, 700)]),
        (BAKED[:1], []),
    ],
)
def test_each_bake_ends_with_the_next_stage_or_as_planned(
    stages: Any, bakes: list[tuple[int, int]]
) -> None:
    found = each_bake_of(guarded(stages=stages), at(2000))
    assert found == tuple(Bake(at(start), at(end)) for start, end in bakes)


def test_soon_after_a_bake_began_counts_of_nothing_are_not_known() -> None:
    nothing = {"a": counts(300, 5, 0), "b": counts(300, 5, 1)}
    known = as_far_as_known(Evidence(counts=nothing), Bakes(at(300), at(400)), at(500))
    assert set(known.counts) == {"b"}
    later = as_far_as_known(Evidence(counts=nothing), Bakes(at(300), at(400)), at(600))
    assert later.counts == nothing


def test_the_request_of_a_record_can_be_requested_again() -> None:
    kept = judged(*ALL, not_enough_data="PASS")["Request"]
    assert (kept["Guardrails"], kept["NotEnoughData"]) == ("Default", "PASS")
    assert list(REQUEST.check(kept)) == []
    assert Request.from_json(kept).guardrails == ()
    refused = record_of(
        KEY, "arn", SUCCEEDED, [], at(10), request=guarded(ERRORS).request.to_json()
    )
    assert "GuardrailAlarms" not in refused["Request"]


# ---- What a success rests on -----------------------------------------------------------------

GREEN_GOT = "Green got 3,000 requests in its bakes."


def test_a_success_says_that_it_was_judged_and_by_how_many_requests() -> None:
    found = judged(*ALL)
    assert (
        rests_on(found)
        == f"Its 3 guardrails held, with at least 1,600 requests to green in a bake. {GREEN_GOT}"
    )
    assert not is_doubtful(found)
    assert (
        rests_on(judged(ERRORS))
        == f"Its guardrail held, with 1,600 requests to green in a bake. {GREEN_GOT}"
    )


LITTLE = (
    'It was judged by too little data (95 % is needed): 5XX of variant "main" (32 requests in'
    " a bake, where a defect of 20 % is found with a likelihood of 12.9 %)."
)


@pytest.mark.parametrize(
    ("not_enough_data", "severity"), [("WARN", "WARNING"), ("ABORT", "WARNING"), ("PASS", "INFO")]
)
def test_too_little_data_is_a_warning_unless_it_may_pass(
    not_enough_data: str, severity: str
) -> None:
    found = judged(ERRORS, counted=FEW, not_enough_data=not_enough_data)
    told = deployment_ended(KEY, found)
    assert rests_on(found) == f"{LITTLE} {GREEN_GOT}"
    assert told.severity == severity
    assert LITTLE in told.message


def test_no_request_at_all_may_pass_too() -> None:
    none = replace(evidence(ERRORS, counted=counts(300, 30, 0)), green_requests={"main": 0})
    for not_enough_data, doubtful in (("PASS", False), ("WARN", True)):
        ran = guarded(ERRORS, stages=BAKED, not_enough_data=not_enough_data)
        assert is_doubtful(record(ran, none)) is doubtful


def test_what_may_pass_is_too_little_data_and_nothing_else() -> None:
    gone = evidence(ERRORS, state="")
    ran = guarded(ERRORS, stages=BAKED, not_enough_data="PASS")
    assert is_doubtful(record(ran, gone))
    assert is_doubtful(judged(ERRORS, state="ALARM", not_enough_data="PASS"))


def test_a_success_whose_guardrail_is_over_its_limit_at_the_end_says_so() -> None:
    found = judged(ERRORS, counted=counts(300, 30, 100, bad=30), state="ALARM")
    assert is_doubtful(found)
    assert rests_on(found).startswith(
        '5XX of variant "main" is over its limit now: 28.5 % of green\'s requests, at most 2.5'
        " % were allowed (blue: up to 0.5 %). That came too late to roll it back."
    )


def test_what_is_not_known_is_said_as_not_known() -> None:
    found = judged(ERRORS, counted=None)
    assert rests_on(found) == (
        'It was judged by too little data (95 % is needed): 5XX of variant "main" (how many'
        " requests it was judged by"
        f" is not known). {GREEN_GOT}"
    )
    assert is_doubtful(found)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("", "its alarm was deleted"),
        (
            "INSUFFICIENT_DATA",
            "its alarm was in INSUFFICIENT_DATA at the end, and has judged nothing",
        ),
    ],
)
def test_an_alarm_that_never_judged_is_why(state: str, why: str) -> None:
    said = rests_on(judged(ERRORS, state=state))
    assert f'(95 % is needed): 5XX of variant "main" ({why}).' in said
    assert is_doubtful(judged(ERRORS, state=state))


def test_a_success_in_which_no_bake_was_seen_was_judged_by_nothing() -> None:
    found = record(guarded(ERRORS, stages=BAKED[:1]), evidence(ERRORS, counted=None))
    assert rests_on(found).startswith("It was judged by too little data")
    assert is_doubtful(found)


def test_several_with_too_little_data_are_named_up_to_three_and_the_others_held() -> None:
    four = [replace(ERRORS, alarm=f"a{number}", variant=f"v{number}") for number in range(4)]
    what = evidence(*four, counted=FEW)
    counted = {**what.counts, REFUSALS.alarm: PLENTY}
    watches = (*(what.watches or ()), Watch(REFUSALS.alarm, "OK"))
    found = record(
        guarded(*four, REFUSALS, stages=BAKED), replace(what, counts=counted, watches=watches)
    )
    said = rests_on(found)
    assert '5XX of variant "v2"' in said
    assert '5XX of variant "v3"' not in said
    assert ", 1 more. The other guardrail held, with 1,600 requests to green in a bake." in said


def test_alarms_of_ones_own_are_named_beside_guardrails() -> None:
    what = evidence(ERRORS)
    both = replace(what, watches=(*(what.watches or ()), Watch("churn-5xx", "OK", 25, "main")))
    found = record(guarded(ERRORS, stages=BAKED, alarms=("churn-5xx",)), both)
    assert rests_on(found).endswith(f'{GREEN_GOT} The alarm "churn-5xx" watched it.')


# ---- In words --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guardrail", "counted", "state", "line"),
    [
        (
            ERRORS,
            counts(300, 30, 100, bad=23),
            "OK",
            (
                '5XX of variant "main": HEALTHY, 21.5 % of green\'s requests, at most 2.5 %'
                " were allowed (blue: up to 0.5 %); 1,600 requests in a bake, where a defect"
                " of 20 % is found with a likelihood of 99.9 %"
            ),
        ),
        (
            REFUSALS,
            counts(300, 30, 1),
            "OK",
            (
                '4XX of variant "main": NOT_ENOUGH_DATA, 0 % of green\'s requests, at most 10 %'
                " were allowed (blue: none); 16 requests in a bake, where a defect of 50 % is"
                " found with a likelihood of 20.5 %"
            ),
        ),
        (
            LATENCY,
            counts(300, 30, 100, bad=34),
            "ALARM",
            (
                'p90 latency of variant "main": TRIPPED, 34 % of green\'s requests took longer than'
                " 300 ms, at most 10 % may"
            ),
        ),
        (
            LATENCY,
            None,
            "OK",
            (
                'p90 latency of variant "main": NOT_ENOUGH_DATA, green\'s rate is not known, at'
                " most 10 % of green's requests over 300 ms; how many requests it was judged"
                " by is not known"
            ),
        ),
    ],
)
def test_a_row_in_a_line(
    guardrail: Guardrail, counted: Counts | None, state: str, line: str
) -> None:
    (row,) = judged(guardrail, counted=counted, state=state)["Guardrails"]
    assert line_of(row) == line


@pytest.mark.parametrize(
    ("power", "shown"), [(0.9499999, "94.9 %"), (0.95, "95 %"), (0.99999, "99.9 %"), (1, "99.9 %")]
)
def test_a_likelihood_is_never_rounded_up(power: float, shown: str) -> None:
    assert shown_power(power) == shown


def test_the_last_notification_has_a_line_and_a_row_for_each() -> None:
    found = judged(*ALL)
    told = deployment_ended(KEY, found)
    assert [f"Guardrail: {line_of(row)}" for row in found["Guardrails"]] == [
        line for line in told.lines if line.startswith("Guardrail: ")
    ]
    assert told.details["Guardrails"] == found["Guardrails"]
    assert "Guardrails" not in deployment_ended(KEY, record(guarded(stages=BAKED), None)).details


RATES = {
    ERRORS: (
        0.213,
        0.025,
        (
            '5XX of variant "main": 21.3 % of green\'s requests, at most 2.5 % were allowed'
            " (blue: up to 0.5 %)"
        ),
    ),
    LATENCY: (
        0.34,
        0.1,
        (
            'p90 latency of variant "main": 34 % of green\'s requests took longer than 300 ms, at'
            " most 10 % may"
        ),
    ),
}


@pytest.mark.parametrize("guardrail", RATES, ids=lambda each: each.key)
def test_a_guardrail_that_tripped_says_variant_value_and_limit(guardrail: Guardrail) -> None:
    rate, limit, said = RATES[guardrail]
    ran, reading = guarded(*ALL, stages=BAKED[:2]), Reading((rate,), limit)
    told = alarm_tripped(ran, guardrail.alarm, reading)
    assert (
        told.message
        == f'{said[0].upper()}{said[1:]}. Its alarm "{guardrail.alarm}" went into ALARM.'
    )
    assert told.headline == f"guardrail tripped: {said.split(':')[0]}"
    assert told.details["AlarmName"] == guardrail.alarm
    tripped = Tripped((guardrail.alarm,), readings={guardrail.alarm: reading})
    decision = decide(ran, settled(BLUE, 700), tripped, at(800))
    assert decision.trigger is Trigger.ALARM
    assert decision.reason.startswith(f"SageMaker rolled back because of {said}. Endpoint churn")


def test_no_more_than_all_requests_of_green_are_said_to_be_bad() -> None:
    """The alarm's value is above 1 where all of green's fail, and more of blue's than expected."""
    ran = guarded(*ALL, stages=BAKED[:2])
    told = alarm_tripped(ran, ERRORS.alarm, Reading((1.08,), 0.025))
    assert "100 % of green's requests, at most 2.5 % were allowed" in told.message


def test_a_guardrail_whose_reading_is_not_known_says_what_it_demands() -> None:
    told = alarm_tripped(guarded(ERRORS), ERRORS.alarm, Reading(reason="<CloudWatch's words>"))
    assert told.message.startswith(
        '5XX of variant "main": at most 2.5 % of green\'s requests (blue: up to 0.5 %); what it'
        " saw is not known. Its alarm"
    )


def test_several_values_are_all_said_and_alarms_of_ones_own_come_first() -> None:
    ran = guarded(ERRORS, LATENCY, alarms=("churn-5xx",), stages=BAKED[:2])
    names = (ERRORS.alarm, "churn-5xx", LATENCY.alarm)
    readings = {"churn-5xx": Reading((0.125,), 0.05), LATENCY.alarm: Reading((0.2, 0.3, 0.34), 0.1)}
    decision = decide(ran, settled(BLUE, 700), Tripped(names, readings=readings), at(800))
    assert decision.reason.startswith(
        'SageMaker rolled back because the alarm "churn-5xx" (it saw 0.125 against a limit of'
        ' 0.05) tripped, and of 5XX of variant "main": at most 2.5 % of green\'s requests'
        ' (blue: up to 0.5 %); what it saw is not known, and of p90 latency of variant "main": 20'
        " %, 30 %, 34 % of green's requests took longer than 300 ms, at most 10 % may."
    )


def test_the_start_says_what_must_hold() -> None:
    lines = deployment_started(guarded(ERRORS, LATENCY)).lines
    assert (
        'Guardrail: 5XX of variant "main", at most 2.5 % of green\'s requests (blue: up to 0.5 %)'
        in lines
    )
    assert not [line for line in lines if line.startswith("Alarms that can")]
    own = deployment_started(guarded(ERRORS, alarms=("churn-5xx",))).lines
    assert 'Alarms that can roll it back: "churn-5xx"' in own
    assert "Alarms that can roll it back: none" in deployment_started(guarded()).lines
    creates = deployment_started(guarded(ERRORS, previous_config="")).lines
    assert not [line for line in creates if line.startswith("Guardrail")]
