"""The page of the local server in a real browser, where there is one."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError

from pictures.browser import Browser, Screen, found
from pictures.browser import browser as running_browser

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(found() is None, reason="there is no Chromium here"),
]

DESK: Final = Screen(1280, 800)
PHONE: Final = Screen(390, 844, phone=True)
BIN: Final = Path(sys.executable).parent
HOSTILE: Final = '<img src=x onerror="hacked=1"><script>hacked=1</script>'
FRAMED: Final = """
framed = false
frame = document.createElement('iframe')
frame.onload = () => {{ framed = true }}
frame.src = '{}'
document.body.append(frame)
"""
BROKEN: Final = (
    "document.querySelectorAll('main img:not(#timeline), body script, main iframe').length"
)


@pytest.fixture
def ready() -> Iterator[dict[str, Any]]:
    command = [str(BIN / "bluegreen"), "local", "--port", "0", "--speed", "200"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture
def browser(ready: dict[str, Any]) -> Iterator[Browser]:
    """A browser that is closed before the server is, which its page would miss."""
    assert ready
    with running_browser() as ours:
        yield ours


def client(ready: dict[str, Any], service: str) -> Any:
    make: Any = boto3.client
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    return make(service, endpoint_url=ready["endpoint_url"], region_name=ready["region"], **keys)


def test_a_deployment_is_started_followed_and_broken_with_the_keyboard(
    browser: Browser, ready: dict[str, Any]
) -> None:
    browser.show(ready["endpoint_url"], DESK)
    browser.await_text("Begin with a sample")
    browser.value("document.getElementById('make-sample').focus()")
    browser.press("Enter")
    browser.await_text("is being created")
    browser.await_text("InService")
    for _ in range(3):  # policy, model, start
        browser.press("Tab")
    assert browser.value("document.activeElement.textContent") == "Start"
    browser.press("Enter")
    browser.await_text("Started the deployment churn-green-1.")
    browser.await_true("document.getElementById('state').textContent === 'BAKING'")
    browser.await_true("!document.getElementById('break').disabled")
    browser.value("document.getElementById('break').click()")
    browser.await_text("ROLLED BACK (ALARM)")
    drawing = "document.getElementById('timeline')"
    assert "rolling back" in browser.value(f"{drawing}.alt")
    browser.await_true(f"{drawing}.complete && {drawing}.naturalWidth > 0")
    assert "churn-5xx in ALARM at " in browser.value("document.getElementById('marks').innerText")
    assert browser.heard == []


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_nothing_is_wider_than_the_window_and_everything_has_a_name(
    browser: Browser, ready: dict[str, Any], screen: Screen
) -> None:
    client(ready, "sns").publish(
        TopicArn=ready["topic_arn"], Subject="s" * 99, Message="without-a-gap-" * 100
    )
    browser.show(ready["endpoint_url"], screen)
    browser.await_text("sss")
    browser.value("document.querySelector('#messages summary').click()")
    assert browser.value("document.documentElement.scrollWidth") <= screen.width
    assert browser.unnamed() == []
    assert browser.heard == []


def test_names_reasons_and_texts_of_others_are_text(
    browser: Browser, ready: dict[str, Any]
) -> None:
    client(ready, "cloudwatch").put_metric_alarm(
        AlarmName=f"alarm {HOSTILE}",
        Namespace="AWS/SageMaker",
        MetricName=f"metric {HOSTILE}",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    client(ready, "sns").publish(
        TopicArn=ready["topic_arn"],
        Subject=f"subject {HOSTILE}",
        Message=f"message {HOSTILE}",
        MessageAttributes={"Severity": {"DataType": "String", "StringValue": HOSTILE}},
    )
    client(ready, "stepfunctions").start_execution(
        stateMachineArn=ready["state_machine_arn"],
        input=json.dumps({"EndpointName": "churn", "EndpointConfigName": f"config {HOSTILE}"}),
    )
    browser.show(ready["endpoint_url"], DESK)
    for text in (f"alarm {HOSTILE}", f"metric {HOSTILE}", f"subject {HOSTILE}", "REJECTED"):
        browser.await_text(text)
    browser.value("document.querySelectorAll('details').forEach(one => one.open = true)")
    browser.await_text(f"message {HOSTILE}")
    assert browser.value(BROKEN) == 0
    assert browser.value("typeof hacked") == "undefined"
    assert browser.heard == []


def test_another_page_can_neither_act_nor_read_nor_frame(
    browser: Browser, ready: dict[str, Any]
) -> None:
    browser.show("data:text/html,<title>elsewhere</title>", DESK)
    url = ready["endpoint_url"]
    for body in ("new Blob(['{}'], {type: 'application/json'})", "'{}'"):
        asked = f"{{method: 'POST', mode: 'no-cors', body: {body}}}"
        sent = f"fetch('{url}/_bluegreen/page/make-sample', {asked})"
        browser.value(f"{sent}.then(() => 0, () => 0)")
    read = f"fetch('{url}/_bluegreen/page/view').then(() => 'read', () => 'refused')"
    assert browser.value(read) == "refused"
    browser.value(FRAMED.format(url))
    browser.await_true("framed")
    assert browser.value("frames[0].length") == 0
    with pytest.raises(ClientError):
        client(ready, "sagemaker").describe_endpoint(EndpointName="churn")
