"""A gate: what an alarm of a deployment watches, as series by fleet, and the limit beside them."""

from dataclasses import dataclass
from datetime import datetime

Points = tuple[tuple[datetime, float], ...]
"""Datapoints, oldest first: when each period began, and the value."""


@dataclass(frozen=True)
class Fleets:
    """Whose series are read: an endpoint, and the endpoint configs of its two fleets.

    `blue` is empty for an endpoint that is being created.
    """

    endpoint: str
    green: str
    blue: str = ""


@dataclass(frozen=True)
class Span:
    """Of which fleets the series are read, and of which time."""

    fleets: Fleets
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Gate:
    """An alarm with what it watches.

    `metric` names that in words, and is empty where it cannot be read: of a composite alarm, of
    another account, of a query in another language. `limit` is None where it is a band, or not
    known. `watched` are the datapoints that the alarm itself judges, `green` and `blue` the same
    of one fleet alone; each is None where it cannot be read, and empty where there is no data.
    `name` is what the alarm of a guardrail is about, whose values are parts of green's requests.
    """

    alarm: str
    metric: str = ""
    comparison: str = ""
    limit: float | None = None
    watched: Points | None = None
    green: Points | None = None
    blue: Points | None = None
    name: str = ""

    @property
    def by_fleet(self) -> bool:
        """Whether there are series of a fleet alone; otherwise `watched` is both together.

        SageMaker documents only some of its metrics with the dimension EndpointConfigName.
        """
        return bool(self.green or self.blue)
