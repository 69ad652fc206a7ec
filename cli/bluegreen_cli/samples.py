"""The samples that ship with the command, by name: scenarios, requests and worlds."""

from pathlib import Path
from typing import Any, Final, override

import click
import yaml

from bluegreen.contract.text import quoted
from bluegreen_cli.shipped import shipped

SUFFIXES: Final = (".json", ".yaml")


def samples(kind: str) -> dict[str, Path]:
    """The path of each sample of a kind, which is a folder under `events/`, by its name."""
    folder = shipped(f"events/{kind}s")
    found = {path.stem: path for path in folder.iterdir() if path.suffix in SUFFIXES}
    return dict(sorted(found.items()))


class FileOrSample(click.Path):
    """A file, or where there is none of that name, the sample that has it."""

    def __init__(self, kind: str) -> None:
        super().__init__(exists=True, dir_okay=False, path_type=Path)
        self._kind = kind

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        named = samples(self._kind)
        if value in named and not Path(value).is_file():
            return named[value]
        if not Path(value).exists():
            self.fail(
                f"{quoted(value)} is neither a file nor the name of a sample {self._kind}."
                f" {self._names(named)}",
                param,
                ctx,
            )
        return super().convert(value, param, ctx)

    def _names(self, named: dict[str, Path]) -> str:
        if self._kind == "scenario":  # there are too many for one line
            return "'bluegreen simulate --list' lists them."
        return f"Sample {self._kind}s: {', '.join(named)}."


def list_scenarios(context: click.Context, _option: object, asked: bool) -> None:  # noqa: FBT001 - click's signature
    """Print the name and the title of each sample scenario and exit, if that is asked for."""
    if not asked:
        return
    titles = {name: _title(path) for name, path in samples("scenario").items()}
    width = max(map(len, titles))
    for name, title in titles.items():
        click.echo(f"{name:<{width}}  {title}")
    context.exit()


def _title(scenario: Path) -> str:
    title: str = yaml.safe_load(scenario.read_text(encoding="utf-8"))["name"]
    return title
