"""A request as people keep it: a JSON file, read and not yet checked."""

from pathlib import Path

import click

from bluegreen.contract.json_text import read_json
from bluegreen.contract.request import RequestDocument
from bluegreen.contract.text import plain
from bluegreen.request.request import document_in


def read_request(path: Path) -> RequestDocument:
    """The request in a file; ClickException if it holds no JSON object."""
    body = read_json_file(path)
    request = document_in(body)
    if request is None:
        raise click.ClickException(
            f"{path.name} must hold a JSON object, not {plain(str(body), 80)}."
        )
    return request


def read_json_file(path: Path) -> object:
    """What a JSON file holds; ClickException if it cannot be read, or says a member twice."""
    try:
        return read_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path.name} cannot be read as JSON: {error}.") from error
