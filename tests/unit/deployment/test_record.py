import json
from typing import Any

import pytest

from bluegreen.contract.catalogue import CATALOGUE
from bluegreen.contract.findings import Finding, shortened, to_list
from bluegreen.contract.record import Trigger, Verdict
from bluegreen.deployment.evidence import Evidence, Watch
from bluegreen.deployment.record import LONGEST_CAUSE, fit_for_cause, record_of, record_of_update
from bluegreen.deployment.verdict import Decision
from bluegreen.sagemaker.observation import Stage
from builders import BLUE, GREEN, KEY, at, deployment, seen, settled

ROLLED_BACK = Decision(Verdict.ROLLED_BACK, "because", Trigger.ALARM, ("churn-5xx",))
REJECTED = Decision(Verdict.REJECTED, "EndpointName is 5.")
BAD = Finding("wrong-type", "ERROR", "EndpointName is 5.", "Allowed: a text.")


def findings(count: int, id_: str = "no-bake", length: int = 10) -> list[Finding]:
    """So many of one kind; their fixes are numbered."""
    (severity,) = CATALOGUE[id_].severities
    texts = (f"{number} {'f' * length}" for number in range(count))
    return [Finding(id_, severity, "m" * length, fix) for fix in texts]


@pytest.mark.parametrize(
    ("evidence", "watched", "requests"),
    [
        (None, None, None),
        (Evidence(), None, None),  # it could not be read
        (
            Evidence(
                (Watch("a", "OK", 0, "main"), Watch("b"), Watch("c", "ALARM")), {"main": 0, "x": 7}
            ),
            [
                {
                    "AlarmName": "a",
                    "Present": True,
                    "State": "OK",
                    "Datapoints": 0,
                    "VariantName": "main",
                },
                {"AlarmName": "b", "Present": False},
                {"AlarmName": "c", "Present": True, "State": "ALARM"},
            ],
            {"main": 0, "x": 7},
        ),
    ],
)
def test_the_record_says_what_the_verdict_rests_on(
    evidence: Evidence | None,
    watched: list[dict[str, Any]] | None,
    requests: dict[str, int] | None,
) -> None:
    record = record_of_update(
        deployment(), settled(GREEN, 500), ROLLED_BACK, at(520), evidence=evidence
    )
    assert (record.get("Watched"), record.get("GreenRequests")) == (watched, requests)


def test_the_record_of_an_update() -> None:
    given = deployment(stages=(seen(Stage.PROVISIONING, 0, 0), seen(Stage.BAKING, 25, 320)))
    record = record_of_update(given, settled(BLUE, 500), ROLLED_BACK, at(520))
    assert record == {
        "SchemaVersion": 1,
        "DeploymentId": "deploy-1",
        "ExecutionArn": given.execution_arn,
        "Verdict": "ROLLED_BACK",
        "Trigger": "ALARM",
        "Reason": "because",
        "EndpointName": "churn",
        "PreviousEndpointConfigName": "churn-blue",
        "RequestedEndpointConfigName": "churn-green",
        "LiveEndpointConfigName": "churn-blue",
        "TrippedAlarms": ["churn-5xx"],
        "Findings": [],
        "Stages": [
            {
                "Stage": "PROVISIONING",
                "TrafficPercent": 0,
                "StartedAt": "2026-01-05T09:00:00.000Z",
                "EndedAt": "2026-01-05T09:05:20.000Z",
            },
            {
                "Stage": "BAKING",
                "TrafficPercent": 25,
                "StartedAt": "2026-01-05T09:05:20.000Z",
                "EndedAt": "2026-01-05T09:08:20.000Z",
            },
        ],
        "StartedAt": "2026-01-05T09:00:00.000Z",
        "EndedAt": "2026-01-05T09:08:40.000Z",
        "Request": given.request.to_json(),
    }


