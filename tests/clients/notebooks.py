"""Run AWS's notebooks on deployment guardrails against `bluegreen local --behind 1`.

`python -m clients.notebooks FOLDER PYTHON`: FOLDER holds the notebooks (`*.ipynb`, from
aws/amazon-sagemaker-examples, which are not part of this repository), PYTHON has sagemaker 2,
pandas and matplotlib. One line of JSON for each notebook: how many cells it has and how many held,
charts drawn, what served when it looked, and the first failure; 1 where there is one.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

SCRIPT: Final = Path(__file__).parent / "scripts" / "with_notebook.py"
BEHAVIORS: Final = '- {image: "xgboost:1.2-1", error_rate: 1, latency_ms: 22}\n'
"""The notebooks take a newer container for the same model, "to simulate model faults"."""

ENDING_SECONDS: Final = 120


@contextmanager
def serving() -> Iterator[str]:
    """An embedded AWS for one notebook, an hour behind, which is what the notebooks plot.

    The script makes it faster when the notebook begins.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as behaviors:
        behaviors.write(BEHAVIORS)
        behaviors.flush()
        options = ("--port", "0", "--behind", "1", "--speed", "1")
        command = [sys.executable, "-m", "bluegreen_cli", "local", *options]
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--behaviors", behaviors.name], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["endpoint_url"]
        finally:
            process.terminate()
            process.communicate(timeout=ENDING_SECONDS)


def environment(url: str) -> dict[str, str]:
    """What a notebook is started with: the server's address, and nothing of this project."""
    given = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON"))}  # noqa: TID251 - of a child process
    return given | {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def ran(notebook: Path, python: str) -> Mapping[str, Any]:
    """What the last line of its run says; CalledProcessError where it did not come to that."""
    with serving() as url:
        done = subprocess.run(  # noqa: S603 - our own script
            [python, str(SCRIPT), str(notebook)],
            env=environment(url),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    told: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def main(arguments: Sequence[str]) -> int:
    """Run all notebooks of a folder."""
    folder, python = arguments
    failed = 0
    for notebook in sorted(Path(folder).glob("*.ipynb")):
        told = ran(notebook, python)
        failed |= told["held"] < told["cells"]
        print(json.dumps(told), flush=True)  # noqa: T201 - what it is run for
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
