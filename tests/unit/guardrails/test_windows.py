"""Over which periods guardrails count."""

import pytest

from bluegreen.guardrails.windows import shortest_bake
from bluegreen.request.named_policies import named
from bluegreen.sagemaker.deployment_config import Policy


def policy(name: str, **changes: int) -> Policy:
    body = named(name)
    assert body is not None
    for structure in body.values():
        structure.update(changes)
    return Policy.from_json(body)


@pytest.mark.parametrize(
    ("name", "changes", "seconds"),
    [
        ("AllAtOnce", {}, 300),
        ("Canary10Percent5Minutes", {}, 300),
        ("Canary10Percent10Minutes", {"TerminationWaitInSeconds": 120}, 120),
        ("Canary10Percent10Minutes", {"TerminationWaitInSeconds": 0}, 600),
        ("Linear10PercentEvery10Minutes", {"TerminationWaitInSeconds": 1800}, 600),
        ("Rolling25PercentEvery5Minutes", {}, 300),
        ("AllAtOnce", {"TerminationWaitInSeconds": 0}, 0),
    ],
)
def test_the_shortest_bake_counts(name: str, changes: dict[str, int], seconds: int) -> None:
    assert shortest_bake(policy(name, **changes)) == seconds
