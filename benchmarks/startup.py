"""Start-up of every function beside boto3 with one small client: modules, memory, import time.

Each function is started in fresh processes, in turn with the floor and with the floor once more,
which shows how far two measurements of the same thing lie apart. Only counts and ratios stand in
docs/performance.md, since seconds are this machine's.
"""

import ast
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any, Final, Self

from samtranslator.yaml_helper import yaml_parse

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs/performance.md"
ROUNDS: Final = 7
FLOOR: Final[dict[str, Any]] = {}
"""A start without a handler."""

AGAIN: Final = "the floor again"

Start = Mapping[str, Any]
Told = dict[str, Any]


def handlers(root: Path = ROOT) -> dict[str, str]:
    """The functions of the template by their names, with the module of each one's handler."""
    resources = yaml_parse((root / "template.yaml").read_text("utf-8"))["Resources"]
    return {
        name.removesuffix("Function"): body["Properties"]["Handler"].removesuffix(".handler")
        for name, body in resources.items()
        if body["Type"] == "AWS::Serverless::Function"
    }


# ---- What a function asks its account for ----------------------------------------------------


def adapters(root: Path = ROOT) -> dict[str, list[str]]:
    """By function, every adapter that its code may ask the account for, as the sources say it.

    That is what its handler's module and the actions that this one imports say of `account`.
    """
    known = _known_adapters(_parsed(root, "bluegreen.aws.account"))
    return {
        name: sorted(_named(root, module, set()) & known) for name, module in handlers(root).items()
    }


def _parsed(root: Path, module: str) -> ast.Module:
    return ast.parse((root / "functions" / f"{module.replace('.', '/')}.py").read_text("utf-8"))


def _known_adapters(account: ast.Module) -> set[str]:
    (made,) = [n for n in account.body if isinstance(n, ast.ClassDef) and n.name == "Account"]
    return {n.name for n in made.body if isinstance(n, ast.FunctionDef) and n.decorator_list}


def _named(root: Path, module: str, seen: set[str]) -> set[str]:
    """The members of `account`, or of `account()`, in a module and in the actions behind it."""
    if module in seen:
        return set()
    seen.add(module)
    nodes = list(ast.walk(_parsed(root, module)))
    found = {n.attr for n in nodes if isinstance(n, ast.Attribute) and _base(n) == "account"}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("bluegreen.actions."):
            found |= _named(root, str(node.module), seen)
    return found


def _base(attribute: ast.Attribute) -> str:
    value = attribute.value
    named = value.func if isinstance(value, ast.Call) else value
    return named.id if isinstance(named, ast.Name) else ""


@contextmanager
def recorded() -> Iterator[Mapping[str, set[str]]]:
    """Which adapters functions do ask for meanwhile on the embedded AWS, by function."""
    from bluegreen.aws.account import Account  # noqa: PLC0415 - it may be another checkout's
    from bluegreen_simulator.aws.lambda_.process import running_function  # noqa: PLC0415 - likewise

    asked = defaultdict[str, set[str]](set)

    def recording(name: str, make: Any) -> Any:  # noqa: ANN401 - of any adapter
        def made(account: Account) -> Any:  # noqa: ANN401 - likewise
            running = running_function()
            if running is not None:
                asked[running.name.split("-")[1].removesuffix("Function")].add(name)
            return make(account)

        return made

    made_by = {
        name: found.func
        for name, found in vars(Account).items()
        if isinstance(found, cached_property) and not name.startswith("_")
    }
    for name, make in made_by.items():
        vars(Account)[name].func = recording(name, make)
    try:
        yield asked
    finally:
        for name, make in made_by.items():
            vars(Account)[name].func = make


def canary(root: Path = ROOT) -> tuple[Any, dict[str, list[str]]]:
    """A canary that succeeds: its outcome, and by function the adapters that it asked for."""
    from bluegreen_simulator.inputs.scenario import load  # noqa: PLC0415 - likewise
    from bluegreen_simulator.run.simulation import simulate  # noqa: PLC0415 - likewise

    scenario = load(root / "events/scenarios/canary-succeeds.yaml")
    with recorded() as asked:
        outcome = simulate(scenario, root / "template.yaml")
    return outcome, {name: sorted(names) for name, names in asked.items()}


