"""The lists of moto's own tests that pass on plain moto and fail here, each with its reason.

moto's tests are never part of this repository; `make clients MOTO=FOLDER` runs them from there.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

TAG: Final = "5.2.3"
COMMIT: Final = "3acd662d8196355a1dbbcdb36f7b9ee63d6c70d9"

FORMS: Final = ("AWS", "As on AWS", "Refused by name")
"""How a reason begins: with what AWS does, and where that stands; or that it is not modelled."""


@dataclass(frozen=True)
class Module:
    """Test files of moto about one service, and our list of those that fail here."""

    service: str
    files: tuple[str, ...]
    passing: int
    """How many of their tests pass on plain moto at this commit, without Docker.

    Of Step Functions' one fewer does where the machine is slow: it polls an execution of a second.
    """

    @property
    def path(self) -> Path:
        """Where the list is."""
        return Path(__file__).with_name(f"moto_{self.service}.yaml")


@dataclass(frozen=True)
class Failing:
    """A test that passes on plain moto and fails on the embedded AWS."""

    test: str
    """Its node id, from moto's folder `tests` on."""
    reason: str

    @property
    def is_well_formed(self) -> bool:
        """Whether the reason is one of the two that there may be."""
        return self.reason.startswith(FORMS)


MODULES: Final = (
    Module(
        "sagemaker",
        (
            "test_sagemaker/test_sagemaker_endpoint.py",
            "test_sagemaker/test_sagemaker_model_package_groups.py",
            "test_sagemaker/test_sagemaker_model_packages.py",
            "test_sagemaker/test_sagemaker_models.py",
            "test_sagemaker/test_sagemaker_search.py",
        ),
        72,
    ),
    Module("stepfunctions", ("test_stepfunctions",), 115),
    Module(
        "cloudwatch",
        (
            "test_cloudwatch/test_cloudwatch.py",
            "test_cloudwatch/test_cloudwatch_alarms.py",
            "test_cloudwatch/test_cloudwatch_expressions.py",
            "test_cloudwatch/test_cloudwatch_tags.py",
        ),
        65,
    ),
)


def failing(module: Module) -> list[Failing]:
    """The list, sorted; empty where there is none yet."""
    if not module.path.exists():
        return []
    rows: Sequence[Mapping[str, str]] = yaml.safe_load(module.path.read_text("utf-8")) or []
    found = [Failing(row["test"], row["reason"].strip()) for row in rows]
    return sorted(found, key=lambda each: each.test)


def differences(
    listed: AbstractSet[str], plain: AbstractSet[str], embedded: AbstractSet[str]
) -> Iterator[str]:
    """What contradicts a list, of the tests that pass on plain moto and on the embedded AWS."""
    for test in sorted(plain - embedded - listed):
        yield f"{test} passes on plain moto, fails on the embedded AWS, and is in no list."
    for test in sorted(listed & embedded):
        yield f"{test} is listed as failing, and passes."
    for test in sorted(listed - plain):
        yield f"{test} is listed, and does not pass on plain moto either."
