"""Which findings can be made, and that those of earlier releases can be read."""

import pytest

from bluegreen.contract import catalogue
from bluegreen.contract.catalogue import CATALOGUE, FindingKind, Severity
from bluegreen.contract.findings import Finding, FindingOfEarlierRelease, rejecting
from bluegreen.contract.state import FindingDocument
from shipped import WORKFLOW_TEXT

SEVERITIES: tuple[Severity, ...] = ("ERROR", "WARNING", "INFO")
KINDS = list(CATALOGUE.values())
WAIVABLE = [kind for kind in KINDS if kind.waivable]


def test_no_id_stands_twice_in_the_catalogue() -> None:
    assert len(catalogue._KINDS) == len(CATALOGUE) > 80


def test_only_an_error_can_be_waived() -> None:
    assert [kind.id for kind in WAIVABLE if "ERROR" not in kind.severities] == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_a_finding_has_one_of_the_severities_of_the_catalogue(kind: FindingKind) -> None:
    for severity in SEVERITIES:
        if severity in kind.severities:
            assert Finding(kind.id, severity, "It is so.").severity == severity
        else:
            with pytest.raises(ValueError, match=f"^The catalogue has no {severity} {kind.id}\\.$"):
                Finding(kind.id, severity, "It is so.")


def test_an_id_that_is_not_in_the_catalogue_cannot_be_made() -> None:
    with pytest.raises(ValueError, match=r"^The catalogue has no ERROR alarm-mising\.$"):
        Finding("alarm-mising", "ERROR", "There is none.")


@pytest.mark.parametrize("kind", WAIVABLE, ids=lambda kind: kind.id)
def test_what_is_accepted_is_a_warning_and_nothing_else(kind: FindingKind) -> None:
    accepted = Finding(kind.id, "ERROR", "It is so.", "Change it.").accepted()
    assert (accepted.severity, accepted.fix) == ("WARNING", "Change it.")
    assert accepted.message == "Accepted by AllowFindings: It is so."
    assert accepted.is_accepted
    with pytest.raises(ValueError, match=rf"^The catalogue has no ERROR {kind.id}\.$"):
        Finding(kind.id, "ERROR", accepted.message)


def test_what_is_not_waivable_cannot_be_accepted() -> None:
    error = Finding("alarm-missing", "ERROR", "There is none.")
    assert not error.is_accepted
    with pytest.raises(ValueError, match=r"^The catalogue has no WARNING alarm-missing\.$"):
        error.accepted()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_what_was_written_is_read_as_it_was(kind: FindingKind) -> None:
    for severity in kind.severities:
        made = Finding(kind.id, severity, "It is so.", "Change it.")
        assert Finding.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    ("body", "severity"),
    [
        ({"Id": "no-such-finding", "Severity": "ERROR"}, "ERROR"),
        ({"Id": "no-such-finding", "Severity": "NOTICE", "Message": "It is so."}, "ERROR"),
        ({"Id": "alarm-missing", "Severity": "INFO", "Fix": "Create it."}, "INFO"),
        ({"Id": "alarm-in-alarm", "Severity": "WARNING"}, "WARNING"),  # its message was cut off
    ],
)
def test_a_finding_of_an_earlier_release_is_read_and_kept(
    body: FindingDocument, severity: str
) -> None:
    finding = Finding.from_json(body)
    assert isinstance(finding, FindingOfEarlierRelease)
    assert finding.to_json() == {**body, "Severity": severity}
    assert bool(rejecting([finding])) == (severity == "ERROR")
    assert not finding.is_accepted


def test_what_the_workflow_finds_by_itself_is_in_the_catalogue() -> None:
    made = WORKFLOW_TEXT.count("'Severity': ")
    assert made == WORKFLOW_TEXT.count("{'Id': 'check-failed', 'Severity': 'ERROR'") == 1
    assert CATALOGUE["check-failed"].severities == ("ERROR",)
