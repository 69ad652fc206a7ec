"""The command `local` as a child process, and AWS's own clients as others.

What it refuses is asked of the command in this process.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner, Result

from bluegreen_cli.main import main
from heavy import sampled

BIN = Path(sys.executable).parent
SPEED = 200
CLIENT = {
    "AWS_ACCESS_KEY_ID": "anything",
    "AWS_SECRET_ACCESS_KEY": "anything",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "PATH": os.environ["PATH"],  # noqa: TID251 - what a child process is started with
}


@dataclass
class Running:
    """A running `bluegreen local`: its process and the line it printed."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    def run(self, *command: str, expect: int = 0) -> str:
        """Run a client with nothing but the address; what it printed."""
        environment = CLIENT | {"AWS_ENDPOINT_URL": self.ready["endpoint_url"]}
        done = subprocess.run(  # noqa: S603 - our own commands
            [str(BIN / command[0]), *command[1:]],
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout

    @contextlib.contextmanager
    def at_speed(self, speed: float) -> Iterator[None]:
        """Let time run so fast meanwhile, for who needs real time for what it does."""
        self._set_speed(speed)
        try:
            yield
        finally:
            self._set_speed(SPEED)

    def _set_speed(self, speed: float) -> None:
        url = f"{self.ready['endpoint_url']}/_bluegreen/clock"
        body = json.dumps({"speed": speed}).encode()
        asked = Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - our own
        with urlopen(asked, timeout=60) as answer:  # noqa: S310 - our own
            assert json.load(answer)["speed"] == speed

    def aws(self, *command: str) -> Any:
        """Run the AWS CLI; its answer."""
        printed = self.run("aws", *command, "--output", "json")
        return json.loads(printed) if printed.strip() else None


def start(*options: str) -> "subprocess.Popen[str]":
    unset = ("PYTHONUNBUFFERED", "AWS_ENDPOINT_URL")  # which would hide a line that waits
    environment = {k: v for k, v in os.environ.items() if k not in unset}  # noqa: TID251 - likewise
    return subprocess.Popen(  # noqa: S603 - our own command
        [str(BIN / "bluegreen"), "local", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def refused(*arguments: object) -> Result:
    """What a command says that ends before it has begun to serve or to follow."""
    result = CliRunner(mix_stderr=False).invoke(main, [*map(str, arguments)])
    assert result.stdout == ""
    assert isinstance(result.exception, SystemExit)
    return result


@pytest.fixture(scope="module")
def local() -> Iterator[Running]:
    process = start("--port", "0", "--speed", str(SPEED))
    assert process.stdout is not None
    try:
        yield Running(process, json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_the_ready_line_says_all_that_a_client_needs(local: Running) -> None:
    ready = local.ready
    assert set(ready) == {
        "endpoint_url",
        "region",
        "account_id",
        "state_machine_arn",
        "topic_arn",
        "chat_topic_arn",
        "speed",
        "virtual_start",
        "behind",
    }
    assert ready["endpoint_url"].startswith("http://127.0.0.1:")
    assert (ready["speed"], ready["behind"]) == (SPEED, False)
    assert datetime.fromisoformat(ready["virtual_start"]).tzinfo is not None
    machines = local.aws("stepfunctions", "list-state-machines")["stateMachines"]
    assert [machine["stateMachineArn"] for machine in machines] == [ready["state_machine_arn"]]
    topics = {topic["TopicArn"] for topic in local.aws("sns", "list-topics")["Topics"]}
    assert {ready["topic_arn"], ready["chat_topic_arn"]} < topics


def test_a_bucket_that_is_not_there_is_said_not_to_be_there(local: Running) -> None:
    script = (
        "import boto3, botocore;"
        "s3 = boto3.client('s3');"
        "code = None\ntry: s3.head_bucket(Bucket='nowhere')\n"
        "except botocore.exceptions.ClientError as error: print(error.response['Error']['Code'])"
    )
    assert local.run("python", "-c", script).strip() == "404"


def make_endpoint(local: Running, name: str, green_error_rate: float = 0) -> None:
    role = "arn:aws:iam::123456789012:role/model"
    for color, rate in (("blue", 0), ("green", green_error_rate)):
        config = f"{name}-{color}"
        environment = f"SIMULATED_PROVISIONING_SECONDS=60,SIMULATED_ERROR_RATE={rate}"
        container = f"Image=model:1,Environment={{{environment}}}"
        local.aws(
            *("sagemaker", "create-model", "--model-name", config),
            *("--execution-role-arn", role, "--primary-container", container),
        )
        variant = f"VariantName=main,ModelName={config},InitialInstanceCount=4"
        local.aws(
            *("sagemaker", "create-endpoint-config", "--endpoint-config-name", config),
            *("--production-variants", f"{variant},InstanceType=ml.m5.xlarge"),
        )
    local.aws(
        *("sagemaker", "create-endpoint", "--endpoint-name", name),
        *("--endpoint-config-name", f"{name}-blue"),
    )
    local.aws("sagemaker", "wait", "endpoint-in-service", "--endpoint-name", name)


def request_file(folder: Path, name: str, **members: Any) -> str:
    path = folder / "request.json"
    body = {
        "EndpointName": name,
        "EndpointConfigName": f"{name}-green",
        "DeploymentConfigName": "Canary25Percent5Minutes",
        "AllowFindings": ["no-alarms"],
    }
    path.write_text(json.dumps({**body, **members}), encoding="utf-8")
    return str(path)


def test_deploy_follows_a_canary_to_its_end_and_exits_by_its_verdict(
    local: Running, tmp_path: Path
) -> None:
    make_endpoint(local, "churn")
    request = request_file(tmp_path, "churn")
    deployment_id = local.run("bluegreen", "deploy", request, "--wait").strip()
    assert deployment_id.startswith("churn-")
    described = local.aws("sagemaker", "describe-endpoint", "--endpoint-name", "churn")
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == (
        "InService",
        "churn-green",
    )
    local.run("bluegreen", "deploy", request, "--wait", expect=11)


def test_a_request_may_supersede_and_people_may_abort_and_forget(local: Running) -> None:
    (stack,) = local.aws("cloudformation", "describe-stacks")["Stacks"]
    function = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}[
        "AbortDeploymentFunctionName"
    ]
    found = local.aws("lambda", "get-function-configuration", "--function-name", function)
    assert found["Environment"]["Variables"]["ALLOW_SUPERSEDE"] == "true"
    said = local.run("bluegreen", "abort", "idle", "--reason", "to be sure")
    assert said == "No deployment runs on endpoint idle, so nothing was aborted.\n"
    assert local.run("bluegreen", "forget", "idle").startswith("Removed what was kept for")


REQUESTS = """
import boto3, sys
runtime = boto3.client("sagemaker-runtime")
while True:
    try:
        runtime.invoke_endpoint(EndpointName=sys.argv[1], Body=b"1,2,3", ContentType="text/csv")
    except runtime.exceptions.ModelError:
        pass
"""


@pytest.mark.slow
def test_a_canary_that_fails_real_requests_is_rolled_back(local: Running, tmp_path: Path) -> None:
    make_endpoint(local, "failing", green_error_rate=1)
    local.aws(
        *("cloudwatch", "put-metric-alarm", "--alarm-name", "failing-5xx"),
        *("--namespace", "AWS/SageMaker", "--metric-name", "Invocation5XXErrors"),
        *("--dimensions", "Name=EndpointName,Value=failing", "Name=VariantName,Value=main"),
        *("--statistic", "Average", "--period", "60", "--threshold", "0.05"),
        *("--evaluation-periods", "3", "--datapoints-to-alarm", "2"),
        *("--comparison-operator", "GreaterThanThreshold"),
        *("--treat-missing-data", "notBreaching"),
    )
    alarms = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "failing-5xx"}]}}
    request = request_file(tmp_path, "failing", DeploymentConfig=alarms)
    environment = CLIENT | {"AWS_ENDPOINT_URL": local.ready["endpoint_url"]}
    command = [str(BIN / "python"), "-c", REQUESTS, "failing"]
    requests = subprocess.Popen(command, env=environment)  # noqa: S603 - our own command
    try:
        with local.at_speed(30):  # at 200 a busy machine sends too few in a bake of 300 s
            local.run("bluegreen", "deploy", request, "--wait", expect=10)
    finally:
        requests.terminate()
        requests.wait(timeout=30)
    described = local.aws("sagemaker", "describe-endpoint", "--endpoint-name", "failing")
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == (
        "InService",
        "failing-blue",
    )
    history = local.aws("cloudwatch", "describe-alarm-history", "--alarm-name", "failing-5xx")
    assert "Alarm updated from OK to ALARM" in {
        item["HistorySummary"] for item in history["AlarmHistoryItems"]
    }


