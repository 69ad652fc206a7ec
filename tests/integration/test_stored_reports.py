"""Reports in their bucket: which are stored, when, and what comes of it when they cannot be."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from bluegreen.deployment.chat import amazon_q, slack, teams
from bluegreen_cli.main import main
from bluegreen_simulator.aws.events.bus import emit
from registry_account import FAILING, Registry, running_registry
from report_store import REQUEST, dead_letters, make_green, stored

ENDED: Final = "Step Functions Execution Status Change"
MADE_AT: Final = re.compile(r"<time[^>]*>[^<]*</time>(?=\. All times are UTC)")
"""When a report was made, at its foot."""


def report_of(deployment_id: str) -> str:
    """What the command writes."""
    runner = CliRunner(mix_stderr=False)
    with runner.isolated_filesystem():
        result = runner.invoke(main, ["report", deployment_id, "--output", "page.html"])
        assert (result.exit_code, result.stderr) == (0, "")
        return Path("page.html").read_text(encoding="utf-8")


# ---- Each deployment has its report --------------------------------------------------------


@pytest.fixture(scope="module")
def played() -> Iterator[Registry]:
    """One that was rolled back, one that was rejected, one without an endpoint, and a dry run."""
    with running_registry("churn", StoreReports="true") as registry:
        make_green(registry, FAILING)
        registry.start("rolled-back", REQUEST)
        registry.start("rejected", {**REQUEST, "EndpointConfigName": "nowhere"})
        registry.start("no-name", {**REQUEST, "EndpointName": 5})
        registry.start("dry", {**REQUEST, "DryRun": True})
        yield registry


NAMES: Final = {
    "rolled-back": "reports/churn/2026-01-05/rolled-back.html",
    "rejected": "reports/churn/2026-01-05/rejected.html",
    "no-name": "reports/no_endpoint/2026-01-05/no-name.html",
}


def test_each_deployment_that_has_ended_is_stored_once_and_a_dry_run_is_not(
    played: Registry,
) -> None:
    found = stored(played)
    assert {name: len(versions) for name, versions in found.items()} == dict.fromkeys(
        NAMES.values(), 1
    )


@pytest.mark.parametrize("deployment_id", NAMES)
def test_what_is_stored_is_what_the_command_writes(played: Registry, deployment_id: str) -> None:
    (page,) = stored(played)[NAMES[deployment_id]]
    written = report_of(deployment_id)
    assert MADE_AT.search(page)
    assert MADE_AT.sub("", page) == MADE_AT.sub("", written)


def test_the_report_has_what_comes_last_the_series_and_when_the_end_was_told(
    played: Registry,
) -> None:
    (page,) = stored(played)[NAMES["rolled-back"]]
    told = page[page.index("DEPLOYMENT_ROLLED_BACK") :].partition("</tr>")[0]
    assert "not known to be sent" not in told
    assert "<svg" in page[page.index("churn-5xx") :]


def test_it_is_stored_after_the_end_was_told(played: Registry) -> None:
    """No verdict and no message waits for it."""
    put, *_ = played.calls("PutObject")
    told = [
        entry
        for entry in played.aws.journal.of_kind("notification")
        if entry.data["body"] and "Verdict" in entry.data["body"]
    ]
    assert put.data["function"].startswith("bluegreen-StoreReportFunction-")
    assert put.at >= told[0].at
    assert (put.at - told[0].at).total_seconds() <= 5


@pytest.mark.parametrize("deployment_id", NAMES)
def test_the_message_links_the_object_and_never_signs_a_link(
    played: Registry, deployment_id: str
) -> None:
    (body,) = [
        b for b in played.notifications() if b["DeploymentId"] == deployment_id and "Verdict" in b
    ]
    link = urlsplit(body["Links"]["Report"])
    bucket = played.stack.outputs["ReportsBucketName"]
    assert (link.netloc, link.path) == (
        "eu-central-1.console.aws.amazon.com",
        f"/s3/object/{bucket}",
    )
    assert parse_qs(link.query) == {
        "region": ["eu-central-1"],
        "prefix": [NAMES[deployment_id]],
    }


def test_people_get_the_link_by_email_and_in_chat(played: Registry) -> None:
    (email,) = [
        entry.data["message"]
        for entry in played.aws.journal.of_kind("notification")
        if "ROLLED_BACK (ALARM): " in entry.data["message"]
    ]
    (body,) = played.told("DEPLOYMENT_ROLLED_BACK")
    page = body["Links"]["Report"]
    assert f"\nReport: {page}\n" in email
    told: Any = body
    assert f'"Report: {page}"' in json.dumps(amazon_q(told))
    assert f"<{page.replace('&', '&amp;')}|Report>" in json.dumps(slack(told))
    assert f'"Report: {page}"' in json.dumps(teams(told))


def test_only_the_message_of_the_end_links_it(played: Registry) -> None:
    linking = {b["NotificationId"] for b in played.notifications() if "Report" in b["Links"]}
    assert linking == {b["NotificationId"] for b in played.notifications() if "Verdict" in b}


def test_the_bucket_is_closed_encrypted_and_keeps_versions(played: Registry) -> None:
    s3, bucket = played.aws.client("s3"), played.stack.outputs["ReportsBucketName"]
    blocks = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    owner = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    old, *_ = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert blocks == dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms"}
    assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert old["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert old["Expiration"] == {"ExpiredObjectDeleteMarker": True}


# ---- What happens to executions ------------------------------------------------------------


def event_of(registry: Registry, **members: Any) -> dict[str, Any]:
    """The end of an execution, as Step Functions tells of it."""
    machine = registry.stack.outputs["StateMachineArn"]
    began = int(registry.aws.clock.now().timestamp() * 1000)
    return {
        "stateMachineArn": machine,
        "executionArn": machine.replace(":stateMachine:", ":execution:") + ":rejected",
        "name": "rejected",
        "status": "FAILED",
        "startDate": began,
        "stopDate": began,
        "input": json.dumps(REQUEST),
        **members,
    }


def test_a_hundred_duplicates_store_the_same_report_and_tell_nobody(played: Registry) -> None:
    ended = next(
        entry.data["detail"]
        for entry in played.aws.journal.of_kind("event")
        if entry.data["detail"].get("name") == "rejected"
        and entry.data["detail"]["status"] == "FAILED"
    )
    told = len(played.notifications())
    for _ in range(100):
        emit("aws.states", ENDED, ended, [])
    played.sleep(60)
    pages = stored(played)[NAMES["rejected"]]
    assert len({MADE_AT.sub("", page) for page in pages}) == 1
    assert len(pages) == 101
    assert len(played.notifications()) == told
    assert dead_letters(played) == []


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"name": "unheard-of"}, id="of nothing that we know"),
        pytest.param({}, id="of an id that was used long ago"),
        pytest.param({"name": "x", "input": None}, id="without its input"),
        pytest.param({"name": "x", "input": "[" * 10_000}, id="with an input too deep to read"),
        pytest.param({"name": "x", "input": '{"Adopt": 1}'}, id="of no adoption"),
        pytest.param(
            {"name": "x", "input": '{"Adopt": {"DeploymentId": "rejected", "StartedAt": "soon"}}'},
            id="of an adoption without a time",
        ),
        pytest.param(
            {
                "name": "x",
                "input": '{"Adopt": {"DeploymentId": "none", "StartedAt": "0001-01-01T00:00:00Z"}}',
            },
            id="of an adoption long before",
        ),
        pytest.param(
            {
                "name": "x",
                "input": f'{{"Adopt": {{"DeploymentId": "{"d" * 3000}",'
                ' "StartedAt": "2026-01-05T09:00:00.000Z"}}',
            },
            id="of an adoption with an id that no execution can have",
        ),
        pytest.param(
            {"name": "x", "input": '{"Adopt": {"DeploymentId": "rejected"}}'},
            id="of an adoption without a start",
        ),
    ],
)
def test_an_execution_that_concluded_nothing_stores_nothing(
    played: Registry, members: dict[str, Any]
) -> None:
    before = {name: len(pages) for name, pages in stored(played).items()}
    played.sleep(3600)
    emit("aws.states", ENDED, event_of(played, **members), [])
    played.sleep(600)
    assert {name: len(pages) for name, pages in stored(played).items()} == before
    assert dead_letters(played) == []
