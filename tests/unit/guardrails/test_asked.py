"""What a request asks of its guardrails: presets, lists of one's own, and every refusal."""

import json
from dataclasses import astuple
from itertools import chain
from typing import Any, cast

import pytest

from bluegreen.contract.findings import Finding
from bluegreen.contract.json_text import read_json
from bluegreen.guardrails.asked import (
    CLIENT_ERRORS,
    DEFAULT,
    GUARDRAILS,
    LATENCY,
    MOST_ASKED,
    NONE,
    PERCENTILE,
    PRESETS,
    SERVER_ERRORS,
    STRICT,
    Asked,
    AskedGuardrail,
    check_asked,
)
from bluegreen.request.request import Request, check
from builders import canary_request

OF_5XX: Any = {"Metric": "Invocation5XXErrors", "MaxRate": 0.01}
OF_4XX: Any = {"Metric": "Invocation4XXErrors", "MaxRate": 0.05}
OF_LATENCY: Any = {"Metric": "ModelLatency", "Percentile": 90, "MaxMilliseconds": 300}
OF_RATIO: Any = {"Metric": "ModelLatency", "Percentile": 99, "MaxRatioToBlue": 1.3}


def faults(body: object) -> list[Finding]:
    """What is wrong with `Guardrails` as a request has them, by shape or by what goes together."""
    shape = list(GUARDRAILS.check(body, "Guardrails"))
    return shape or list(check_asked(body, "Guardrails"))


# ---- What may be asked for -------------------------------------------------------------------

GOOD: list[Any] = [
    DEFAULT,
    STRICT,
    NONE,
    [OF_5XX],
    [OF_5XX, OF_4XX, OF_LATENCY, OF_RATIO],
    [{**OF_5XX, "MaxRate": 0.99}],
    [{**OF_5XX, "MaxRate": 0.0001}],
    [{"Metric": "ModelLatency", "MaxMilliseconds": 1}],
    [{"Metric": "ModelLatency", "MaxMilliseconds": 900_000}],
    [{"Metric": "ModelLatency", "MaxRatioToBlue": 1}],
    [{"Metric": "ModelLatency", "MaxRatioToBlue": 100}],
    [{**OF_LATENCY, "Percentile": 50}],
    [{**OF_LATENCY, "Percentile": 99.9}],
    [{**OF_LATENCY, "Percentile": 90 + tenth / 10} for tenth in range(MOST_ASKED)],
]


@pytest.mark.parametrize("body", GOOD)
def test_what_is_well_made_is_taken(body: Any) -> None:
    assert faults(body) == []
    assert check(canary_request(Guardrails=body)) == []


@pytest.mark.parametrize("body", GOOD)
def test_it_is_the_same_again_from_its_json(body: Any) -> None:
    asked = Asked.from_json(body)
    assert Asked.from_json(cast("str", read_json(json.dumps(asked.to_json())))) == asked


def test_a_preset_stays_a_word() -> None:
    assert [Asked.from_json(word).to_json() for word in PRESETS] == [DEFAULT, STRICT, NONE]
    assert Asked.from_json(STRICT) == Asked.named(STRICT)


def test_a_list_has_what_was_left_out() -> None:
    asked = Asked.from_json([OF_5XX, {"Metric": "ModelLatency", "MaxRatioToBlue": 1.3}])
    assert asked.preset == ""
    assert asked.to_json() == [
        OF_5XX,
        {"Metric": "ModelLatency", "Percentile": PERCENTILE, "MaxRatioToBlue": 1.3},
    ]


def test_a_request_keeps_what_it_asks_for() -> None:
    for body in GOOD:
        request = Request.from_json(canary_request(Guardrails=body, NotEnoughData="ABORT"))
        assert Request.from_json(request.to_json()) == request
        assert (request.asked, request.not_enough_data) == (Asked.from_json(body), "ABORT")


