"""The page of findings has those of the catalogue, with their titles and severities."""

import re
from typing import Final

import pytest

from bluegreen.contract.catalogue import CATALOGUE, FindingKind
from shipped import ROOT

PAGE: Final = (ROOT / "docs/findings.md").read_text(encoding="utf-8")


def sections(page: str) -> list[tuple[str, str]]:
    """Head and text of each section; a heading of the first order ends one."""
    parts = re.split(r"^(#{1,2} .*)\n", page, flags=re.MULTILINE)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [(head[3:], text) for head, text in pairs if head.startswith("## ")]


SECTIONS: Final = sections(PAGE)


def first_line(kind: FindingKind) -> str:
    """A section's first line: the title, the severities, and whether it can be waived."""
    waiver = f", {'can' if kind.waivable else 'cannot'} be waived"
    mark = " or ".join(kind.severities) + (waiver if "ERROR" in kind.severities else "")
    return f"**{kind.title}.** *{mark}.*"


def test_each_finding_has_one_section_in_the_order_of_the_catalogue() -> None:
    assert [head for head, _ in SECTIONS] == list(CATALOGUE)


@pytest.mark.parametrize(("id_", "text"), SECTIONS, ids=[head for head, _ in SECTIONS])
def test_a_section_begins_as_the_catalogue_says(id_: str, text: str) -> None:
    assert text.splitlines()[0] == first_line(CATALOGUE[id_])


@pytest.mark.parametrize(("id_", "text"), SECTIONS, ids=[head for head, _ in SECTIONS])
def test_a_section_is_short(id_: str, text: str) -> None:
    assert 3 <= len(text.strip().splitlines()) <= 10, id_


def test_ids_that_are_spoken_of_are_ids() -> None:
    kinds = {id_.split("-")[0] for id_ in CATALOGUE}
    spoken = set(re.findall(r"`([a-z]+(?:-[a-z0-9]+)+)`", PAGE))
    ids = {id_ for id_ in spoken if id_.split("-")[0] in kinds}
    assert ids <= set(CATALOGUE)
    assert len(ids) > 4


def test_the_page_is_narrow() -> None:
    assert [line for line in PAGE.splitlines() if len(line) > 130] == []