@pytest.mark.slow
def test_the_stages_of_an_execution_stay_within_five_percent_of_the_plan(local: Running) -> None:
    make_endpoint(local, "paced")
    request = {
        "EndpointName": "paced",
        "EndpointConfigName": "paced-green",
        "DeploymentConfigName": "Canary25Percent8Minutes",
        "AllowFindings": ["no-alarms"],
    }
    execution = local.aws(
        *("stepfunctions", "start-execution", "--input", json.dumps(request)),
        *("--state-machine-arn", local.ready["state_machine_arn"]),
    )["executionArn"]
    record = await_end(local, execution)
    times = [datetime.fromisoformat(stage["StartedAt"]) for stage in record["Stages"]]
    times.append(datetime.fromisoformat(record["Stages"][-1]["EndedAt"]))
    took = (times[-1] - times[0]).total_seconds()
    planned = 60 + 20 + 480 + 20 + 480 + 30
    assert abs(took - planned) <= planned * 0.05


def await_end(local: Running, execution: str) -> Any:
    for _ in range(60):
        found = local.aws("stepfunctions", "describe-execution", "--execution-arn", execution)
        if found["status"] != "RUNNING":
            return json.loads(found.get("output") or found["cause"])
    raise AssertionError("the execution goes on and on")


@pytest.mark.parametrize("number", sampled([signal.SIGINT, signal.SIGTERM], 2))
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    process = start("--port", "0")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    printed, complained = process.communicate(timeout=30)
    assert (process.returncode, printed, complained) == (0, "", "")


