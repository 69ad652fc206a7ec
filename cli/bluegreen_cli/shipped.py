"""Where the files lie that ship with the command: the template, the workflow and the samples."""

from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
INSTALLED: Final = HERE / "shipped_files"
"""Made by the build, for in a checkout they lie outside every package."""

CHECKOUT: Final = HERE.parents[1]


def shipped(path: str) -> Path:
    """A file or folder that ships, by its path in a checkout."""
    return (INSTALLED if INSTALLED.is_dir() else CHECKOUT) / path


TEMPLATE: Final = shipped("template.yaml")
"""Of the stack; the workflow's file lies where it says."""
