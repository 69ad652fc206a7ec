"""The record: always short enough for a Cause, and what is dropped goes in a known order."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from bluegreen.contract.findings import Finding, shortened, to_list
from bluegreen.contract.record import DeploymentRecord, Trigger, Verdict
from bluegreen.deployment.record import fit_for_cause, record_of_update
from bluegreen.deployment.verdict import Decision
from bluegreen.sagemaker.observation import Stage
from builders import BLUE, at, deployment, seen, settled
from property.strategies import FINDINGS, FOREIGN

FEW = settings(max_examples=40)
MANY_FINDINGS = st.lists(FINDINGS, max_size=60) | st.builds(
    lambda finding, number: [finding] * number, FINDINGS, st.integers(40, 60)
)
ORDER = [
    (member, severity) for member in ("Fix", "Message") for severity in ("INFO", "WARNING", "ERROR")
]


def length_of(value: object) -> int:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return len(text.encode(errors="surrogatepass"))


def record(findings: list[Finding], reason: str = "because", steps: int = 15) -> DeploymentRecord:
    """A record of an update, of as many steps as a policy that SageMaker takes may have."""
    given = deployment(
        findings=tuple(findings),
        stages=tuple(
            seen(stage, 6 * step, 700 * step + offset)
            for step in range(steps)
            for offset, stage in enumerate((Stage.SHIFTING, Stage.BAKING))
        ),
    )
    decision = Decision(Verdict.ROLLED_BACK, reason, Trigger.ALARM, ("churn-5xx",))
    return record_of_update(given, settled(BLUE, 20_000), decision, at(20_001))


@FEW
@given(MANY_FINDINGS)
def test_a_record_always_fits_into_a_cause_with_the_id_of_every_finding(
    findings: list[Finding],
) -> None:
    whole = record(findings)
    fitting = fit_for_cause(whole)
    assert length_of(fitting) <= 30_000
    assert len(fitting["Findings"]) == min(len(findings), 50)
    for kept, finding in zip(fitting["Findings"], whole["Findings"], strict=True):
        assert kept.items() <= finding.items()
        assert kept.keys() >= {"Id", "Severity"}


@FEW
@given(MANY_FINDINGS)
def test_a_record_that_fits_stays_as_it_is(findings: list[Finding]) -> None:
    whole = record(findings)
    assert (fit_for_cause(whole) == whole) is (length_of(whole) <= 30_000)


@given(FOREIGN.filter(lambda text: text.isprintable()), st.lists(FINDINGS, max_size=3))
def test_a_long_request_alone_is_left_out(reason: str, findings: list[Finding]) -> None:
    whole = record(findings)
    whole["Request"] = {"Reason": reason * 3}
    assert ("Request" in fit_for_cause(whole)) is (length_of(whole["Request"]) <= 16_384)
    assert fit_for_cause(whole)["Stages"] == whole["Stages"]


@FEW
@given(MANY_FINDINGS)
def test_a_list_of_findings_is_bounded_and_has_the_worst_first(findings: list[Finding]) -> None:
    listed = to_list(findings)
    ranks = [("ERROR", "WARNING", "INFO").index(finding["Severity"]) for finding in listed]
    assert ranks == sorted(ranks)
    assert len(listed) == min(len(findings), 50)
    texts = [
        text for finding in listed for text in (finding.get("Message", ""), finding.get("Fix", ""))
    ]
    assert all(len(text) <= 500 for text in texts)


@FEW
@given(MANY_FINDINGS, st.integers(0, 100))
def test_findings_lose_fix_before_message_and_info_before_warning_before_error(
    findings: list[Finding], percent: int
) -> None:
    listed = to_list(findings)
    most = length_of(listed) * percent // 100
    short = shortened(listed, most)
    assert length_of(short) <= most or all(f.keys() == {"Id", "Severity"} for f in short)
    texts = [
        (ORDER.index((member, whole["Severity"])), member in kept)
        for whole, kept in zip(listed, short, strict=True)
        for member in whole.keys() - {"Id", "Severity"}
    ]
    last_to_go = max((rank for rank, is_kept in texts if not is_kept), default=0)
    assert not any(is_kept and rank < last_to_go for rank, is_kept in texts)


@FEW
@given(MANY_FINDINGS, st.integers(0, 100))
def test_no_more_is_dropped_than_has_to_be(findings: list[Finding], percent: int) -> None:
    listed = to_list(findings)
    most = length_of(listed) * percent // 100
    short = shortened(listed, most)
    lost = [(f, m) for f, whole in enumerate(listed) for m in whole.keys() - short[f].keys()]
    if not lost:
        return
    last = min(lost, key=lambda one: (-ORDER.index((one[1], listed[one[0]]["Severity"])), one[0]))
    before: list[dict[str, object]] = [{**finding} for finding in short]
    before[last[0]][last[1]] = {**listed[last[0]]}[last[1]]
    assert length_of(before) > most
