"""The real time, for what clients see of it while the time of the process is virtual."""

from datetime import UTC, datetime

import time_machine


class RealClock:
    """The clock of this machine, whatever time the process believes it to be."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        try:
            return time_machine.escape_hatch.datetime.datetime.now(UTC)
        except ValueError:  # the time of the process is the real one
            return datetime.now(UTC)  # noqa: TID251 - this is the clock that is passed in
