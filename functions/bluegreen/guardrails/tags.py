"""The tags of guardrails' alarms: what was asked for, so that a later update can ask for it again.

A tag's value has at most 256 characters: letters, digits, spaces and `_ . : / = + - @` (API, Tag).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from bluegreen.guardrails.asked import DEFAULT, GUARDRAILS, STRICT, Asked, check_asked
from bluegreen.guardrails.guardrail import Guardrail

if TYPE_CHECKING:
    from bluegreen.contract.request import AskedGuardrailDocument

STACK_TAG: Final = "bluegreen:stack"
ENDPOINT_TAG: Final = "bluegreen:endpoint"
GUARDRAIL_TAG: Final = "bluegreen:guardrail"

_METRIC: Final = "Metric"


def tags_of(guardrail: Guardrail, asked: Asked | None, stack: str, endpoint: str) -> dict[str, str]:
    """The tags of a guardrail's alarm; `asked` is None where the stack asked for it."""
    return whose(stack, endpoint) | {GUARDRAIL_TAG: text_of(guardrail, asked)}


def whose(stack: str, endpoint: str) -> dict[str, str]:
    """The tags by which a stack knows its own; SageMaker ignores the case of endpoint names."""
    return {STACK_TAG: stack, ENDPOINT_TAG: endpoint.lower()}


def text_of(guardrail: Guardrail, asked: Asked | None) -> str:
    """What was asked for: `Default`, or `Metric=Invocation5XXErrors MaxRate=0.01` of a list."""
    asked = asked or Asked.named(DEFAULT)
    if asked.preset:
        return asked.preset
    (own,) = (each for each in asked.guardrails if each.key == guardrail.key)
    return " ".join(f"{name}={_text(value)}" for name, value in own.to_json().items())


def asked_in(texts: Iterable[str]) -> Asked | None:
    """What the texts of an update's alarms ask for together; None if that cannot be told.

    It cannot where one of them is none of ours, or where they were asked for in several ways.
    """
    different = list(dict.fromkeys(texts))
    if len(different) == 1 and different[0] in (DEFAULT, STRICT):
        return Asked.named(different[0])
    bodies = [dict(_members(text)) for text in different]
    if any(GUARDRAILS.check(bodies, "")) or any(check_asked(bodies, "")):
        return None
    return Asked.from_json(cast("list[AskedGuardrailDocument]", bodies))


def _text(value: object) -> str:
    """A number in the fewest digits that mean the same."""
    return repr(float(value)).removesuffix(".0") if isinstance(value, int | float) else str(value)


def _members(text: str) -> Iterator[tuple[str, Any]]:
    for member in text.split():
        name, _, value = member.partition("=")
        yield name, value if name == _METRIC else _value(value)


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def is_ours(tags: Mapping[str, str], stack: str, endpoint: str) -> bool:
    """Whether an alarm with these tags is the stack's, and the endpoint's."""
    return whose(stack, endpoint).items() <= tags.items()
