"""Deployment policies of model package groups: bad and hostile documents, and what is wrong."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from bluegreen.contract.findings import Finding, rejecting
from bluegreen.contract.record import DeploymentRecord, GuardrailRecord, Trigger, Verdict
from bluegreen.deployment.record import record_of_update
from bluegreen.deployment.verdict import Decision
from bluegreen.registry.group_policy import (
    ANY_PACKAGE,
    DOCUMENT,
    LONGEST_DOCUMENT,
    StoredPolicy,
    check_document,
    objection_to_rejection,
    read_document,
    read_stored,
    request_of,
)
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import REQUEST, STARTED_BY, Request, check
from bluegreen.request.waivers import WAIVABLE
from bluegreen.sagemaker.package_name import PackageName
from builders import BLUE, PACKAGE, at, canary_request, deployment, settled

CANARY = canary_request()["DeploymentConfig"]
ROUTING = "DeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration"
GOOD: Any = {"EndpointName": "churn", "DeploymentConfig": CANARY}
UNKNOWN, WRONG, REFUSED = "unknown-member", "wrong-type", "value-not-allowed"
TYPE, VALUE = ", which has the wrong type.", ", which is not allowed."


def document(**changes: Any) -> str:
    """A good document with some members more, or others; one set to `...` is left out."""
    body = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    return json.dumps(body)


def in_words(findings: list[Finding]) -> list[str]:
    return [f"{finding.id}: {finding.message}" for finding in findings]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"DeploymentConfig": ..., "DeploymentConfigName": "Canary10Percent5Minutes"},
        {"VariantName": "main"},
        *({"OnRollback": wish} for wish in ("REJECT_MODEL_PACKAGE", "ANNOTATE", "NONE")),
        {"RetainAllVariantProperties": False},
        {"ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}]},
        {"OnBusy": "REJECT"},
        {"OnBusy": "QUEUE", "QueueTimeoutSeconds": 600},
        {"OnBusy": "SUPERSEDE"},
        {"RequestedBy": "team-churn", "Reason": "każdy zatwierdzony 🚀"},
        {"AllowFindings": list(WAIVABLE)},
        {"OnRejection": "ABORT", "KeepModelLifeCycle": True},
        {"DryRun": False},
        *({"Guardrails": preset} for preset in ("Default", "Strict", "None")),
        {"Guardrails": [{"Metric": "ModelLatency", "MaxRatioToBlue": 1.3}]},
        {"Guardrails": "Default", "NotEnoughData": "ABORT"},
        {"NotEnoughData": "PASS"},
    ],
)
def test_a_good_document_is_read_as_it_is(changes: dict[str, Any]) -> None:
    text = document(**changes)
    assert read_document(text) == (json.loads(text), [])


def test_a_whole_number_may_have_a_point() -> None:
    text = document().replace('"Value": 30', '"Value": 30.0')
    assert read_document(text) == read_document(document())
    assert "30.0" not in str(read_document(text))


@pytest.mark.parametrize("told", ["churn-5xx", "another"])
def test_a_policy_that_is_retained_names_no_alarm_for_which_a_package_is_rejected(
    told: str,
) -> None:
    text = document(DeploymentConfig=..., RetainDeploymentConfig=True)
    assert read_document(text)[1] == []
    assert "does not name the alarm" in objection_to_rejection(
        StoredPolicy(text), rolled_back(told)
    )


def test_a_document_without_a_policy_is_all_at_once_with_a_warning() -> None:
    read, findings = read_document('{"EndpointName": "churn"}')
    assert read == {"EndpointName": "churn"}
    assert [(f.id, f.severity) for f in findings] == [("no-policy", "WARNING")]
    assert rejecting(findings) == []


# ---- What is no JSON object ------------------------------------------------------------------

NO_JSON = [
    ("", "Expecting value: line 1 column 1 (char 0)"),
    ("   ", "Expecting value: line 1 column 4 (char 3)"),
    ("EndpointName: churn", "Expecting value: line 1 column 1 (char 0)"),
    ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    ("{'EndpointName': 'churn'}", "Expecting property name enclosed in double quotes: line 1"),
    ('{"EndpointName": "churn",}', "Illegal trailing comma before end of object: line 1"),
    ('{"EndpointName": "churn"} {}', "Extra data: line 1 column 27 (char 26)"),
    ('{"EndpointName": "churn" // here\n}', "Expecting ',' delimiter: line 1 column 26"),
    ('{"EndpointName": "chu\nrn"}', "Invalid control character at: line 1 column 22"),
    ('{"EndpointName": "\\x63hurn"}', "Invalid \\escape: line 1 column 19 (char 18)"),
    ('\ufeff{"EndpointName": "churn"}', "Unexpected UTF-8 BOM"),
    ('{"EndpointName": "a", "EndpointName": "b"}', 'it has the member "EndpointName" twice'),
    (
        '{"DeploymentConfig": [{"AutoRollbackConfiguration": 1, "AutoRollbackConfiguration": 2}]}',
        'it has the member "DeploymentConfig[0].AutoRollbackConfiguration" twice',
    ),
    ('{"a": 1, "\\u0061": 2}', 'it has the member "a" twice'),
    ('{"a\\n\\u001b[31m": 1, "a\\n\\u001b[31m": 2}', 'it has the member "a [31m" twice'),
    ('{"DryRun": NaN}', "NaN is not a number in JSON"),
    ('{"DryRun": Infinity}', "Infinity is not a number in JSON"),
    ('{"DryRun": [-Infinity]}', "-Infinity is not a number in JSON"),
    ('{"DryRun": ' + "9" * 5000 + "}", "Exceeds the limit (4300 digits) for integer string"),
    ("[" * 8192, "Expecting value: line 1 column 8193 (char 8192)"),
    ('{"a":' * 1600, "Expecting value: line 1 column 8001 (char 8000)"),
    ("[" * 100_000, "it has 100000 characters, more than the 8192 allowed"),
    ("[" * 100_000 + "]" * 100_000, "it has 200000 characters, more than the 8192 allowed"),
    (document(Reason="x" * 9000), " characters, more than the 8192 allowed"),
    ("{}" + " " * 8191, "it has 8193 characters, more than the 8192 allowed"),
]


@pytest.mark.parametrize(
    ("text", "why"), [pytest.param(*row, id=str(n)) for n, row in enumerate(NO_JSON)]
)
def test_what_is_no_json_is_refused_with_the_reason(text: str, why: str) -> None:
    read, findings = read_document(text)
    assert read == {}
    (finding,) = findings
    assert (finding.id, finding.severity) == ("policy-not-json", "ERROR")
    assert finding.message.startswith("The policy document cannot be read as JSON: ")
    assert why in finding.message
    assert finding.message.endswith(".")
    assert finding.fix == "Write one JSON object, with each member only once."
    assert len(finding.message) <= 300
    assert finding.message.isprintable()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[}", "Expecting value: line 1 column 2 (char 1)"),
        ('{"a": 1, "a": 2}', 'it has the member "a" twice'),
        ("[NaN]", "NaN is not a number in JSON"),
        ("[" * 9000, "it has 9000 characters, more than the 8192 allowed"),
    ],
)
def test_the_words_of_what_is_no_json(text: str, why: str) -> None:
    (finding,) = read_document(text)[1]
    assert finding.message == f"The policy document cannot be read as JSON: {why}."


def test_a_document_of_the_most_characters_is_read() -> None:
    text = document()
    assert read_document(text + " " * (LONGEST_DOCUMENT - len(text))) == (GOOD, [])


@pytest.mark.parametrize(
    "text", ["[]", '[{"EndpointName": "churn"}]', '"churn"', "7", "1e999", "null", "true"]
)
def test_what_is_no_object_is_refused(text: str) -> None:
    read, findings = read_document(text)
    assert read == {}
    (finding,) = findings
    assert (finding.id, finding.severity) == (WRONG, "ERROR")
    assert finding.message.startswith("The policy document is ")
    assert finding.fix == "Allowed: an object."


# ---- What is an object, and no policy --------------------------------------------------------

DEEP = 4000
FORBIDDEN = (
    "ExecutionRoleArn",
    "KmsKeyId",
    "DataCaptureConfig",
    "VpcConfig",
    "ProductionVariants",
    "ModelName",
    "Tags",
    "EndpointConfigName",
    "ModelPackageArn",
    "StateMachineArn",
    "endpointname",
    "EndpointName ",
    "__proto__",
    "",
)
BAD: list[tuple[str, list[str]]] = [
    ("{}", ["missing-member: EndpointName is missing."]),
    (document(EndpointName=...), ["missing-member: EndpointName is missing."]),
    *(
        (
            document(**{name: "x"}),
            [f'{UNKNOWN}: Unknown member "{name.strip()}".'],
        )
        for name in FORBIDDEN
    ),
    (
        document(EndpointName=..., ExecutionRoleArn="x"),
        [
            f'{UNKNOWN}: Unknown member "ExecutionRoleArn".',
            "missing-member: EndpointName is missing.",
        ],
    ),
    (
        document(DeploymentConfig={**CANARY, "ExecutionRoleArn": "x"}),
        [f'{UNKNOWN}: Unknown member "DeploymentConfig.ExecutionRoleArn".'],
    ),
    (
        '{"EndpointName": "churn", "\\ud800": 1}',
        [f'{UNKNOWN}: Unknown member "".'],
    ),
    (
        document(**{"a" * 500: 1}),
        [f'{UNKNOWN}: Unknown member "…{"a" * 79}".'],
    ),
    (
        document(Guardrails="Lax"),
        ['value-not-allowed: Guardrails is "Lax", which is not allowed.'],
    ),
    (
        document(Guardrails=[{"Metric": "Invocation5XXErrors", "Percentile": 90}]),
        [
            ("guardrail-members: Guardrails[0].Percentile says nothing of Invocation5XXErrors."),
        ],
    ),
    (
        document(Guardrails="None", NotEnoughData="PASS"),
        [("not-enough-data-of-nothing: NotEnoughData has no effect while Guardrails is None.")],
    ),
    (
        document(GuardrailAlarms=[]),
        [f'{UNKNOWN}: Unknown member "GuardrailAlarms".'],
    ),
    (
        document(QueueTimeoutSeconds=60),
        ["timeout-without-queue: QueueTimeoutSeconds has no effect unless OnBusy is QUEUE."],
    ),
    # What only an approval says.
    (
        document(ApprovedAt="2026-01-05T09:00:00Z"),
        [f'{UNKNOWN}: Unknown member "ApprovedAt".'],
    ),
    # Wrong types.
    (document(EndpointName=7), [f"{WRONG}: EndpointName is 7{TYPE}"]),
    (document(EndpointName=None), [f"{WRONG}: EndpointName is None{TYPE}"]),
    (document(EndpointName=["churn"]), [f"{WRONG}: EndpointName is ['churn']{TYPE}"]),
    (document(DeploymentConfig="canary"), [f'{WRONG}: DeploymentConfig is "canary"{TYPE}']),
    (document(DeploymentConfig=[]), [f"{WRONG}: DeploymentConfig is []{TYPE}"]),
    (
        document(RetainAllVariantProperties=1),
        [f"{WRONG}: RetainAllVariantProperties is 1{TYPE}"],
    ),
    (document(DryRun="true"), [f'{WRONG}: DryRun is "true"{TYPE}']),
    (document(AllowFindings="fleet-of-one"), [f'{WRONG}: AllowFindings is "fleet-of-one"{TYPE}']),
    (document(OnRollback=None), [f"{REFUSED}: OnRollback is None{VALUE}"]),
    (document(OnRollback=["NONE"]), [f"{REFUSED}: OnRollback is ['NONE']{VALUE}"]),
    (document(VariantName=True), [f"{WRONG}: VariantName is True{TYPE}"]),
    ('{"EndpointName": 1e999}', [f"{WRONG}: EndpointName is inf{TYPE}"]),
    (
        '{"EndpointName": ' + "9" * 4300 + "}",
        [f"{WRONG}: EndpointName is {'9' * 79}…{TYPE}"],
    ),
    (
        '{"EndpointName": ' + "[" * DEEP + "]" * DEEP + "}",
        [f"{WRONG}: EndpointName is {'[' * 79}…{TYPE}"],
    ),
    # Names of endpoints and variants.
    (document(EndpointName=""), [f'{REFUSED}: EndpointName is ""{VALUE}']),
    (document(EndpointName="../churn"), [f'{REFUSED}: EndpointName is "../churn"{VALUE}']),
    (
        document(EndpointName="churn/../other"),
        [f'{REFUSED}: EndpointName is "churn/../other"{VALUE}'],
    ),
    (document(EndpointName="churn*"), [f'{REFUSED}: EndpointName is "churn*"{VALUE}']),
    (document(EndpointName="churn\n"), [f'{REFUSED}: EndpointName is "churn"{VALUE}']),
    (document(EndpointName="chu\x00rn"), [f'{REFUSED}: EndpointName is "chu rn"{VALUE}']),
    (document(EndpointName="chu\x1b[31mrn"), [f'{REFUSED}: EndpointName is "chu [31mrn"{VALUE}']),
    (document(EndpointName="chu\u202ern"), [f'{REFUSED}: EndpointName is "chu rn"{VALUE}']),
    ('{"EndpointName": "churn\\ud800"}', [f'{REFUSED}: EndpointName is "churn"{VALUE}']),
    (document(EndpointName="a" * 64), [f"{REFUSED}: EndpointName has 64 characters{VALUE}"]),
    (
        document(EndpointName="arn:aws:sagemaker:eu-central-1:1:endpoint/churn"),
        [f'{REFUSED}: EndpointName is "arn:aws:sagemaker:eu-central-1:1:endpoint/churn"{VALUE}'],
    ),
    (document(VariantName=""), [f'{REFUSED}: VariantName is ""{VALUE}']),
    (document(VariantName="main\r\nx"), [f'{REFUSED}: VariantName is "main x"{VALUE}']),
    (document(VariantName="main/second"), [f'{REFUSED}: VariantName is "main/second"{VALUE}']),
    (document(VariantName="-main"), [f'{REFUSED}: VariantName is "-main"{VALUE}']),
    # Words of ours.
    (document(OnRollback="REJECT"), [f'{REFUSED}: OnRollback is "REJECT"{VALUE}']),
    (document(OnRollback="none"), [f'{REFUSED}: OnRollback is "none"{VALUE}']),
    (document(OnRollback=""), [f'{REFUSED}: OnRollback is ""{VALUE}']),
    (
        document(AllowFindings=["endpoint-without-consent"]),
        [f'{REFUSED}: AllowFindings[0] is "endpoint-without-consent"{VALUE}'],
    ),
    (
        document(AllowFindings=["fleet-of-one", "alarm-missing", "*"]),
        [
            f'{REFUSED}: AllowFindings[1] is "alarm-missing"{VALUE}',
            f'{REFUSED}: AllowFindings[2] is "*"{VALUE}',
        ],
    ),
    (
        document(AllowFindings=["fleet-of-one"] * (len(WAIVABLE) + 1)),
        [f"{REFUSED}: AllowFindings has {len(WAIVABLE) + 1} items{VALUE}"],
    ),
    (document(Reason="x" * 513), [f"{REFUSED}: Reason has 513 characters{VALUE}"]),
    ('{"EndpointName": "churn", "Reason": "\\udfff"}', [f'{REFUSED}: Reason is ""{VALUE}']),
    (document(RequestedBy="x" * 129), [f"{REFUSED}: RequestedBy has 129 characters{VALUE}"]),
    # Policies.
    (
        document(DeploymentConfigName="AllAtOnce"),
        [
            (
                "two-policies: The request has more than one policy: DeploymentConfigName and"
                " DeploymentConfig.BlueGreenUpdatePolicy."
            )
        ],
    ),
    (
        document(
            DeploymentConfig={
                **CANARY,
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
                    "WaitIntervalInSeconds": 60,
                },
            }
        ),
        [
            (
                "two-policies: The request has more than one policy:"
                " DeploymentConfig.BlueGreenUpdatePolicy and DeploymentConfig.RollingUpdatePolicy."
            )
        ],
    ),
    (
        document(DeploymentConfig=..., DeploymentConfigName="Canary60Percent5Minutes"),
        [f'{REFUSED}: DeploymentConfigName is "Canary60Percent5Minutes"{VALUE}'],
    ),
    (
        document().replace('"Value": 30', '"Value": 60'),
        [f"{REFUSED}: {ROUTING}.CanarySize.Value is 60{VALUE}"],
    ),
    (
        document().replace('"Value": 30', '"Value": 30.5'),
        [f"{WRONG}: {ROUTING}.CanarySize.Value is 30.5{TYPE}"],
    ),
    (
        document().replace('"WaitIntervalInSeconds": 600', '"WaitIntervalInSeconds": 3601'),
        [f"{REFUSED}: {ROUTING}.WaitIntervalInSeconds is 3601{VALUE}"],
    ),
    (
        document().replace('[{"AlarmName": "churn-5xx"}]', json.dumps([{"AlarmName": "a"}] * 11)),
        [f"{REFUSED}: DeploymentConfig.AutoRollbackConfiguration.Alarms has 11 items{VALUE}"],
    ),
    (
        document().replace("churn-5xx", "churn\\u0000"),
        [
            (
                f"{REFUSED}: DeploymentConfig.AutoRollbackConfiguration.Alarms[0].AlarmName"
                f' is "churn"{VALUE}'
            )
        ],
    ),
    (
        document(
            RetainAllVariantProperties=False,
            ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
        ),
        [
            (
                "exclusion-without-retention: ExcludeRetainedVariantProperties has no effect while"
                " RetainAllVariantProperties is false."
            )
        ],
    ),
]


@pytest.mark.parametrize(
    ("text", "expected"), [pytest.param(*row, id=str(n)) for n, row in enumerate(BAD)]
)
def test_exactly_these_faults(text: str, expected: list[str]) -> None:
    read, findings = read_document(text)
    assert in_words(findings) == expected
    assert {finding.severity for finding in findings} == {"ERROR"}
    assert read.keys() == json.loads(text).keys()
    for finding in findings:
        assert len(finding.to_json()["Message"]) <= 500
        assert finding.message.isprintable()


def test_there_are_many_bad_documents_here() -> None:
    assert len(NO_JSON) + len(BAD) > 80


def test_a_document_has_the_members_of_a_request_but_those_that_an_approval_gives() -> None:
    lacking = REQUEST.members.keys() - DOCUMENT.members.keys()
    assert lacking == {"EndpointConfigName", "ModelPackageArn", "ApprovedAt", STARTED_BY}
    assert DOCUMENT.members.keys() < REQUEST.members.keys()
    assert DOCUMENT.required == ("EndpointName",)
    never = re.compile("Role|Kms|S3|Arn|Tag|Vpc|Uri")
    assert [name for name in DOCUMENT.members if never.search(name)] == []


def test_what_stands_for_a_package_is_one() -> None:
    assert PackageName.of(ANY_PACKAGE) is not None
    assert check_document({**GOOD, "VariantName": "main"}) == []


# ---- The request that follows ----------------------------------------------------------------


def approved(**members: Any) -> ModelPackage:
    return ModelPackage(PACKAGE, **members)


def test_the_request_for_a_package_is_the_document_and_the_package() -> None:
    document: Any = {**GOOD, "OnRollback": "NONE"}
    body = request_of(document, approved())
    assert body == {**GOOD, "OnRollback": "NONE", "ModelPackageArn": PACKAGE}
    assert check(body) == []
    assert Request.from_json(body).model_package_arn == PACKAGE


def test_a_policy_has_a_package_rejected_unless_it_says_otherwise() -> None:
    assert request_of(GOOD, approved())["OnRollback"] == "REJECT_MODEL_PACKAGE"


def test_who_approved_and_why_are_claimed_where_the_document_does_not_say() -> None:
    package = approved(modified_by="ann", approval_description="better by 2 %")
    body = request_of(GOOD, package)
    assert (body["RequestedBy"], body["Reason"]) == ("ann", "better by 2 %")
    said: Any = {**GOOD, "RequestedBy": "team", "Reason": "always"}
    body = request_of(said, package)
    assert (body["RequestedBy"], body["Reason"]) == ("team", "always")


@pytest.mark.parametrize("text", ["\x00\x1b[31m\n", "\ud800", "🚀" * 5000, "a\u2028b\u202ec", " "])
def test_whatever_people_wrote_the_request_can_be_used(text: str) -> None:
    body = request_of(GOOD, approved(modified_by=text, approval_description=text))
    assert check(body) == []
    assert all(name in body for name in ("RequestedBy", "Reason")) is bool(text.strip("\ud800 "))
    json.dumps(body, ensure_ascii=False).encode()


def test_a_document_cannot_name_another_package() -> None:
    document: Any = {**GOOD, "ModelPackageArn": ANY_PACKAGE}
    body = request_of(document, approved())
    assert body["ModelPackageArn"] == PACKAGE


# ---- Whether a package is rejected -----------------------------------------------------------

ITS_POLICY = "the deployment policy of its group"
OTHER_ALARM = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "churn-latency"}]}}
OBJECTIONS = [
    (document(), ""),
    (document(OnRollback="REJECT_MODEL_PACKAGE"), ""),
    (document(EndpointName="CHURN"), ""),  # SageMaker ignores the case
    (document(OnRollback="ANNOTATE"), f"{ITS_POLICY} does not say REJECT_MODEL_PACKAGE"),
    (document(OnRollback="NONE"), f"{ITS_POLICY} does not say REJECT_MODEL_PACKAGE"),
    (document(EndpointName="churn-2"), f"{ITS_POLICY} names another endpoint"),
    (
        document(DeploymentConfig=CANARY | OTHER_ALARM),
        f"{ITS_POLICY} does not name the alarm that tripped",
    ),
    (
        document(DeploymentConfig=..., DeploymentConfigName="AllAtOnce"),
        f"{ITS_POLICY} does not name the alarm that tripped",
    ),
    (None, "its group has no deployment policy"),
    ("", f"{ITS_POLICY} is invalid"),
    (document(EndpointName=["churn"]), f"{ITS_POLICY} is invalid"),
]


def rolled_back(*alarms: str) -> DeploymentRecord:
    decision = Decision(Verdict.ROLLED_BACK, "It went off.", Trigger.ALARM, alarms)
    return record_of_update(deployment(), settled(BLUE), decision, at(2000))


@pytest.mark.parametrize(("text", "objection"), OBJECTIONS)
def test_a_package_is_rejected_only_where_the_policy_says_the_same_as_the_record(
    text: str | None, objection: str
) -> None:
    stored = None if text is None else StoredPolicy(text)
    assert objection_to_rejection(stored, rolled_back("churn-5xx")) == objection


def test_one_of_the_alarms_that_tripped_has_to_be_in_the_policy() -> None:
    stored = StoredPolicy(document())
    assert objection_to_rejection(stored, rolled_back("mine", "churn-5xx")) == ""
    assert objection_to_rejection(stored, rolled_back("mine")) != ""
    assert objection_to_rejection(stored, rolled_back()) != ""


# ---- Whether a package is rejected for a guardrail ---------------------------------------------

OF_5XX, OF_P90, OF_P99 = (
    {"Metric": "Invocation5XXErrors", "MaxRate": 0.01},
    {"Metric": "ModelLatency", "MaxMilliseconds": 300},
    {"Metric": "ModelLatency", "Percentile": 99, "MaxMilliseconds": 900},
)
NOT_ASKED_FOR = f"{ITS_POLICY} does not have the guardrail that tripped"
PREFIX = "bluegreen-guardrail-churn/main/"
ROWS = {
    "5xx": ("Invocation5XXErrors", 0.02, 0.2),
    "4xx": ("Invocation4XXErrors", 0.1, 0.5),
    "latency-p90": ("ModelLatency", 0.1, 0.5),
    "latency-p99": ("ModelLatency", 0.01, 0.05),
}


def row(key: str, outcome: str) -> GuardrailRecord:
    metric, limit, defect = ROWS[key]
    return {
        "AlarmName": PREFIX + key,
        "VariantName": "main",
        "Metric": metric,
        "Outcome": outcome,
        "Limit": limit,
        "Defect": defect,
    }


def guarded(asked: Any, *tripped: str, alarms: Sequence[str] = ()) -> DeploymentRecord:
    """A rollback by guardrails of a request that asked so; None: it said nothing of them."""
    names = [PREFIX + key for key in tripped]
    record = rolled_back(*names, *alarms)
    if asked is not None:
        record["Request"]["Guardrails"] = asked
    rows = [row(key, "TRIPPED" if key in tripped else "HEALTHY") for key in ROWS]
    return {**record, "Guardrails": rows}


GUARDRAILS = [
    # The policy, the record's request, what tripped, and the objection.
    ("Default", "Default", "5xx", ""),
    ("Default", "Default", "4xx", ""),
    ("Default", "Default", "latency-p90", ""),
    ("Strict", "Strict", "latency-p90", ""),
    ([OF_5XX], [OF_5XX], "5xx", ""),
    ([OF_5XX], [OF_5XX, OF_P90], "5xx", ""),
    ([{"Metric": "Invocation5XXErrors", "MaxRate": 1e-2}], [OF_5XX], "5xx", ""),
    ([OF_P90], [OF_P90, OF_P99], "latency-p90", ""),
    ([{**OF_P90, "Percentile": 90.0}], [OF_P90], "latency-p90", ""),
    ([OF_P99], [OF_P90, OF_P99], "latency-p99", ""),
    # A list that asks for the same as a preset.
    ([{"Metric": "ModelLatency", "MaxRatioToBlue": 1.5}], "Default", "latency-p90", ""),
    # Another limit, or another guardrail, than the policy's.
    ("Default", "Strict", "5xx", NOT_ASKED_FOR),
    ("Strict", "Default", "5xx", NOT_ASKED_FOR),
    ("Default", [{"Metric": "Invocation5XXErrors", "MaxRate": 0.02}], "5xx", NOT_ASKED_FOR),
    ([OF_5XX], [{**OF_5XX, "MaxRate": 0.001}], "5xx", NOT_ASKED_FOR),
    ([OF_5XX], [OF_5XX, OF_P90], "latency-p90", NOT_ASKED_FOR),
    ([OF_P90], [OF_P90, OF_P99], "latency-p99", NOT_ASKED_FOR),
    ([OF_P90], [{**OF_P90, "MaxMilliseconds": 200}], "latency-p90", NOT_ASKED_FOR),
    ([OF_P90], [{"Metric": "ModelLatency", "MaxRatioToBlue": 1.5}], "latency-p90", NOT_ASKED_FOR),
    ("None", "Default", "5xx", NOT_ASKED_FOR),
    (..., "Default", "5xx", NOT_ASKED_FOR),
    # What the stack has added, which is its Default.
    (..., None, "5xx", NOT_ASKED_FOR),
    ("None", None, "5xx", NOT_ASKED_FOR),
    ("Strict", None, "5xx", NOT_ASKED_FOR),
    ("Default", None, "5xx", ""),
]


@pytest.mark.parametrize(("policy", "asked", "tripped", "objection"), GUARDRAILS)
def test_a_package_is_rejected_for_a_guardrail_only_where_the_policy_has_the_same_one(
    policy: Any, asked: Any, tripped: str, objection: str
) -> None:
    text = document(DeploymentConfig=..., DeploymentConfigName="AllAtOnce", Guardrails=policy)
    assert rejecting(read_document(text)[1]) == []
    assert objection_to_rejection(StoredPolicy(text), guarded(asked, tripped)) == objection


def test_an_alarm_of_the_policy_counts_beside_a_guardrail_that_it_has_not() -> None:
    stored = StoredPolicy(document())
    own_too = guarded("Strict", "5xx", alarms=["churn-5xx"])
    assert objection_to_rejection(stored, own_too) == ""
    assert objection_to_rejection(stored, guarded("Strict", "5xx")) == NOT_ASKED_FOR


def test_one_of_the_guardrails_that_tripped_has_to_be_in_the_policy() -> None:
    stored = StoredPolicy(document(Guardrails=[OF_P90]))
    both = guarded([OF_5XX, OF_P90], "5xx", "latency-p90")
    assert objection_to_rejection(stored, both) == ""
    assert objection_to_rejection(stored, guarded([OF_5XX, OF_P90], "5xx")) == NOT_ASKED_FOR


def test_the_name_of_a_guardrails_alarm_in_a_policy_says_nothing_of_its_limit() -> None:
    named = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": f"{PREFIX}5xx"}]}}
    stored = StoredPolicy(document(DeploymentConfig=CANARY | named))
    assert objection_to_rejection(stored, guarded([OF_5XX], "5xx")) == NOT_ASKED_FOR


def test_a_guardrail_of_the_policy_that_did_not_trip_rejects_nothing() -> None:
    stored = StoredPolicy(document(Guardrails="Default"))
    record = guarded("Default", alarms=["mine"])
    assert objection_to_rejection(stored, record) == (
        f"{ITS_POLICY} does not name the alarm that tripped"
    )


def test_a_record_without_its_request_does_not_say_what_its_guardrails_were() -> None:
    record = guarded(None, "5xx")
    del record["Request"]
    stored = StoredPolicy(document(Guardrails="Default"))
    assert objection_to_rejection(stored, record) == NOT_ASKED_FOR


# ---- A policy that only rehearses ------------------------------------------------------------


def test_a_policy_that_only_rehearses_is_named_as_that() -> None:
    text = json.dumps({**GOOD, "DryRun": True})
    read, findings = read_document(text)
    assert read == json.loads(text)
    assert [(finding.id, finding.severity) for finding in findings] == [
        ("policy-rehearses", "INFO")
    ]


def test_a_policy_that_deploys_is_not() -> None:
    assert read_document(json.dumps({**GOOD, "DryRun": False})) == (GOOD | {"DryRun": False}, [])


# ---- A parameter that is a SecureString ------------------------------------------------------


def test_a_secure_string_is_named_as_that_and_its_text_is_not_looked_at() -> None:
    read, findings = read_stored(StoredPolicy(json.dumps(GOOD), encrypted=True))
    (finding,) = findings
    assert read == {}
    assert (finding.id, finding.severity) == ("policy-encrypted", "ERROR")
    assert "SecureString" in finding.message
    assert "write it again as a String" in finding.fix


def test_a_string_is_read() -> None:
    assert read_stored(StoredPolicy(json.dumps(GOOD))) == (GOOD, [])


def test_a_policy_that_is_a_secure_string_by_now_has_no_package_rejected() -> None:
    stored = StoredPolicy(document(), encrypted=True)
    objection = objection_to_rejection(stored, rolled_back("churn-5xx"))
    assert objection == f"{ITS_POLICY} is invalid"


def test_a_document_is_left_as_it_is() -> None:
    before = json.dumps(GOOD)
    request_of(GOOD, approved(modified_by="ann"))
    check_document(GOOD)
    assert json.dumps(GOOD) == before