def test_a_request_that_says_nothing_is_not_one_that_asks_for_none() -> None:
    silent = Request.from_json(canary_request())
    assert (silent.asked, "Guardrails" in silent.to_json()) == (None, False)
    asks_for_none = Request.from_json(canary_request(Guardrails=NONE))
    assert asks_for_none.asked == Asked(NONE, ())
    assert asks_for_none.to_json()["Guardrails"] == NONE


# ---- What it comes to ------------------------------------------------------------------------


def test_the_presets() -> None:
    members = ("metric", "max_rate", "margin", "percentile", "max_ratio_to_blue", "defect")
    shown = {
        name: [tuple(getattr(each, member) for member in members) for each in preset]
        for name, preset in PRESETS.items()
    }
    assert shown == {
        "Default": [
            ("Invocation5XXErrors", None, 0.02, 90, None, 0.2),
            ("Invocation4XXErrors", None, 0.1, 90, None, 0.5),
            ("ModelLatency", None, None, 90, 1.5, 0.5),
        ],
        "Strict": [
            ("Invocation5XXErrors", None, 0.005, 90, None, 0.05),
            ("Invocation4XXErrors", None, 0.05, 90, None, 0.2),
            ("ModelLatency", None, None, 90, 1.25, 0.25),
        ],
        "None": [],
    }


def test_strict_allows_less_and_finds_less_than_default() -> None:
    for default, strict in zip(PRESETS[DEFAULT], PRESETS[STRICT], strict=True):
        assert default.key == strict.key
        assert strict.defect < default.defect
        assert (strict.margin or strict.max_ratio_to_blue or 0) < (
            default.margin or default.max_ratio_to_blue or 0
        )


@pytest.mark.parametrize(
    ("body", "defect"),
    [
        ({"Metric": SERVER_ERRORS, "MaxRate": 0.02}, 0.2),  # ten times the limit, as Default's
        ({"Metric": SERVER_ERRORS, "MaxRate": 0.3}, 1.0),
        ({"Metric": CLIENT_ERRORS, "MaxRate": 0.1}, 0.5),  # five times
        ({"Metric": CLIENT_ERRORS, "MaxRate": 0.9}, 1.0),
        ({"Metric": LATENCY, "MaxMilliseconds": 300}, 0.5),
        ({"Metric": LATENCY, "Percentile": 99, "MaxMilliseconds": 300}, 0.05),
        ({"Metric": LATENCY, "Percentile": 99.9, "MaxRatioToBlue": 2}, 0.005),
        ({"Metric": LATENCY, "Percentile": 50, "MaxMilliseconds": 300}, 1.0),
    ],
)
def test_what_a_guardrail_of_ones_own_must_find(body: Any, defect: float) -> None:
    assert AskedGuardrail.from_json(body).defect == pytest.approx(defect)


def test_a_guardrail_must_find_more_than_it_allows() -> None:
    own = [AskedGuardrail.from_json(each) for each in (OF_5XX, OF_4XX, OF_LATENCY, OF_RATIO)]
    for each in chain(own, *PRESETS.values()):
        allowed = each.slow_part if each.metric == LATENCY else each.max_rate or each.margin
        assert allowed is not None
        assert allowed < each.defect <= 1


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (OF_5XX, "5xx"),
        (OF_4XX, "4xx"),
        ({"Metric": "ModelLatency", "MaxRatioToBlue": 2}, "latency-p90"),
        ({**OF_LATENCY, "Percentile": 90.0}, "latency-p90"),
        ({**OF_LATENCY, "Percentile": 99.9}, "latency-p99.9"),
    ],
)
def test_its_key_tells_it_from_others(body: Any, key: str) -> None:
    assert AskedGuardrail.from_json(body).key == key


def test_an_own_one_can_be_the_same_as_that_of_a_preset() -> None:
    own = AskedGuardrail.from_json({"Metric": "ModelLatency", "MaxRatioToBlue": 1.5})
    assert own in PRESETS[DEFAULT]
    assert own not in PRESETS[STRICT]
    assert astuple(own) == astuple(PRESETS[DEFAULT][2])


