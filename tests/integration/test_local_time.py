"""What time a client of `bluegreen local` sees: of its answers, and of what is in them."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from click.testing import CliRunner

from bluegreen_cli.main import local, main

BIN: Final = Path(sys.executable).parent
LONG: Final = timedelta(minutes=4)
"""By how much an SDK lets a clock be off before it tries again what was refused."""

Ready = dict[str, Any]


def now() -> datetime:
    """The time of this process, which no embedded AWS has made virtual."""
    return datetime.now(UTC)  # noqa: TID251 - a client's own clock


@pytest.fixture(scope="module")
def ready() -> Iterator[Ready]:
    """A server half an hour behind, where that does not change by itself."""
    options = ("--port", "0", "--behind", "0.5", "--speed", "1")
    process = subprocess.Popen(  # noqa: S603 - our own command
        [str(BIN / "bluegreen"), "local", *options], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=30)


def clock(ready: Ready, **body: float) -> Any:
    """What the control route says of the time, after a change of it if there is one."""
    url = f"{ready['endpoint_url']}/_bluegreen/clock"
    data = json.dumps(body).encode() if body else None
    with urllib.request.urlopen(url, data, timeout=60) as answer:  # noqa: S310 - ours
        return json.load(answer)


def client(ready: Ready, service: str) -> Any:
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    make: Any = boto3.client
    region, url = ready["region"], ready["endpoint_url"]
    return make(service, region_name=region, endpoint_url=url, **keys)


def test_it_begins_that_long_before_the_real_time_and_says_so(ready: Ready) -> None:
    assert (ready["behind"], ready["speed"]) == (True, 1)
    began = datetime.fromisoformat(ready["virtual_start"])
    assert timedelta(minutes=29) < now() - began < timedelta(minutes=33)
    told = clock(ready)
    assert told["speed"] == 1
    virtual = datetime.fromisoformat(told["now"]) + timedelta(seconds=told["behind_seconds"])
    assert abs(virtual - now()) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {"Accept": "text/html"}, 200),
        ("/_bluegreen/clock", {}, 200),
        ("/_bluegreen/none", {}, 404),
        ("/", {"Host": "elsewhere"}, 403),
        ("/a-bucket-that-is-not-there", {}, 404),
    ],
)
def test_every_answer_bears_the_real_date_once(
    ready: Ready, path: str, headers: dict[str, str], status: int
) -> None:
    request = urllib.request.Request(ready["endpoint_url"] + path, headers=headers)  # noqa: S310
    try:
        answer = urllib.request.urlopen(request, timeout=60)  # noqa: S310 - ours
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        (date,) = answer.headers.get_all("Date")
    assert answer.status == status
    assert abs(parsedate_to_datetime(date) - now()) < LONG


def test_credentials_expire_by_the_clock_of_who_asks_for_them(ready: Ready) -> None:
    sts = client(ready, "sts")
    role = f"arn:aws:iam::{ready['account_id']}:role/any"
    assumed = sts.assume_role(RoleArn=role, RoleSessionName="me", DurationSeconds=900)
    session = sts.get_session_token(DurationSeconds=900)
    for answer in (assumed, session):
        date = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
        assert abs(parsedate_to_datetime(date) - now()) < LONG
        left = answer["Credentials"]["Expiration"] - now()
        assert timedelta(minutes=10) < left <= timedelta(minutes=15)


def test_a_client_that_asks_by_its_own_clock_sees_what_there_is(ready: Ready) -> None:
    cloudwatch = client(ready, "cloudwatch")
    cloudwatch.put_metric_data(Namespace="Own", MetricData=[{"MetricName": "Count", "Value": 7}])
    end = now()
    found = cloudwatch.get_metric_statistics(
        Namespace="Own",
        MetricName="Count",
        StartTime=end - timedelta(hours=1),
        EndTime=end,
        Period=60,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in found["Datapoints"]] == [7]


def test_made_faster_it_catches_up_and_never_passes_the_real_time(ready: Ready) -> None:
    clock(ready, speed=1000)
    for _ in range(900):  # the machine may be slow
        told = clock(ready)
        assert datetime.fromisoformat(told["now"]) <= now()
        if told["speed"] == 1:
            break
        time.sleep(0.1)  # noqa: TID251 - of a client
    assert told["speed"] == 1
    assert told["behind_seconds"] < 10


@pytest.mark.parametrize(
    ("options", "hours"), [([], None), (["--behind"], 24), (["--behind", "1.5"], 1.5)]
)
def test_behind_is_a_day_unless_it_says_how_many_hours(
    options: list[str], hours: float | None
) -> None:
    assert local.make_context("local", [*options, "--port", "0"]).params["behind"] == hours


@pytest.mark.parametrize("hours", ["0", "169"])
def test_how_far_behind_has_its_bounds(hours: str) -> None:
    result = CliRunner(mix_stderr=False).invoke(main, ["local", "--port", "0", "--behind", hours])
    assert result.exit_code == 2
    assert f"{hours}.0 is not in the range 0.1<=x<=168." in result.stderr
