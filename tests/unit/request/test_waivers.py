"""Which ERROR findings a requester may accept, and what becomes of them."""

import pytest

from bluegreen.contract.findings import Finding, rejecting
from bluegreen.request.request import check
from bluegreen.request.waivers import WAIVABLE, used_waivers, waive
from builders import canary_request
from situations import canary, checked, count, in_words

BOUNDS = Finding("canary-out-of-bounds", "ERROR", "CanarySize is 6.", "Allowed: 1 to 5.")
MISSING = Finding("alarm-missing", "ERROR", "There is none.")
TIGHT = Finding("maximum-tight", "WARNING", "There is little time.")

NEVER = (
    "alarm-missing",
    "endpoint-config-missing",
    "endpoint-missing",
    "excluded-accelerator",
    "excluded-inf1",
    "excluded-marketplace",
    "excluded-serverless",
    "inference-components",
    "member-unfit-for-type",
    "missing-member",
    "model-missing",
    "no-live-config",
    "not-permitted",
    "rolling-several-variants",
    "same-config",
    "two-policies",
    "unknown-member",
    "value-not-allowed",
    "wrong-type",
)


def test_an_accepted_finding_is_a_warning_that_says_so() -> None:
    assert list(waive([BOUNDS], ["canary-out-of-bounds"])) == [
        Finding(
            "canary-out-of-bounds",
            "WARNING",
            "Accepted by AllowFindings: CanarySize is 6.",
            "Allowed: 1 to 5.",
        )
    ]


def test_all_findings_of_an_accepted_id_are_accepted() -> None:
    second = Finding("canary-out-of-bounds", "ERROR", "CanarySize is 7.")
    found = list(waive([BOUNDS, MISSING, second], ["canary-out-of-bounds"]))
    assert [finding.severity for finding in found] == ["WARNING", "ERROR", "WARNING"]
    assert rejecting(found) == [MISSING]


def test_findings_keep_their_order_and_unused_waivers_come_last_by_name() -> None:
    found = list(waive([TIGHT, BOUNDS], ["variants-differ", "fleet-of-one"]))
    assert found == [
        TIGHT,
        BOUNDS,
        Finding(
            "waiver-unused",
            "INFO",
            "AllowFindings names fleet-of-one, which was not found.",
            "Leave it out.",
        ),
        Finding(
            "waiver-unused",
            "INFO",
            "AllowFindings names variants-differ, which was not found.",
            "Leave it out.",
        ),
    ]


def test_a_warning_is_not_accepted_and_its_waiver_not_used() -> None:
    warned = Finding("bake-unprotected", "WARNING", "It is not.")
    assert [f.id for f in waive([warned], ["bake-unprotected"])] == [
        "bake-unprotected",
        "waiver-unused",
    ]
    assert used_waivers(waive([warned], ["bake-unprotected"])) == []


def test_without_a_waiver_nothing_changes() -> None:
    assert list(waive([BOUNDS, TIGHT], [])) == [BOUNDS, TIGHT]


@pytest.mark.parametrize("id_", NEVER)
def test_what_is_never_waivable_stays_an_error_and_is_refused_in_a_request(id_: str) -> None:
    stubborn = Finding(id_, "ERROR", "It is so.")
    assert id_ not in WAIVABLE
    assert next(waive([stubborn], [id_])) == stubborn
    (refused,) = check(canary_request(AllowFindings=[id_]))
    assert (refused.id, refused.severity) == ("value-not-allowed", "ERROR")


@pytest.mark.parametrize("id_", WAIVABLE)
def test_what_is_waivable_may_stand_in_a_request_and_is_a_warning(id_: str) -> None:
    assert check(canary_request(AllowFindings=[id_])) == []
    (found,) = waive([Finding(id_, "ERROR", "It is so.")], [id_])
    assert (found.severity, found.message) == ("WARNING", "Accepted by AllowFindings: It is so.")
    assert used_waivers([found]) == [found]


def test_what_may_be_accepted() -> None:
    assert set(WAIVABLE) == {
        "alarm-breaching-before-traffic",
        "alarm-in-alarm",
        "alarm-metric-not-published",
        "alarm-old-config",
        "alarm-other-endpoint",
        "alarm-other-variant",
        "alarm-sees-only-blue",
        "alarm-threshold-unreachable",
        "alarm-unit-unmatched",
        "alarm-without-variant",
        "bake-unprotected",
        "batch-out-of-bounds",
        "canary-out-of-bounds",
        "fleet-of-one",
        "maximum-too-short",
        "rollback-batch-out-of-bounds",
        "step-out-of-bounds",
        "variants-differ",
    }


def test_only_what_was_accepted_is_a_used_waiver() -> None:
    accepted = next(waive([BOUNDS], ["canary-out-of-bounds"]))
    assert used_waivers([TIGHT, BOUNDS, accepted]) == [accepted]
    forged = Finding("alarm-missing", "WARNING", "Accepted by AllowFindings: There is none.")
    assert used_waivers([forged]) == []


def test_a_check_with_a_used_waiver_would_not_be_rejected() -> None:
    wide = canary(count(6))
    refused = checked(wide, 10)
    allowed = checked(wide, 10, asking={"allow_findings": ("canary-out-of-bounds",)})
    assert (refused.would_be_rejected, allowed.would_be_rejected) == (True, False)
    assert in_words(used_waivers(allowed.findings)) == ["WARNING canary-out-of-bounds"]
