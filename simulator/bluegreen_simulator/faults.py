"""What goes wrong on demand: the faults a scenario can ask for."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Death:
    """The Lambda function dies, once, right after the named API call has returned.

    `function` is the name of the function's state or handler as in its logical id, for
    example `StartUpdate`; `operation` is an operation of the AWS API, `UpdateEndpoint`; `nth`
    says after how many such calls of it, 1 being the first.
    """

    function: str
    operation: str
    nth: int = 1


@dataclass
class Faults:
    """The faults of one scenario; by default nothing goes wrong."""

    drop_events: bool = False
    deaths: list[Death] = field(default_factory=list)
    _calls: Counter[Death] = field(default_factory=Counter)

    def strike(self, function: str, operation: str) -> bool:
        """Tell whether `function` dies now, after `operation`; each death comes only once."""
        for death in self.deaths:
            if death.operation == operation and death.function in function:
                self._calls[death] += 1
                if self._calls[death] == death.nth:
                    return True
        return False
