"""The step of the build that pyproject.toml cannot describe.

Template, workflow and samples lie outside every package, where people and SAM look for them. The
build copies them into the package of the command line, which finds them in either place.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from setuptools import setup
from setuptools.command.build_py import build_py

SHIPPED: Final = (
    "template.yaml",
    "statemachine/*.yaml",
    "events/**/*.json",
    "events/**/*.yaml",
)
"""Patterns of files, relative to this one. Each keeps its path below INSTALLED."""

INSTALLED: Final = Path("bluegreen_cli/shipped_files")


def shipped() -> Iterator[Path]:
    """Each file that ships beside the code."""
    for pattern in SHIPPED:
        yield from sorted(Path().glob(pattern))


class BuildWithShippedFiles(build_py):
    """Builds the packages, and copies into one of them what ships beside the code."""

    def get_source_files(self) -> list[str]:
        """What a source distribution needs for this step: the shipped files too."""
        return [*super().get_source_files(), *map(str, shipped())]

    def run(self) -> None:
        """Copy code and files to an empty folder, or what an earlier build left there ships too.

        An editable installation uses the checkout, and needs no copies.
        """
        if self.editable_mode:
            super().run()
            return
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        for path in shipped():
            copy = Path(self.build_lib) / INSTALLED / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


setup(cmdclass={"build_py": BuildWithShippedFiles})
