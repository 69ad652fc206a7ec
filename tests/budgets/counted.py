"""How many AWS calls each run of a function makes, as the journal of a run has them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bluegreen_simulator.aws.journal import Entry


@dataclass(frozen=True)
class Run:
    """One run of a function, `AwaitStage` for example, and its calls in their order."""

    function: str
    calls: tuple[str, ...]

    @property
    def counts(self) -> Counter[str]:
        """How often each operation was called."""
        return Counter(self.calls)

    @property
    def facts(self) -> int:
        """How many facts it announced: each is one message to the notifications topic."""
        return self.counts["Publish"]

    def __str__(self) -> str:
        return f"{self.function} ({len(self.calls)}): {', '.join(self.calls)}"


def runs_in(journal: Iterable[Entry]) -> Iterator[Run]:
    """The runs that a journal has, in the order in which they ended; none that has no end."""
    calls = defaultdict[str, list[str]](list)
    for entry in journal:
        name = entry.data.get("function", "")
        if entry.kind == "api_call":
            calls[name].append(entry.data["operation"])
        elif entry.kind == "lambda_invoked":
            yield Run(name.split("-")[1].removesuffix("Function"), tuple(calls.pop(name, ())))


def runs_of(function: str, journal: Iterable[Entry]) -> list[Run]:
    """Those of one function."""
    return [run for run in runs_in(journal) if run.function == function]
