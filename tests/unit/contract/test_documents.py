"""What crosses between the parts has a type of its own, and every member of it is explained."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bluegreen.contract.record import Trigger, Verdict
from shipped import ROOT
from step_by_step.documents import members_of

FUNCTIONS: Final = ROOT / "functions/bluegreen"
MODULES: Final = sorted(FUNCTIONS.rglob("*.py"))
TRANSLATED: Final = FUNCTIONS / "aws"
AGREED: Final = FUNCTIONS / "contract"
ANYTHING: Final = re.compile(r"\b(?:Mapping|MutableMapping|dict|Dict)\[str, (?:typing\.)?Any\]")
"""A mapping that says nothing of its members."""


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def annotations(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The name of each function, and what it is said to take or to return, one after the other."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = node.args
            taken = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            for each in [*(argument.annotation for argument in taken if argument), node.returns]:
                if each is not None:
                    yield node.name, ast.unparse(each)


def test_no_function_takes_or_gives_a_document_of_unknown_members() -> None:
    found = [
        f"{path.relative_to(FUNCTIONS)}: {name}"
        for path in MODULES
        if not path.is_relative_to(TRANSLATED) and not path.is_relative_to(AGREED)
        for name, annotation in annotations(tree_of(path))
        if ANYTHING.search(annotation)
    ]
    assert found == []


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if not path.is_relative_to(TRANSLATED)],
    ids=lambda path: str(path.relative_to(FUNCTIONS)),
)
def test_a_name_for_a_shape_of_aws_says_which(path: Path) -> None:
    body = tree_of(path).body
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.Assign) and ANYTHING.fullmatch(ast.unparse(statement.value)):
            assert explanation(following), ast.unparse(statement)


def explanation(node: ast.AST | None) -> str:
    """The text that stands alone below a name; empty where there is none."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return str(node.value.value)
    return ""


def test_the_record_names_every_verdict_and_every_trigger() -> None:
    members = members_of("DeploymentRecord")
    for words, member in ((Verdict, "Verdict"), (Trigger, "Trigger")):
        assert re.findall(r"`(\w+)`", members[member].meaning) == [str(word) for word in words]
