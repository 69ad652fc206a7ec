"""The series of a deployment's gates, as the table keeps them: one-minute data lives 15 days."""

from typing import NotRequired, TypedDict

Pairs = list[tuple[int, float]]
"""Datapoints, oldest first: seconds after the start of the series, and the value."""


class GateSeries(TypedDict):
    """What one alarm of a deployment watched. A member that could not be read is absent."""

    AlarmName: str
    """The alarm."""
    Metric: NotRequired[str]
    """What it watches, in words; absent where that cannot be read."""
    Comparison: NotRequired[str]
    """CloudWatch's ComparisonOperator; absent if the alarm was not there."""
    Limit: NotRequired[float]
    """Its threshold; absent where it is a band, or not known."""
    Watched: NotRequired[Pairs]
    """What the alarm itself judges, of both fleets together unless it is about one alone."""
    Green: NotRequired[Pairs]
    """The same of the green fleet alone; absent where SageMaker does not tell the fleets apart."""
    Blue: NotRequired[Pairs]
    """The same of the blue fleet alone."""


class KeptSeries(TypedDict):
    """The series of all gates of a deployment, in at most 32 KB of JSON."""

    StartedAt: str
    """From when on they were read, ISO 8601 in UTC: some minutes before the update."""
    Seconds: int
    """Of how many seconds a datapoint is the worst one, by what its alarm compares."""
    Gates: list[GateSeries]
    """A series for each alarm, in the order of the request."""
