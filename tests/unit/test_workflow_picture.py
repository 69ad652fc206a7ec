"""The picture of the workflow shows the states of the workflow."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_the_picture_has_every_state_and_no_other() -> None:
    workflow = yaml.safe_load((ROOT / "statemachine/deployment.asl.yaml").read_text("utf-8"))
    picture = (ROOT / "docs/workflow.svg").read_text("utf-8")
    shown = re.findall(r'<text class="[te]"[^>]*>([^<]*)</text>', picture)
    assert sorted(shown) == sorted(workflow["States"])
