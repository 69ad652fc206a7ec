"""Links to the console, in the partition and Region of an execution."""

import pytest

from bluegreen.deployment.console import (
    PAGE,
    command,
    links_of,
    place_in_words,
    report_link,
    report_name,
    stack_of,
)
from bluegreen.deployment.deployment import DeploymentKey
from builders import at

USUAL = "arn:aws:states:eu-central-1:123456789012:execution:bluegreen-deployment:deploy-1"


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-central-1", "eu-central-1.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_links_are_of_the_partition_and_the_region(partition: str, region: str, host: str) -> None:
    arn = f"arn:{partition}:states:{region}:123456789012:execution:team-b-deployment:d"
    assert links_of(arn, "churn", ["churn 5xx/#1"]) == {
        "Execution": f"https://{host}/states/home?region={region}#/v2/executions/details/{arn}",
        "Endpoint": f"https://{host}/sagemaker/home?region={region}#/endpoints/churn",
        "Alarm": f"https://{host}/cloudwatch/home?region={region}#alarmsV2:alarm/churn%205xx%2F%231",
    }


@pytest.mark.parametrize(
    "arn",
    ["", "arn", "arn:aws-iso:states:us-iso-east-1:123456789012:execution:m:d", f"{USUAL}:label"],
)
def test_where_no_address_is_known_none_is_made_up(arn: str) -> None:
    assert links_of(arn, "churn") == {}
    assert place_in_words(arn, "churn", ["a"]) == ["Endpoint: churn"]
    assert place_in_words(arn, "") == []


def test_of_many_alarms_two_are_linked_and_a_very_long_name_leads_to_all_alarms() -> None:
    lines = place_in_words(USUAL, "churn", ["a", "\U0001f680" * 255, "c"])
    assert [line.partition(":")[0] for line in lines[:2]] == ['Alarm "a"', f'Alarm "{"🚀" * 79}…"']
    assert lines[0].endswith("#alarmsV2:alarm/a")
    assert lines[1].endswith("#alarmsV2:")
    assert lines[-1] == "Account: 123456789012, eu-central-1"
    assert len(lines) == 5


def test_a_command_names_the_stack_unless_it_is_the_usual_one() -> None:
    other = USUAL.replace("bluegreen-", "team-b-")
    assert command("abort churn", stack_of(USUAL)) == '"bluegreen abort churn"'
    assert command("abort churn", stack_of(other)) == '"bluegreen abort churn --stack-name team-b"'
    assert stack_of("arn") == "bluegreen"


@pytest.mark.parametrize(
    ("endpoint", "id_", "name"),
    [
        ("churn", "deploy-1", "reports/churn/2026-01-05/deploy-1.html"),
        ("Churn-API", "deploy_2", "reports/churn-api/2026-01-05/deploy_2.html"),
        ("", "deploy-1", "reports/no_endpoint/2026-01-05/deploy-1.html"),
    ],
)
def test_a_report_is_named_after_endpoint_day_and_id(endpoint: str, id_: str, name: str) -> None:
    assert report_name(DeploymentKey(endpoint, id_, at(0))) == name


def test_the_link_to_a_report_is_a_page_of_the_console_and_no_presigned_link() -> None:
    key = DeploymentKey("churn", "d\u00e9ploy+1=\ud800", at(0))
    links = report_link(USUAL, key, "the-bucket")
    assert links == {
        "Report": "https://eu-central-1.console.aws.amazon.com/s3/object/the-bucket"
        "?region=eu-central-1&prefix=reports/churn/2026-01-05/d%C3%A9ploy%2B1%3D%3F.html"
    }
    assert PAGE.fullmatch(f"Report: {links['Report']}")


@pytest.mark.parametrize(("arn", "bucket"), [(USUAL, ""), ("arn", "the-bucket")])
def test_no_link_where_no_report_is_stored_or_no_address_is_known(arn: str, bucket: str) -> None:
    assert report_link(arn, DeploymentKey("churn", "d", at(0)), bucket) == {}
