"""What the properties range over: policies that SageMaker takes, JSON, foreign texts, findings."""

from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from bluegreen.contract.catalogue import CATALOGUE
from bluegreen.contract.findings import Finding, FindingOfEarlierRelease
from bluegreen.sagemaker.deployment_config import CapacitySize, Policy

FLEETS = st.integers(1, 200)
WAITS = st.sampled_from([0, 0, 0, 30, 600, 3600]) | st.integers(0, 3600)
MAXIMA = st.sampled_from([600, 28_800]) | st.integers(600, 28_800)
ALARMS = ("errors", "latency")

# A strategy costs more to make than to draw from, so none is made in a draw that needs not be.
MODES = st.sampled_from(["ALL_AT_ONCE", "CANARY", "LINEAR", "LINEAR"])
GIVEN_MAXIMA = st.none() | MAXIMA
WATCHED = st.sampled_from([(), ALARMS[:1], ALARMS])
COUNTS = st.integers(1, 300)

NAMES = st.from_regex(r"[a-zA-Z0-9](-{0,2}[a-zA-Z0-9]){0,15}", fullmatch=True)
ANY_CHARACTER = st.characters(exclude_categories=())
"""Surrogates that stand alone too: JSON can spell them."""

NASTY = st.sampled_from(list('\0\a\n\r\t\x1b\x85\u2028\u202e\u200f\ufeff\ud800🚀é"\\'))
FOREIGN = st.one_of(
    st.text(ANY_CHARACTER),
    st.text(NASTY | ANY_CHARACTER),
    st.text(NASTY, min_size=1, max_size=9).map(lambda text: (text * 5000)[:5000]),
)
"""What people and AWS may write: control characters, marks, emoji, 5,000 characters of them."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | FOREIGN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FOREIGN, inner, max_size=4),
    max_leaves=8,
)
KINDS = [(kind.id, severity) for kind in CATALOGUE.values() for severity in kind.severities]
FINDINGS_OF_THIS_RELEASE = st.builds(
    lambda kind, message, fix: Finding(kind[0], kind[1], message, fix),
    st.sampled_from(KINDS),
    FOREIGN,
    FOREIGN,
)
FINDINGS_OF_EARLIER_RELEASES = st.builds(
    FindingOfEarlierRelease,
    st.from_regex(r"[a-z]{1,10}(-[a-z]{1,10}){0,3}", fullmatch=True),
    st.sampled_from(["ERROR", "WARNING", "INFO"]),
    FOREIGN,
    FOREIGN,
)
FINDINGS = FINDINGS_OF_THIS_RELEASE | FINDINGS_OF_EARLIER_RELEASES


@cache
def sizes(mode: str, fleet: int) -> st.SearchStrategy[CapacitySize | None]:
    """The canaries or steps that SageMaker takes for a fleet: at most half, steps a tenth."""
    if mode == "ALL_AT_ONCE":
        return st.none()
    percents = st.integers(1 if mode == "CANARY" else 10, 50)
    by_percent = st.builds(CapacitySize, st.just("CAPACITY_PERCENT"), percents)
    if fleet == 1:
        return by_percent
    counts = st.integers(1 if mode == "CANARY" else -(-fleet // 10), fleet // 2)
    return by_percent | st.builds(CapacitySize, st.just("INSTANCE_COUNT"), counts)


@st.composite
def policies(draw: st.DrawFn, fleet: int) -> Policy:
    """The policies that SageMaker takes for a fleet."""
    mode = draw(MODES)
    return Policy(
        mode=mode,
        wait_seconds=draw(WAITS),
        termination_wait_seconds=draw(WAITS),
        size=draw(sizes(mode, fleet)),
        maximum_seconds=draw(GIVEN_MAXIMA),
        alarms=draw(WATCHED),
    )


@st.composite
def policies_and_fleets(draw: st.DrawFn) -> tuple[Policy, int]:
    """A fleet and a policy that SageMaker takes for it."""
    fleet = draw(FLEETS)
    return draw(policies(fleet)), fleet


@st.composite
def any_policies_and_fleets(draw: st.DrawFn) -> tuple[Policy, int]:
    """A fleet and a policy that we let through: SageMaker may refuse its INSTANCE_COUNT."""
    policy, fleet = draw(policies_and_fleets())
    if policy.size is None:
        return policy, fleet
    size = CapacitySize("INSTANCE_COUNT", draw(COUNTS))
    return replace(policy, size=size), fleet


def paths_in(value: Any, path: str = "") -> list[str]:
    """The paths of all that stands in a JSON value, as findings spell them."""
    if isinstance(value, dict):
        parts = [(f"{path}.{name}" if path else name, item) for name, item in value.items()]
    elif isinstance(value, list):
        parts = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    else:
        parts = []
    return [found for place, item in parts for found in (place, *paths_in(item, place))]
