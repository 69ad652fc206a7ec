"""Every piece of moto that we replace is the one that we looked at when we replaced it."""

import re
import sys
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import bluegreen_simulator.run.embedded  # noqa: F401 - every replacement is registered
from bluegreen_simulator.aws.step_functions.threads import put_threads_on_the_clock
from bluegreen_simulator.moto.replacements import (
    ABSENT,
    REPLACEMENTS,
    Replacement,
    apply_all,
    fingerprint,
)

ROOT = Path(__file__).parents[4]


def place(replacement: Replacement) -> str:
    return f"{replacement.owner.__name__}.{replacement.name}"


ALL = pytest.mark.parametrize("replacement", REPLACEMENTS, ids=place)


@ALL
def test_moto_still_has_there_what_it_had_when_it_was_replaced(replacement: Replacement) -> None:
    assert fingerprint(replacement.owner, replacement.name) == replacement.original


@ALL
def test_each_replacement_says_in_words_what_it_restores(replacement: Replacement) -> None:
    assert len(replacement.restores.split()) > 2


@ALL
def test_once_applied_ours_stands_there_and_the_fingerprint_is_still_motos(
    replacement: Replacement,
) -> None:
    apply_all()
    standing: Any = vars(replacement.owner)[replacement.name]
    assert standing is replacement.function
    assert fingerprint(replacement.owner, replacement.name) == replacement.original


def test_a_piece_is_replaced_by_one_only() -> None:
    places = [(replacement.owner, replacement.name) for replacement in REPLACEMENTS]
    assert len(places) == len(set(places))


def test_every_module_that_replaces_something_is_loaded_with_the_embedded_aws() -> None:
    root = ROOT / "simulator"
    replacing = [path for path in root.rglob("*.py") if "replaces(\n" in path.read_text()]
    names = {".".join(path.relative_to(root).with_suffix("").parts) for path in replacing}
    assert len(names) > 20
    assert names - sys.modules.keys() == set()


def test_what_moto_does_not_have_has_the_fingerprint_absent() -> None:
    assert fingerprint(ModuleType("nothing"), "nothing") == ABSENT


def test_the_interpreter_waits_in_as_many_modules_as_were_put_on_the_clock() -> None:
    assert put_threads_on_the_clock() == 13  # another count is another moto


@pytest.mark.parametrize("file", ["dev.in", "dev.txt"])
def test_the_moto_that_is_installed_is_the_one_that_is_pinned(file: str) -> None:
    text = (ROOT / "requirements" / file).read_text()
    (pinned,) = re.findall(r"^moto(?:\[[\w,]+\])?==([\d.]+)", text, re.MULTILINE)
    assert pinned == version("moto")
