"""The documents of the contract as their modules explain them: each member with its text.

The text below a member is read from the source, since Python keeps none of it.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from shipped import ROOT

CONTRACT: Final = ROOT / "functions/bluegreen/contract"
AS_IN: Final = re.compile(r"As in (\w+)\.")
"""The text of a member that another document explains."""


@dataclass(frozen=True)
class Member:
    """A member: its type as it is spelled, and what it means; empty where nobody says."""

    type: str
    meaning: str

    @property
    def document(self) -> str:
        """The document that it holds, alone or in a list; empty where it holds none."""
        names = re.findall(r"\w+", self.type)
        return next((name for name in names if name in documents()), "")

    @property
    def is_list(self) -> bool:
        """Whether it holds a list of them."""
        return "list[" in self.type


@cache
def _classes() -> Mapping[str, ast.ClassDef]:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sorted(CONTRACT.glob("*.py")))
    return {
        node.name: node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)
    }


@cache
def documents() -> frozenset[str]:
    """The names of all documents: whatever is a TypedDict, or grows out of one."""
    return frozenset(name for name in _classes() if _is_document(name))


def _is_document(name: str) -> bool:
    bases = _bases(name)
    return "TypedDict" in bases or any(_is_document(base) for base in bases if base in _classes())


def _bases(name: str) -> list[str]:
    return [ast.unparse(base) for base in _classes()[name].bases]


@cache
def members_of(document: str) -> Mapping[str, Member]:
    """The members of a document, those that it inherits included, by name."""
    inherited = [members_of(base) for base in _bases(document) if base in documents()]
    own = {name: Member(kind, _resolved(name, text)) for name, kind, text in _own(document)}
    return {name: member for members in (*inherited, own) for name, member in members.items()}


def _own(document: str) -> Iterator[tuple[str, str, str]]:
    """Name, type and text of each member that a document adds."""
    body = _classes()[document].body
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign):
            yield ast.unparse(statement.target), ast.unparse(statement.annotation), _text(following)


def _text(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return " ".join(str(node.value.value).split())
    return ""


def _resolved(name: str, text: str) -> str:
    elsewhere = AS_IN.fullmatch(text)
    return members_of(elsewhere[1])[name].meaning if elsewhere else text
