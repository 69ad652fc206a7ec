"""A request as people keep it: a JSON file, read and not yet checked."""

import json
from pathlib import Path

import click

from bluegreen.contract.request import RequestDocument
from bluegreen.contract.text import plain
from bluegreen.request.request import document_in


def read_request(path: Path) -> RequestDocument:
    """The request in a file; ClickException if it holds no JSON object."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path.name} cannot be read as JSON: {error}.") from error
    request = document_in(body)
    if request is None:
        raise click.ClickException(
            f"{path.name} must hold a JSON object, not {plain(str(body), 80)}."
        )
    return request
