"""Run the cells of one of AWS's notebooks on guardrails, and tell in a line of JSON what held.

`python with_notebook.py NOTEBOOK`, in an environment with sagemaker 2, pandas and matplotlib, with
AWS_ENDPOINT_URL set to a `bluegreen local` an hour behind. Each cell runs as it stands, but for:

* role: `get_execution_role()` and `default_bucket()` ask STS at an address that the SDK spells
  itself, so the role and the bucket stand there instead;
* bucket: that one and the one of AWS's example files are made here, with files of the same names;
* sleeps: `time.sleep` takes that many seconds of virtual time, calls in between counted in;
* what is for the notebook's own machine (`%matplotlib`, `!pip`, `!mkdir`) is done by what is here.
"""

import ast
import json
import os
import re
import sys
import tempfile
import time
import traceback
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, SupportsIndex

import boto3

REGION: Final = "eu-central-1"
EXAMPLES: Final = f"sagemaker-example-files-prod-{REGION}"
MODELS: Final = ("xgb-churn-prediction-model.tar.gz", "xgb-churn-prediction-model2.tar.gz")
DATASETS: Final = ("test-dataset.csv", "test-dataset-input-cols.csv")
ROWS: Final = 700
"""More than a notebook sends in one cell."""

CALLS: Final = 20
FASTEST: Final = 30
"""At which a notebook takes a minute and a half; a call takes less than a virtual second then."""

BUCKET: Final = f"sagemaker-{REGION}-123456789012"
INSTEAD: Final[Mapping[str, str]] = {
    "get_execution_role()": "arn:aws:iam::123456789012:role/notebook",
    "sm_session.default_bucket()": BUCKET,
}
LINE: Final = re.compile(r"^(?P<indent>\s*)(?P<mark>[%!])(?P<command>.*)$", re.MULTILINE)


def client(service: str) -> Any:
    """A client of boto3, which has no types here."""
    make: Any = boto3.client
    return make(service, region_name=REGION)


def put_examples() -> None:
    """Both buckets, and in that of AWS's example files what the notebooks take from it."""
    s3 = client("s3")
    for bucket in (EXAMPLES, BUCKET):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    for name in MODELS:
        s3.put_object(Bucket=EXAMPLES, Key=f"models/xgb-churn/{name}", Body=b"a model")
    for name in DATASETS:
        rows = "186,0.1,137.8,97\n" * ROWS
        s3.put_object(Bucket=EXAMPLES, Key=f"datasets/tabular/xgb-churn/{name}", Body=rows.encode())


def hurry() -> float:
    """Let virtual time run as fast as calls can keep up with; how fast that is."""
    runtime, began = client("sagemaker"), time.monotonic()
    for _ in range(CALLS):
        runtime.list_endpoints()
    each = (time.monotonic() - began) / CALLS
    speed = round(max(1, min(FASTEST, 0.8 / each)), 1)
    url, body = os.environ["AWS_ENDPOINT_URL"], json.dumps({"speed": speed})  # noqa: TID251 - as boto3
    urllib.request.urlopen(f"{url}/_bluegreen/clock", body.encode()).close()  # noqa: S310 - ours
    return speed


def sleep_in_virtual_time(speed: float) -> None:
    """Let `time.sleep` end that many virtual seconds after the last one, at once if it is late."""
    sleep, last = time.sleep, [time.monotonic()]  # noqa: TID251 - a notebook's own

    def pause(seconds: float | SupportsIndex) -> None:
        real = float(seconds) / speed
        sleep(max(0.0, min(real, last[0] + real - time.monotonic())))
        last[0] = time.monotonic()

    time.sleep = pause  # noqa: TID251 - likewise


def python_of(cell: str) -> str:
    """The cell without what only a notebook understands."""

    def replaced(found: "re.Match[str]") -> str:
        command = found["command"].split()
        made = command[0] == "mkdir" and f"__import__('os').makedirs({command[1]!r}, exist_ok=True)"
        return f"{found['indent']}{made or 'pass'}"

    for call, value in INSTEAD.items():
        cell = cell.replace(call, repr(value))
    return LINE.sub(replaced, cell)


def run(cell: str, names: dict[str, Any]) -> Any:
    """Run a cell; what its last line is, if that is an expression, as a notebook shows it."""
    tree = ast.parse(python_of(cell))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)  # noqa: S102 - this is what it is for
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)  # noqa: S307 - likewise


def cells(notebook: Path) -> Iterator[tuple[int, str]]:
    """The cells of code, each with its place among all cells."""
    for place, cell in enumerate(json.loads(notebook.read_text("utf-8"))["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and source.strip():
            yield place, source


def why(error: BaseException) -> str:
    """An error as one line, with the line of the cell that raised it."""
    lines = [at.lineno for at in traceback.extract_tb(error.__traceback__) if at.name == "<module>"]
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return f"line {lines[-1]}: {said}" if lines else said


def charts() -> int:
    """How many charts with a line in them were drawn, and close them."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return 0
    figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
    drawn = sum(any(axes.lines for axes in figure.axes) for figure in figures)
    pyplot.close("all")
    return drawn


def tell(notebook: Path) -> dict[str, Any]:
    """Run all cells, one that failed or not, and count; of failures the first one is told."""
    names: dict[str, Any] = {"__name__": "__main__"}
    told: dict[str, Any] = {"cells": 0, "held": 0, "charts": 0, "served": [], "first_failure": None}
    for place, source in cells(notebook):
        told["cells"] += 1
        try:
            shown = run(source, names)
        except Exception as error:  # noqa: BLE001 - whatever it is
            told["first_failure"] = told["first_failure"] or f"cell {place}, {why(error)}"
            continue
        told["held"] += 1
        told["charts"] += charts()
        if isinstance(shown, dict) and "EndpointConfigName" in shown:
            told["served"].append(f"{shown['EndpointStatus']} {shown['EndpointConfigName'][:15]}")
    return told


def main(path: str) -> None:
    """Run a notebook in a folder of its own; one line of JSON at the end."""
    notebook = Path(path).resolve()
    os.environ["MPLBACKEND"] = "Agg"  # noqa: TID251 - what matplotlib reads
    put_examples()
    sleep_in_virtual_time(hurry())
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        told = tell(notebook)
        os.chdir("/")
    print(f"\n{json.dumps({'notebook': notebook.stem, **told})}")  # noqa: T201 - what it is run for


if __name__ == "__main__":
    main(*sys.argv[1:])
