"""An SDK that is older than CloudWatch's alarms on logs, such as Lambda's may be."""

import gzip
import json
from pathlib import Path
from typing import Any

import botocore
from botocore.loaders import Loader
from botocore.session import Session

from made_up_keys import MADE_UP_KEYS

MODEL = "cloudwatch/2010-08-01/service-2.json"


def older_client(path: Path, *protocols: str) -> Any:
    """Its client for CloudWatch, which speaks these protocols, or those of today.

    `path` is a folder for its model of the API.
    """
    (path / MODEL).parent.mkdir(parents=True, exist_ok=True)
    (path / MODEL).write_text(json.dumps(_trimmed(protocols)), encoding="utf-8")
    session = Session()
    session.register_component("data_loader", Loader([str(path), *Loader().search_paths]))
    return session.create_client("cloudwatch", region_name="eu-central-1", **MADE_UP_KEYS)


def _trimmed(protocols: tuple[str, ...]) -> Any:
    packed = Path(botocore.__file__).parent / "data" / f"{MODEL}.gz"
    model = json.loads(gzip.decompress(packed.read_bytes()))
    if protocols:
        model["metadata"] |= {"protocol": protocols[0], "protocols": [*protocols]}
    for name in ("EvaluationCriteria", "EvaluationWindow", "WarmUpConfiguration"):
        del model["shapes"]["MetricAlarm"]["members"][name]
    del model["shapes"]["DescribeAlarmsOutput"]["members"]["LogAlarms"]
    return model