# ---- Starts ----------------------------------------------------------------------------------


def starts(asked: Mapping[str, Iterable[str]], root: Path = ROOT) -> dict[str, Start]:
    """How each of those functions is started, by its name: with the adapters that it asks for."""
    modules = handlers(root)
    return {name: {"handler": modules[name], "adapters": [*asked[name]]} for name in asked}


class Starter:
    """Starts functions of one checkout, each in a process of its own."""

    def __init__(self, root: Path = ROOT, *options: str) -> None:
        script = [str(ROOT / "benchmarks/cold_start.py"), *options]
        self._process = subprocess.Popen(  # noqa: S603 - of ours
            [sys.executable, *script],
            env={"PATH": os.defpath, "PYTHONPATH": str(root / "functions")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def start(self, start: Start) -> Told:
        """What a start tells (see cold_start.py)."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(start) + "\n")
        self._process.stdin.flush()
        told: Told = json.loads(self._process.stdout.readline())
        return told


@dataclass(frozen=True)
class Beside:
    """The starts of one function, each beside a start of the floor."""

    own: list[Told]
    floors: list[Told]

    def add(self, own: Told, floor: Told) -> None:
        """One start more, and one of the floor."""
        self.own.append(own)
        self.floors.append(floor)

    def modules(self, when: str) -> int:
        """How many there are: `imported`, or `used` once it has its adapters; always the same."""
        (count,) = {len(told[when]) for told in self.own}
        return count

    @property
    def memory(self) -> float:
        """The median of the greatest memory, beside the floor's."""
        return median(self._ratios(lambda told: told["peak"]))

    @property
    def import_ratio(self) -> float:
        """The median of the seconds until it has its adapters, beside the floor's."""
        return median(self.seconds(1))

    def seconds(self, stage: int) -> list[float]:
        """Each start's seconds beside those of the floor, sorted: 0 imported, 1 with adapters."""
        return sorted(self._ratios(lambda told: told["seconds"][stage]))

    def _ratios(self, of: Any) -> list[float]:  # noqa: ANN401 - a function
        return [of(own) / of(floor) for own, floor in zip(self.own, self.floors, strict=True)]


def measured(starter: Starter, those: Mapping[str, Start], rounds: int) -> dict[str, Beside]:
    """Each of those starts so many times, in turn; the floor as well, beside itself."""
    for start in (FLOOR, *those.values()):
        starter.start(start)  # which writes the byte code
    everything = {AGAIN: FLOOR, **those}
    found = {name: Beside([], []) for name in everything}
    for _ in range(rounds):
        for name, start in everything.items():
            floor = starter.start(FLOOR)
            found[name].add(starter.start(start), floor)
    return found


def table(found: Mapping[str, Beside], everything: Mapping[str, int], rounds: int) -> str:
    """What stands on the page; `everything`: the modules with every adapter, by function."""
    floor = found[AGAIN].modules("used")
    lines = [
        f"boto3 with one small client: {floor} modules; medians of {rounds} starts [quartiles]",
        "                     modules           modules    beside the floor",
        f"{'':<20} import  in use    at most    import             in use             memory",
    ]
    for name, beside in found.items():
        most = everything.get(name, floor)
        lines.append(
            f"{name:<20} {beside.modules('imported'):>6} {beside.modules('used'):>7}"
            f"    {most:>3} = {most / floor:.2f}   {_spread(beside.seconds(0))}"
            f"  {_spread(beside.seconds(1))}  {beside.memory:>5.2f}"
        )
    return "\n".join(lines)


def _spread(ratios: list[float]) -> str:
    low, high = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
    return f"{median(ratios):.2f} [{low:.2f}, {high:.2f}]"


def main() -> None:
    """Measure, print, and write the page."""
    from pages.blocks import replaced  # noqa: PLC0415 - of the tests

    every, (_, asked) = adapters(), canary()
    with Starter() as starter:
        all_of_them = {n: len(starter.start(start)["used"]) for n, start in starts(every).items()}
        found = measured(starter, starts({**every, **asked}), ROUNDS)
    text = table(found, all_of_them, ROUNDS)
    sys.stdout.write(f"{text}\n")
    page = replaced(PAGE.read_text("utf-8"), "startup", f"{text}\n")
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
