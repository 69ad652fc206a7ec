"""Times as texts in payloads, records and keys: ISO 8601 in UTC, to the millisecond.

All have the same length, so that texts sort like times.
"""

from datetime import UTC, datetime


def to_text(moment: datetime) -> str:
    """Write an aware `moment` as `2026-01-05T09:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Read what `to_text` or Step Functions wrote (any ISO 8601 text with an offset)."""
    return datetime.fromisoformat(text).astimezone(UTC)


def cut_to_milliseconds(moment: datetime | None) -> datetime | None:
    """`moment` as exact as it comes back from a text, so that both compare as equal."""
    return moment and from_text(to_text(moment))


def to_the_second(moment: datetime) -> str:
    """Write an aware `moment` for people: `2026-01-05T09:00:00Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