def test_a_port_in_use_is_said_in_one_line() -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        result = refused("local", "--port", port)
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: Port {port} cannot be used: Address already in use")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--port", "70000"), 2, "70000 is not in the range 0<=x<=65535."),
        (("--speed", "0"), 2, "0.0 is not in the range 1<=x<=1000."),
        (("--parameter", "x"), 2, "Expected KEY=VALUE, got x."),
        (("--parameter", "a=1", "--parameter", "a=1"), 2, '"a" is given more than once.'),
        (("--parameter", "Colour=blue"), 1, "The template has no parameter Colour."),
        (("--parameter", "LogRetentionInDays=8"), 1, "LogRetentionInDays"),
    ],
)
def test_a_bad_option_is_said_in_a_clear_line(
    options: tuple[str, ...], code: int, words: str
) -> None:
    result = refused("local", "--port", "0", *options)
    assert result.exit_code == code
    assert words in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "request.json cannot be read as JSON"),
        ('{"Reason": 1, "Reason": 2}', 'it has the member "Reason" twice.'),
        ("[1]", "request.json must hold a JSON object, not [1]."),
    ],
)
def test_deploy_refuses_what_is_no_request(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "request.json"
    path.write_text(content, encoding="utf-8")
    result = refused("deploy", path)
    assert result.exit_code == 1
    assert words in result.stderr


SLOW_TO_CREATE = """
import boto3, time
sagemaker = boto3.client("sagemaker")
container, role = {"Image": "a-model:1"}, "arn:aws:iam::123456789012:role/m"
sagemaker.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=container)
variant = {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1}
variant["InstanceType"] = "ml.m5.large"
sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
time.sleep(2)  # 2,000 seconds of virtual time, where 300 would do without the file
print(sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"])
"""


@pytest.mark.slow
def test_models_of_an_image_behave_as_a_file_says(tmp_path: Path) -> None:
    path = tmp_path / "behaviors.yaml"
    path.write_text("- {image: model, provisioning_seconds: 28800}\n", encoding="utf-8")
    process = start("--port", "0", "--speed", "1000", "--behaviors", str(path))
    assert process.stdout is not None
    try:
        slow = Running(process, json.loads(process.stdout.readline()))
        assert slow.run("python", "-c", SLOW_TO_CREATE).strip() == "Creating"
    finally:
        process.terminate()
        process.communicate(timeout=30)


FORTY_CALLS = """
import boto3, time
sagemaker, runtime = boto3.client("sagemaker"), boto3.client("sagemaker-runtime")
container = {"Image": "a-model:1", "Environment": {"SIMULATED_ERROR_RATE": "0.5"}}
role = "arn:aws:iam::123456789012:role/m"
sagemaker.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=container)
variant = {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1}
variant["InstanceType"] = "ml.m5.large"
sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
while sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] == "Creating":
    time.sleep(0.1)
def call():
    try:
        runtime.invoke_endpoint(EndpointName="e", ContentType="text/csv", Body="1,2")
    except runtime.exceptions.ModelError:
        return "x"
    return "."
print("".join(call() for _ in range(40)))
time.sleep(0.2)  # 200 seconds of virtual time
for metric in boto3.client("cloudwatch").list_metrics()["Metrics"]:
    if "EndpointConfigName" in {dimension["Name"] for dimension in metric["Dimensions"]}:
        print(metric["MetricName"])
"""


def test_with_a_seed_calls_are_answered_by_chance_and_metrics_are_as_assumed() -> None:
    options = ("--seed", "1", "--metrics-by-config", "documented")
    process = start("--port", "0", "--speed", "1000", *options)
    assert process.stdout is not None
    try:
        drawn = Running(process, json.loads(process.stdout.readline()))
        answers, *by_config = drawn.run("python", "-c", FORTY_CALLS).split()
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert 7 < answers.count("x") < 33  # 20, within four sigmas
    assert "xx" in answers  # every other one fails without a seed
    assert sorted(by_config) == ["Invocations", "ModelLatency"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "bad.yaml cannot be read: "),
        ("- {image: x, image: y}", 'bad.yaml cannot be read: it has the member "[0].image" twice'),
        ("a: b", "bad.yaml is {'a': 'b'}. Allowed: a list of behaviours."),
        ("- {error_rate: 0.5}", "bad.yaml[0].image is missing. Give a part of an image's name."),
        ("- {image: x, error_rate: 2}", "bad.yaml[0].error_rate is 2. Allowed: a number from"),
        ("- {image: x, colour: 2}", '"bad.yaml[0].colour" is not known. Allowed: image, error'),
    ],
)
def test_bad_behaviors_are_refused_in_a_clear_line(
    tmp_path: Path, content: str, words: str
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(content, encoding="utf-8")
    result = refused("local", "--port", "0", "--behaviors", path)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {words}")