# ---- What is refused -------------------------------------------------------------------------

WORDS = "Allowed: Default, Strict, None, or a list of 1 to 10 items."
OF_ERRORS = "Allowed: a number from 0.0001 to 0.99."
MEMBERS = "Metric, MaxRate, Percentile, MaxMilliseconds, MaxRatioToBlue"

REFUSED: list[tuple[Any, str, str, str]] = [
    # The value, then the finding: id, message and fix.
    ("default", "value-not-allowed", 'Guardrails is "default", which is not allowed.', WORDS),
    ("", "value-not-allowed", 'Guardrails is "", which is not allowed.', WORDS),
    (None, "wrong-type", "Guardrails is None, which has the wrong type.", WORDS),
    (True, "wrong-type", "Guardrails is True, which has the wrong type.", WORDS),
    ({"Metric": 1}, "wrong-type", "Guardrails is {'Metric': 1}, which has the wrong type.", WORDS),
    (
        [],
        "value-not-allowed",
        "Guardrails has 0 items, which is not allowed.",
        "Allowed: 1 to 10 items.",
    ),
    (
        [OF_5XX] * 11,
        "value-not-allowed",
        "Guardrails has 11 items, which is not allowed.",
        "Allowed: 1 to 10 items.",
    ),
    (
        ["Default"],
        "wrong-type",
        'Guardrails[0] is "Default", which has the wrong type.',
        "Allowed: an object.",
    ),
    (
        [{"MaxRate": 0.1}],
        "missing-member",
        "Guardrails[0].Metric is missing.",
        "Add Guardrails[0].Metric.",
    ),
    (
        [{"Metric": "CPUUtilization", "MaxRate": 0.1}],
        "value-not-allowed",
        'Guardrails[0].Metric is "CPUUtilization", which is not allowed.',
        "Allowed: Invocation5XXErrors, Invocation4XXErrors or ModelLatency.",
    ),
    (
        [{**OF_5XX, "MaxPercent": 1}],
        "unknown-member",
        'Unknown member "Guardrails[0].MaxPercent".',
        f"Allowed here: {MEMBERS}.",
    ),
    *(
        (
            [{**OF_5XX, "MaxRate": rate}],
            "value-not-allowed",
            f"Guardrails[0].MaxRate is {rate}, which is not allowed.",
            OF_ERRORS,
        )
        for rate in (0, 0.0, -0.1, 1, 0.991, 5, float("inf"), float("nan"))
    ),
    *(
        (
            [{**OF_5XX, "MaxRate": rate}],
            "wrong-type",
            f"Guardrails[0].MaxRate is {shown}, which has the wrong type.",
            OF_ERRORS,
        )
        for rate, shown in (("1 %", '"1 %"'), (True, "True"), (None, "None"), ([0.1], "[0.1]"))
    ),
    *(
        (
            [{**OF_LATENCY, "Percentile": percentile}],
            "value-not-allowed",
            f"Guardrails[0].Percentile is {percentile}, which is not allowed.",
            "Allowed: a number from 50 to 99.9.",
        )
        for percentile in (49.9, 99.91, 100, 0.9)
    ),
    *(
        (
            [{**OF_LATENCY, "MaxMilliseconds": most}],
            "value-not-allowed",
            f"Guardrails[0].MaxMilliseconds is {most}, which is not allowed.",
            "Allowed: a number from 1 to 900000 milliseconds.",
        )
        for most in (0, 0.3, 900_001)
    ),
    *(
        (
            [{**OF_RATIO, "MaxRatioToBlue": ratio}],
            "value-not-allowed",
            f"Guardrails[0].MaxRatioToBlue is {ratio}, which is not allowed.",
            "Allowed: a number from 1 to 100.",
        )
        for ratio in (0.99, 0, 101)
    ),
    # What does not go together.
    (
        [OF_5XX, {**OF_4XX, "MaxMilliseconds": 300}],
        "guardrail-members",
        "Guardrails[1].MaxMilliseconds says nothing of Invocation4XXErrors.",
        "Remove MaxMilliseconds. Invocation4XXErrors takes MaxRate.",
    ),
    (
        [{**OF_5XX, "Percentile": 90}],
        "guardrail-members",
        "Guardrails[0].Percentile says nothing of Invocation5XXErrors.",
        "Remove Percentile. Invocation5XXErrors takes MaxRate.",
    ),
    (
        [{**OF_LATENCY, "MaxRate": 0.1}],
        "guardrail-members",
        "Guardrails[0].MaxRate says nothing of ModelLatency.",
        "Remove MaxRate. ModelLatency takes MaxMilliseconds or MaxRatioToBlue.",
    ),
    (
        [{**OF_LATENCY, "MaxRatioToBlue": 2}],
        "guardrail-members",
        "Guardrails[0] has MaxMilliseconds and MaxRatioToBlue, and ModelLatency takes one of them.",
        "Keep the one that you mean.",
    ),
    (
        [{"Metric": "Invocation5XXErrors"}],
        "missing-member",
        "Guardrails[0].MaxRate is missing.",
        "Add Guardrails[0].MaxRate.",
    ),
    (
        [{"Metric": "ModelLatency", "Percentile": 99}],
        "missing-member",
        "Guardrails[0].MaxMilliseconds or MaxRatioToBlue is missing.",
        "Add Guardrails[0].MaxMilliseconds or MaxRatioToBlue.",
    ),
    (
        [OF_5XX, {**OF_5XX, "MaxRate": 0.5}],
        "guardrail-members",
        'Guardrails has more than one guardrail "5xx"; their alarms would be the same.',
        "Keep one of them.",
    ),
    (
        [OF_LATENCY, {"Metric": "ModelLatency", "MaxRatioToBlue": 2}],
        "guardrail-members",
        'Guardrails has more than one guardrail "latency-p90"; their alarms would be the same.',
        "Keep one of them.",
    ),
]


