"""Which ERROR findings a requester may accept, and what becomes of them."""

import pytest

from bluegreen.contract.catalogue import CATALOGUE
from bluegreen.contract.findings import Finding, rejecting
from bluegreen.request.request import check
from bluegreen.request.waivers import WAIVABLE, used_waivers, waive
from builders import canary_request
from situations import canary, checked, count, in_words

BOUNDS = Finding("canary-out-of-bounds", "ERROR", "CanarySize is 6.", "Allowed: 1 to 5.")
MISSING = Finding("alarm-missing", "ERROR", "There is none.")
TIGHT = Finding("maximum-tight", "WARNING", "There is little time.")

NEVER = sorted(k.id for k in CATALOGUE.values() if "ERROR" in k.severities and not k.waivable)


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
            "AllowFindings accepts fleet-of-one, but the check did not find it.",
            "Remove it from AllowFindings.",
        ),
        Finding(
            "waiver-unused",
            "INFO",
            "AllowFindings accepts variants-differ, but the check did not find it.",
            "Remove it from AllowFindings.",
        ),
    ]


def test_what_is_accepted_already_is_not_accepted_again() -> None:
    (accepted,) = waive([BOUNDS], ["canary-out-of-bounds"])
    assert next(waive([accepted], ["canary-out-of-bounds"])) == accepted


def test_a_warning_is_not_accepted_and_its_waiver_not_used() -> None:
    found = list(waive([TIGHT], ["maximum-tight"]))
    assert [finding.id for finding in found] == ["maximum-tight", "waiver-unused"]
    assert used_waivers(found) == []


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


def test_consent_approval_exclusions_and_the_config_that_is_served_are_never_accepted() -> None:
    never = ("endpoint-without-consent", "same-config", "model-packages-not-permitted")
    kinds = ("excluded-", "package-", "role-not-listed")
    assert set(never) <= set(CATALOGUE)
    assert [id_ for id_ in WAIVABLE if id_ in never or id_.startswith(kinds)] == []


def test_only_what_was_accepted_is_a_used_waiver() -> None:
    accepted = next(waive([BOUNDS], ["canary-out-of-bounds"]))
    assert used_waivers([TIGHT, BOUNDS, accepted]) == [accepted]
    forged = Finding("alarm-missing", "ERROR", "Accepted by AllowFindings: There is none.")
    assert used_waivers([forged]) == []


def test_a_check_with_a_used_waiver_would_not_be_rejected() -> None:
    wide = canary(count(6))
    refused = checked(wide, 10)
    allowed = checked(wide, 10, asking={"allow_findings": ("canary-out-of-bounds",)})
    assert (refused.would_be_rejected, allowed.would_be_rejected) == (True, False)
    assert in_words(used_waivers(allowed.findings)) == ["WARNING canary-out-of-bounds"]
