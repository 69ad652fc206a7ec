"""The page of findings has those that the code can make, with their severities, and no other."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from bluegreen.request.waivers import WAIVABLE
from shipped import ROOT, WORKFLOW_TEXT

CODE: Final = ROOT / "functions/bluegreen"
PAGE: Final = (ROOT / "docs/findings.md").read_text(encoding="utf-8")
SEVERITIES: Final = frozenset({"ERROR", "WARNING", "INFO"})
ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
IN_THE_WORKFLOW: Final = re.compile(r"'Id': '([^']+)', 'Severity': '([^']+)'")
MARK: Final = re.compile(
    r"\*(?P<severities>[A-Z]+(?: or [A-Z]+)*)(?P<waiver>, can(not)? be waived)?\.\*"
)


@dataclass(frozen=True)
class Maker:
    """A function that makes findings, in its module."""

    module: ast.Module
    function: ast.FunctionDef

    def findings(self) -> Iterator[tuple[str, set[str]]]:
        for call in calls_of("Finding", self.function):
            id_, severity = call.args[:2]
            ids, severities = self.ids(id_), texts(severity) or texts(self.function)
            where = f"{self.function.name}, line {call.lineno}"
            assert ids, f"{where}: which findings?"
            assert severities & SEVERITIES, f"{where}: of which severity?"
            for each in ids:
                yield each, severities & SEVERITIES

    def ids(self, node: ast.expr) -> set[str]:
        """Those of a constant; of a table that is used; of what the function is called with."""
        if isinstance(node, ast.Constant):
            return texts(node)
        given = {
            t for call in calls_of(self.function.name, self.module) for t in texts(call.args[0])
        }
        if isinstance(node, ast.JoinedStr):
            (ending,) = [str(p.value) for p in node.values if isinstance(p, ast.Constant)]
            return {f"{kind.replace(' ', '-')}{ending}" for kind in given}
        used = {name.id for name in ast.walk(self.function) if isinstance(name, ast.Name)}
        found = given.union(*(texts(t) for name, t in tables_of(self.module) if name in used))
        return set(filter(ID.fullmatch, found))


def texts(node: ast.AST) -> set[str]:
    constants = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def calls_of(name: str, tree: ast.AST) -> list[ast.Call]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == name]


def tables_of(module: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in module.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def makers() -> Iterator[Maker]:
    for path in sorted(CODE.rglob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef):
                yield Maker(module, node)


def made() -> dict[str, set[str]]:
    """The severities of each finding that the code makes."""
    found: dict[str, set[str]] = {}
    for maker in makers():
        for id_, severities in maker.findings():
            found.setdefault(id_, set()).update(severities)
    for id_, severity in IN_THE_WORKFLOW.findall(WORKFLOW_TEXT):
        found.setdefault(id_, set()).add(severity)
    return found


def sections(page: str) -> dict[str, str]:
    """The text of each section; a heading of the first order ends one."""
    parts = re.split(r"^(#{1,2} .*)\n", page, flags=re.MULTILINE)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return {head[3:]: text for head, text in pairs if head.startswith("## ")}


MADE: Final = made()
SECTIONS: Final = sections(PAGE)


def test_the_code_is_read_as_it_is_written() -> None:
    calls = [call for path in CODE.rglob("*.py") for call in calls_of("Finding", parsed(path))]
    assert len(MADE) > len(calls) > 50
    assert [id_ for id_ in MADE if not ID.fullmatch(id_)] == []
    assert set(WAIVABLE) <= {id_ for id_, severities in MADE.items() if "ERROR" in severities}
    assert {"endpoint-config-missing", "excluded-inf1", "alarm-old-config", "check-failed"} < set(
        MADE
    )


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_every_finding_has_its_section_and_every_section_its_finding() -> None:
    assert sorted(SECTIONS) == sorted(MADE)


def test_no_finding_has_two_sections() -> None:
    heads = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    assert len(heads) == len(set(heads))


@pytest.mark.parametrize("id_", sorted(SECTIONS))
def test_a_section_says_severity_and_waiver_as_the_code_does(id_: str) -> None:
    mark = MARK.fullmatch(SECTIONS[id_].splitlines()[0])
    assert mark, "the first line is no mark"
    assert set(mark["severities"].split(" or ")) == MADE[id_]
    waiver = "can" if id_ in WAIVABLE else "cannot"
    assert mark["waiver"] == (f", {waiver} be waived" if "ERROR" in MADE[id_] else None)


@pytest.mark.parametrize("id_", sorted(SECTIONS))
def test_a_section_is_short(id_: str) -> None:
    lines = SECTIONS[id_].strip().splitlines()
    assert 3 <= len(lines) <= 8


def test_ids_that_are_spoken_of_are_ids() -> None:
    ends = r"(?:missing|bake|policy|alarm|unproven|unprotected|composite|alarms|checked)"
    spoken = set(re.findall(rf"`([a-z]+(?:-[a-z]+)*-{ends})`", PAGE))
    assert spoken <= set(MADE)
    assert len(spoken) > 4


def test_the_page_is_narrow() -> None:
    assert [line for line in PAGE.splitlines() if len(line) > 130] == []