@pytest.mark.parametrize(
    ("body", "id_", "message", "fix"),
    [pytest.param(*row, id=str(number)) for number, row in enumerate(REFUSED)],
)
def test_what_is_refused_and_with_which_words(body: Any, id_: str, message: str, fix: str) -> None:
    (finding,) = faults(body)
    assert (finding.id, finding.severity) == (id_, "ERROR")
    assert (finding.message, finding.fix) == (message, fix)
    assert finding in check({**canary_request(), "Guardrails": body})


def test_every_fault_is_named() -> None:
    body = [{**OF_5XX, "MaxMilliseconds": 1, "MaxRatioToBlue": 2, "Percentile": 90}, OF_RATIO]
    assert [finding.message for finding in faults([*body, {**OF_RATIO, "Percentile": 99.0}])] == [
        "Guardrails[0].MaxMilliseconds says nothing of Invocation5XXErrors.",
        "Guardrails[0].MaxRatioToBlue says nothing of Invocation5XXErrors.",
        "Guardrails[0].Percentile says nothing of Invocation5XXErrors.",
        'Guardrails has more than one guardrail "latency-p99"; their alarms would be the same.',
    ]


@pytest.mark.parametrize("value", ["warn", "", None, True, ["WARN"]])
def test_what_not_enough_data_cannot_be(value: Any) -> None:
    (finding,) = check({**canary_request(Guardrails=DEFAULT), "NotEnoughData": value})
    assert finding.id == "value-not-allowed"
    assert finding.fix == "Allowed: PASS, WARN or ABORT."


def test_too_little_data_of_nothing_is_refused() -> None:
    (finding,) = check(canary_request(Guardrails=NONE, NotEnoughData="PASS"))
    assert finding.id == "not-enough-data-of-nothing"
    assert finding.message == "NotEnoughData has no effect while Guardrails is None."
    assert check(canary_request(NotEnoughData="PASS")) == []
