"""How much memory each function needs at most, beside what the template gives it.

`make bench-package` imports each handler in a fresh process, makes clients of every service that
its role may call, and calls each (one_handler.py). Printed and written into docs/performance.md are
the peak, which a test holds the template's sizes against, and the size. ValidatePolicy also reads
weeks of the most production variants that an endpoint can have.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pages.blocks import replaced
from shipped import FUNCTIONS, GLOBALS, ROOT, members, of_type

PAGE: Final = ROOT / "docs/performance.md"
ONE_HANDLER: Final = Path(__file__).with_name("one_handler.py")
SERVICES: Final = {"states": "stepfunctions", "servicequotas": "service-quotas"}
"""The names that boto3 has for services that IAM calls otherwise."""

NOT_CALLED: Final = {"kms"}
"""What other services do with our rights."""

MOST_VARIANTS: Final = 10
"""Of an endpoint config (`CreateEndpointConfig`, `ProductionVariants`)."""


def services(function: str) -> list[str]:
    """The services that a function's role may call, by boto3's names."""
    policies = FUNCTIONS[function].get("Policies", [])
    named = members(policies, "Ref")
    managed = [body for name, body in of_type("AWS::IAM::ManagedPolicy").items() if name in named]
    actions = set(_texts(members([policies, managed], "Action")))
    called = {action.partition(":")[0] for action in actions} - NOT_CALLED
    return sorted(SERVICES.get(service, service) for service in called)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)


def peak(function: str) -> int:
    """In MiB, of a fresh process that does what the function does first."""
    module = FUNCTIONS[function]["Handler"].removesuffix(".handler")
    variants = MOST_VARIANTS if function == "ValidatePolicyFunction" else 0
    command = [sys.executable, str(ONE_HANDLER), module, str(variants), *services(function)]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603 - our own command


def size(function: str) -> int:
    """In MB, as the template gives it."""
    return int(FUNCTIONS[function].get("MemorySize", GLOBALS["MemorySize"]))


def table() -> str:
    """Each function with its peak, its size and its services."""
    lines = (
        _line(name, f"{peak(name)} MiB", f"{size(name)} MB", ", ".join(services(name)))
        for name in FUNCTIONS
    )
    return "".join([_line("", "peak", "size", "clients of"), *lines])


def _line(function: str, peak: str, size: str, services: str) -> str:
    return f"{function:<28}{peak:>8}{size:>9}  {services}".rstrip() + "\n"


def main() -> None:
    """Measure, print, and write the page."""
    found = table()
    sys.stdout.write(found)
    page = replaced(PAGE.read_text(encoding="utf-8"), "memory", found)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