def test_what_has_no_value_is_absent_and_lists_are_there() -> None:
    record = record_of(KEY, "arn", REJECTED, [BAD], at(1))
    assert "Trigger" not in record
    assert "Request" not in record
    assert "PreviousEndpointConfigName" not in record
    assert record["Stages"] == []
    assert record["TrippedAlarms"] == []
    assert record["Findings"] == [
        {
            "Id": "wrong-type",
            "Severity": "ERROR",
            "Message": "EndpointName is 5.",
            "Fix": "Allowed: a text.",
        }
    ]


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("x" * 16_371, True),
        ("x" * 16_372, False),
        ("é" * 8_185, True),
        ("é" * 8_186, False),
        ("\ud800" * 5_457, True),  # half of a pair of surrogates, which JSON may hold
        ("\ud800" * 5_458, False),
    ],
)
def test_a_request_of_over_16_kb_is_left_out_of_a_cause_and_not_of_the_table(
    reason: str,
    kept: bool,
) -> None:
    whole = record_of(KEY, "arn", REJECTED, [], at(1), request={"Reason": reason})
    assert whole["Request"] == {"Reason": reason}
    assert ("Request" in fit_for_cause(whole)) is kept


def test_the_worst_findings_come_first_and_the_last_says_how_many_more() -> None:
    listed = to_list([*findings(60), Finding("same-config", "ERROR", "m")])
    assert len(listed) == 50
    assert listed[0]["Id"] == "same-config"
    assert listed[-1] == {
        "Id": "more-findings",
        "Severity": "INFO",
        "Message": "12 more findings are not shown.",
        "Fix": "Fix those that are shown, then check again.",
    }


def test_fifty_findings_are_not_too_many() -> None:
    assert to_list(findings(50)) == [finding.to_json() for finding in findings(50)]


def test_a_text_in_a_finding_is_cut_at_500_characters() -> None:
    (listed,) = to_list(findings(1, length=600))
    assert len(listed["Message"]) == len(listed["Fix"]) == 500
    assert listed["Message"].endswith("m…")


def test_what_does_not_fit_goes_info_first_and_fix_before_message() -> None:
    mixed = to_list(findings(1, "same-config") + findings(1, "waiver-unused"))
    whole = len(json.dumps(mixed, separators=(",", ":")))
    assert shortened(mixed, whole) == mixed
    assert [set(f) for f in shortened(mixed, whole - 1)] == [
        {"Id", "Severity", "Message", "Fix"},
        {"Id", "Severity", "Message"},
    ]
    assert [set(f) for f in shortened(mixed, whole - 42)] == [
        {"Id", "Severity", "Message"},
        {"Id", "Severity", "Message"},
    ]
    assert [set(f) for f in shortened(mixed, whole - 43)] == [
        {"Id", "Severity", "Message"},
        {"Id", "Severity"},
    ]


def test_a_record_fits_into_a_cause() -> None:
    record = record_of(KEY, "arn", REJECTED, findings(50, length=500), at(1))
    assert len(json.dumps(record)) > LONGEST_CAUSE
    fitted = fit_for_cause(record)
    assert len(json.dumps(fitted, separators=(",", ":"))) <= 30_000
    assert [f["Id"] for f in fitted["Findings"]] == [f["Id"] for f in record["Findings"]]


@pytest.mark.parametrize("letter", ["m", "é", "模", "😀"])
def test_a_record_fits_into_a_cause_in_bytes(letter: str) -> None:
    found = [Finding("no-bake", "WARNING", 500 * letter, 500 * letter) for _ in range(50)]
    record = record_of(KEY, "arn", REJECTED, found, at(1))
    text = json.dumps(fit_for_cause(record), separators=(",", ":"), ensure_ascii=False)
    assert 27_500 < len(text.encode()) <= 30_000


def test_a_record_that_fits_stays_as_it_is() -> None:
    decision = Decision(Verdict.SUCCEEDED, "fine")
    record = record_of_update(deployment(), settled(GREEN), decision, at(1))
    assert fit_for_cause(record) == record
