"""`bluegreen plan` as a user calls it: on a file that describes the world, and on an account."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import boto3
import pytest
from click.testing import CliRunner, Result

from bluegreen_cli.main import main
from bluegreen_simulator.aws.sagemaker.meters import add_traffic
from sagemaker_account import Account, running_account

ROOT = Path(__file__).parents[2]
CANARY = ROOT / "events/requests/canary.json"
PACKAGE = ROOT / "events/requests/model-package.json"
WORLD = ROOT / "events/worlds/churn.json"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["plan", *map(str, arguments)])


def printed(*arguments: str | Path) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(run(*arguments, "--json").stdout)
    return body


def changed(path: Path, folder: Path, **members: Any) -> Path:
    body = json.loads(path.read_text("utf-8"))
    copy = folder / path.name
    copy.write_text(json.dumps({**body, **members}), "utf-8")
    return copy


def texts(picture: Path) -> list[str]:
    """The texts of a drawing."""
    root = ET.fromstring(picture.read_text("utf-8"))  # noqa: S314 - our own
    return [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_plan_of_the_sample_on_the_sample_world() -> None:
    result = run(CANARY, "--world", WORLD)
    assert result.exit_code == 0
    assert "BAKING                  25 %        0:05:20   0:10:00      4       4" in result.stdout
    assert "Predicted length 0:26:10 (0:23:10 to 0:51:10)" in result.stdout
    assert "Extra cost: 1.74 instance-hours\n" in result.stdout
    assert "No price is known for ml.m5.xlarge." in result.stdout
    assert "INFO share-rounded: CanarySize of variant " in result.stdout


def test_a_price_makes_it_a_cost() -> None:
    result = run(CANARY, "--world", WORLD, "--price", "ml.m5.xlarge=0.5")
    assert "Extra cost: 1.74 instance-hours, at most 0.87 USD" in result.stdout
    assert run(CANARY, "--world", WORLD, "--price", "ml.m5.xlarge=much").exit_code == 2


def test_the_json_has_findings_plan_and_whether_it_would_be_rejected() -> None:
    body = printed(CANARY, "--world", WORLD)
    assert set(body) == {"Findings", "Plan", "WouldBeRejected"}
    assert body["WouldBeRejected"] is False
    assert body["Plan"]["PredictedSeconds"] == 1570
    assert body["Plan"]["Price"] == {"ExtraInstanceHours": 1.74, "PricesMissing": ["ml.m5.xlarge"]}
    assert [(f["Severity"], f["Id"]) for f in body["Findings"]] == [
        ("INFO", "share-rounded"),
        ("INFO", "alarm-sees-both-fleets"),
    ]
    assert body["Plan"]["NotChecked"] == []


GUARDED = {"Rate5XX": 0.005, "Rate4XX": 0.02, "LatencyMilliseconds": {"p90": 80}}


def test_what_guardrails_come_to_stands_in_the_plan(tmp_path: Path) -> None:
    request = changed(CANARY, tmp_path, Guardrails="Default")
    world = changed(WORLD, tmp_path, Traffic={"main": {"MeanPerMinute": 20, **GUARDED}})
    result = run(request, "--world", world, "--stack-name", "prod")
    assert result.exit_code == 0
    row = " main      5xx           0.5 % 5XX   2.5 % 5XX          20 % 5XX        99.5 %"
    assert row in [line.rstrip() for line in result.stdout.splitlines()]
    assert "Alarms of the guardrails: 9 metrics, 0.90 USD a month\n" in result.stdout
    plan = printed(request, "--world", world, "--stack-name", "prod")["Plan"]
    assert plan["Guardrails"][0]["AlarmName"] == "prod-guardrail-churn/main/5xx"
    assert plan["Price"]["GuardrailsUsdAMonth"] == 0.9


def test_the_table_of_protection_and_the_picture_name_guardrails_in_short(tmp_path: Path) -> None:
    policy = json.loads(CANARY.read_text("utf-8"))["DeploymentConfig"]
    del policy["AutoRollbackConfiguration"]
    request = changed(CANARY, tmp_path, Guardrails="Default", DeploymentConfig=policy)
    world = changed(WORLD, tmp_path, Traffic={"main": {"MeanPerMinute": 600, **GUARDED}})
    picture = tmp_path / "plan.svg"
    result = run(request, "--world", world, "--svg", picture)
    rows = [line.split() for line in result.stdout.splitlines() if " guardrail " in line]
    assert [row[-6:-3] for row in rows] == [
        ["once", "guardrail", "5xx"],
        ["answers", "guardrail", "latency-p90"],
    ]
    drawn = [text for text in texts(picture) if text.endswith(" of main")]
    assert drawn == ["5XX of main", "4XX of main", "p90 latency of main"]


def test_a_world_that_does_not_tell_blues_week_leaves_guardrails_unknown(tmp_path: Path) -> None:
    world = changed(WORLD, tmp_path, Traffic={"main": {"MeanPerMinute": 600}})
    result = run(changed(CANARY, tmp_path, Guardrails="Default"), "--world", world)
    assert result.exit_code == 11
    assert "ERROR guardrails-not-known: " in result.stdout
    assert "Give Rate5XX, Rate4XX and LatencyMilliseconds in Traffic" in result.stdout


def test_what_the_world_does_not_say_was_not_checked_and_the_plan_says_so(tmp_path: Path) -> None:
    world = json.loads(WORLD.read_text("utf-8"))
    del world["RolesMayDescribeAlarms"], world["Quotas"]
    path = tmp_path / "world.json"
    path.write_text(json.dumps(world), "utf-8")
    roles, quotas = printed(CANARY, "--world", path)["Plan"]["NotChecked"]
    assert roles.endswith(
        "(stack parameter CheckRoles, or RolesMayDescribeAlarms in a --world file)"
    )
    assert quotas.startswith("instance quotas for 4 more ml.m5.xlarge at the same time (stack")
    result = run(CANARY, "--world", path)
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("Not checked: ")]
    assert line == f"Not checked: {roles}; {quotas}."
    assert "WARNING" not in result.stdout


def test_a_request_that_would_be_rejected_exits_with_11(tmp_path: Path) -> None:
    request = changed(CANARY, tmp_path, EndpointConfigName="churn-blue")
    result = run(request, "--world", WORLD)
    assert result.exit_code == 11
    assert "ERROR same-config:" in result.stdout
    assert "would be REJECTED" in result.stdout


def test_a_malformed_request_has_findings_and_no_plan(tmp_path: Path) -> None:
    request = changed(CANARY, tmp_path, Surprise=1)
    assert run(request, "--world", WORLD).exit_code == 11
    body = printed(request, "--world", WORLD)
    assert ([f["Id"] for f in body["Findings"]], body["Plan"]) == (["unknown-member"], {})


def test_other_provisioning_moves_everything_behind_it() -> None:
    plan = printed(CANARY, "--world", WORLD, "--provisioning-seconds", "900")["Plan"]
    assert (plan["PredictedSeconds"], plan["LeastSeconds"], plan["MostSeconds"]) == (
        2170,
        1390,
        3070,
    )


def test_the_other_modes_stand_beside() -> None:
    lines = run(CANARY, "--world", WORLD, "--compare").stdout.splitlines()
    modes = ("ALL_AT_ONCE", "▸ CANARY 30 %", "LINEAR 10 %", "ROLLING 25 %")
    rows = [line.strip() for line in lines if line.strip().startswith(modes)]
    assert [row.split("  ")[0] for row in rows] == list(modes)
    assert rows[0].split()[1:] == ["0:15:50", "600", "s", "100", "%", "1.06"]


def test_the_picture_is_an_svg_with_the_alarms(tmp_path: Path) -> None:
    picture = tmp_path / "plan.svg"
    assert run(CANARY, "--world", WORLD, "--svg", picture).exit_code == 0
    assert {"churn to churn-green", "churn-5xx", "churn-latency"} <= set(texts(picture))


def test_the_picture_in_the_readme_is_what_its_command_draws(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (command,) = [
        line for line in readme.splitlines() if line.startswith(".venv/bin/bluegreen plan")
    ]
    _, _, request, *options = command.split()
    drawn = tmp_path / options.pop()
    world = options.index("--world") + 1
    options[world] = str(ROOT / options[world])
    assert run(ROOT / request, *options, drawn).exit_code == 0
    assert drawn.read_text("utf-8") == (ROOT / "docs/plan.svg").read_text("utf-8")


def test_a_model_package_is_planned_as_the_config_that_would_be_made(tmp_path: Path) -> None:
    picture = tmp_path / "plan.svg"
    result = run(PACKAGE, "--world", WORLD, "--compare", "--svg", picture)
    assert result.exit_code == 0
    assert "BAKING                  25 %        0:05:20   0:10:00      4       4" in result.stdout
    assert "▸ CANARY 25 %" in result.stdout
    assert "churn to model package churn/2" in texts(picture)
    body = printed(PACKAGE, "--world", WORLD)
    assert (body["WouldBeRejected"], body["Plan"]["PredictedSeconds"]) == (False, 1570)
    assert {f["Id"] for f in body["Findings"]} == {"alarm-sees-both-fleets"}


def test_a_model_package_that_may_not_be_deployed_is_told_so(tmp_path: Path) -> None:
    other = changed(PACKAGE, tmp_path, VariantName="shadow")
    world = changed(WORLD, tmp_path, Tags={}, ModelPackages=[])
    result = run(other, "--world", world)
    assert result.exit_code == 11
    assert "ERROR package-missing:" in result.stdout
    assert "ERROR variant-missing:" in result.stdout
    nameless = json.loads(WORLD.read_text("utf-8"))["Endpoint"]
    del nameless["EndpointArn"]
    refused = run(PACKAGE, "--world", changed(WORLD, tmp_path, Endpoint=nameless))
    assert refused.exit_code == 1
    assert "Error: Endpoint.EndpointArn is missing. Allowed: an ARN.\n" in refused.output


@pytest.fixture
def creation(tmp_path: Path) -> Path:
    """The sample request, whose requester accepts that the endpoint is created."""
    return changed(CANARY, tmp_path, AllowFindings=["endpoint-will-be-created"])


@pytest.fixture
def empty_world(tmp_path: Path) -> Path:
    """The sample world without its endpoint."""
    body = json.loads(WORLD.read_text("utf-8"))
    del body["Endpoint"]
    path = tmp_path / "empty.json"
    path.write_text(json.dumps(body), "utf-8")
    return path


def test_a_creation_has_one_stage_and_no_chart(creation: Path, empty_world: Path) -> None:
    result = run(creation, "--world", empty_world)
    assert result.exit_code == 0
    assert "PROVISIONING             0 %        0:00:00   0:05:00      0       4" in result.stdout
    assert "Predicted length 0:05:00 (0:02:00 to 0:30:00)\n" in result.stdout
    assert "Extra cost: 0.33 instance-hours" in result.stdout
    wanted = "WARNING endpoint-will-be-created: Accepted by AllowFindings: There is no endpoint"
    assert wanted in result.stdout
    assert [word for word in ("BAKING", "bakes", "█") if word in result.stdout] == []


def test_a_creation_that_nobody_accepted_is_planned_and_would_be_rejected(
    empty_world: Path,
) -> None:
    result = run(CANARY, "--world", empty_world)
    assert result.exit_code == 11
    assert 'ERROR endpoint-will-be-created: There is no endpoint "churn"' in result.stdout
    assert "PROVISIONING             0 %        0:00:00   0:05:00      0       4" in result.stdout


def test_a_creation_is_compared_with_nothing(creation: Path, empty_world: Path) -> None:
    lines = run(creation, "--world", empty_world, "--compare").stdout.splitlines()
    rows = [line.split() for line in lines if "▸" in line or "%" in line]
    assert rows == [
        ["PROVISIONING", "0", "%", "0:00:00", "0:05:00", "0", "4"],
        ["▸", "CREATION", "0:05:00", "none", "100", "%", "0.33"],
        ["▸", "as", "requested"],
    ]


def test_a_creation_is_drawn_without_alarms(
    creation: Path, empty_world: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "plan.svg"
    assert run(creation, "--world", empty_world, "--svg", picture).exit_code == 0
    drawn = texts(picture)
    assert {"churn to churn-green", "CREATION, 4 instances, 0:05:00", "none"} <= set(drawn)
    assert "churn-5xx" not in drawn


def test_a_creation_as_json(creation: Path, empty_world: Path) -> None:
    body = printed(creation, "--world", empty_world)
    assert (body["WouldBeRejected"], body["Plan"]["Mode"]) == (False, "CREATION")
    assert [stage["Stage"] for stage in body["Plan"]["Stages"]] == ["PROVISIONING"]
    assert [f["Id"] for f in body["Findings"]] == ["endpoint-will-be-created"]


@pytest.mark.parametrize("request_file", [CANARY, ROOT / "events/requests/rolling.json"])
def test_in_a_creation_every_policy_is_the_same(
    request_file: Path, empty_world: Path, tmp_path: Path
) -> None:
    creation = changed(request_file, tmp_path, AllowFindings=["endpoint-will-be-created"])
    assert run(creation, "--world", empty_world, "--compare").exit_code == 0
    plan = printed(creation, "--world", empty_world)["Plan"]
    assert (plan["Mode"], plan["PredictedSeconds"]) == ("CREATION", 300)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read as JSON"),
        ("[" * 200_000, "world.json cannot be read as JSON: it is nested too deeply."),
        (
            '{"Endpoint": {"EndpointName": "a", "EndpointName": "b"}}',
            '"Endpoint.EndpointName" twice',
        ),
        ('{"Endpont": {}}', "Endpont"),
        ('{"Endpoint": {"EndpointName": 7}}', "Endpoint"),
    ],
)
def test_a_world_that_is_wrong_is_refused_by_name(content: str, words: str, tmp_path: Path) -> None:
    world = tmp_path / "world.json"
    world.write_text(content, "utf-8")
    result = run(CANARY, "--world", world)
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"EndpointName": "a", "EndpointName": "b"}', 'it has the member "EndpointName" twice.'),
        ('{"DeploymentConfig": {"a": [{"b": 1, "b": 1}]}}', '"DeploymentConfig.a[0].b" twice.'),
        ("[" * 200_000, "it is nested too deeply."),
        ('{"DryRun": NaN}', "NaN is not a number in JSON."),
    ],
)
def test_a_request_that_is_wrong_is_refused_by_name(
    content: str, words: str, tmp_path: Path
) -> None:
    request = tmp_path / "request.json"
    request.write_text(content, "utf-8")
    result = run(request, "--world", WORLD)
    assert result.exit_code == 1
    assert result.output.startswith("Error: request.json cannot be read as JSON: ")
    assert words in result.output
    assert "Traceback" not in result.output


def test_numbers_with_points_are_whole_in_request_and_world(tmp_path: Path) -> None:
    def pointed(path: Path) -> Path:
        copy = tmp_path / path.name
        copy.write_text(re.sub(r"(: \d+)(?=[,\n}])", r"\1.0", path.read_text("utf-8")), "utf-8")
        assert ": 600.0" in copy.read_text("utf-8") or ": 4.0" in copy.read_text("utf-8")
        return copy

    assert printed(pointed(CANARY), "--world", pointed(WORLD)) == printed(CANARY, "--world", WORLD)


def test_the_same_price_twice_is_refused() -> None:
    result = run(CANARY, "--world", WORLD, "--price", "ml.m5.xlarge=1", "--price", "ml.m5.xlarge=2")
    assert result.exit_code == 2
    assert '"ml.m5.xlarge" is given more than once.' in result.output


@pytest.mark.parametrize(("stack", "rejected"), [("bluegreen", False), ("another", True)])
def test_a_retained_policy_goes_without_the_abort_alarm_of_the_stack(
    stack: str, rejected: bool, tmp_path: Path
) -> None:
    config = json.loads(CANARY.read_text("utf-8"))["DeploymentConfig"]
    alarms = config["AutoRollbackConfiguration"]["Alarms"]
    with_ours = [*alarms, {"AlarmName": "bluegreen-abort-churn"}]  # which was deleted since
    body = json.loads(WORLD.read_text("utf-8"))
    last = {**config, "AutoRollbackConfiguration": {"Alarms": with_ours}}
    world = changed(WORLD, tmp_path, Endpoint={**body["Endpoint"], "LastDeploymentConfig": last})
    request = tmp_path / "retaining.json"
    named = {"EndpointName": "churn", "EndpointConfigName": "churn-green"}
    request.write_text(json.dumps({**named, "RetainDeploymentConfig": True}), "utf-8")
    result = printed(request, "--world", world, "--stack-name", stack)
    assert result["WouldBeRejected"] is rejected
    if not rejected:
        assert result == printed(CANARY, "--world", WORLD)


def live_request(folder: Path, account: Account) -> Path:
    """The canary, for the endpoint of the account."""
    add_traffic("churn-api", 5)
    account.sleep_until(600)
    body = json.loads(CANARY.read_text("utf-8"))
    body["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"] = [{"AlarmName": "errors"}]
    body |= {"EndpointName": "churn-api", "EndpointConfigName": "green"}
    path = folder / "request.json"
    path.write_text(json.dumps(body), "utf-8")
    return path


def called(run: Callable[[], object]) -> set[str]:
    """The operations that are called meanwhile."""
    names: set[str] = set()

    def note(model: Any, **_: object) -> None:
        names.add(model.name)

    services = ("sagemaker", "cloudwatch", "application-autoscaling", "service-quotas", "iam")
    asked: dict[str, Any] = {"endpoint_url": None, "region_name": None}  # as the command asks
    events = [boto3.client(service, **asked).meta.events for service in services]  # type: ignore[call-overload] # the names are not literals
    for event in events:
        event.register("before-call", note)
    run()
    for event in events:
        event.unregister("before-call", note)
    return names


def test_without_a_world_it_reads_the_account_and_changes_nothing(tmp_path: Path) -> None:
    with running_account() as account:
        request = live_request(tmp_path, account)
        operations = called(lambda: printed(request))
        body = printed(request)
    assert body["WouldBeRejected"] is True
    assert [f["Id"] for f in body["Findings"] if f["Severity"] == "ERROR"] == [
        "alarm-without-variant",
        "bake-unprotected",
    ]
    assert body["Plan"]["Stages"][2]["Stage"] == "BAKING"
    assert {"DescribeEndpoint", "DescribeAlarms", "GetMetricData"} <= operations
    reads = ("Describe", "List", "Get", "Simulate")
    assert [operation for operation in operations if not operation.startswith(reads)] == []


def package_request(folder: Path, account: Account) -> Path:
    """The canary, of an approved model package whose group the endpoint's owner consents to."""
    body = json.loads(live_request(folder, account).read_text("utf-8"))
    del body["EndpointConfigName"]
    path = folder / "package.json"
    path.write_text(json.dumps(body | {"ModelPackageArn": register(account)}), "utf-8")
    return path


def register(account: Account) -> str:
    sagemaker: Any = account.sagemaker
    sagemaker.create_model_package_group(ModelPackageGroupName="churn")
    inference = {
        "Containers": [{"Image": "registry/churn:2"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    arn: str = sagemaker.create_model_package(
        ModelPackageGroupName="churn",
        InferenceSpecification=inference,
        ModelApprovalStatus="Approved",
    )["ModelPackageArn"]
    consent = {"Key": "bluegreen:model-package-group", "Value": "churn"}
    sagemaker.add_tags(ResourceArn=account.look()["EndpointArn"], Tags=[consent])
    return arn


def test_a_model_package_is_read_in_the_account_and_nothing_is_made(tmp_path: Path) -> None:
    with running_account() as account:
        request = package_request(tmp_path, account)
        operations = called(lambda: printed(request))
        result = printed(request)
    assert [f["Id"] for f in result["Findings"] if f["Severity"] == "ERROR"] == [
        "alarm-without-variant",
        "bake-unprotected",
    ]
    assert result["Plan"]["Stages"][2]["Stage"] == "BAKING"
    assert {"DescribeModelPackage", "ListTags"} <= operations
    reads = ("Describe", "List", "Get", "Simulate")
    assert [operation for operation in operations if not operation.startswith(reads)] == []


def test_what_the_sdk_does_not_know_of_the_live_config_is_told(tmp_path: Path) -> None:
    def add(http_response: Any, **_: object) -> None:
        answer = json.loads(http_response.content) | {"TurboConfig": {"Boost": 1}}
        http_response._content = json.dumps(answer).encode()

    with running_account() as account:
        request = package_request(tmp_path, account)
        client: Any = boto3.client("sagemaker", endpoint_url=None, region_name=None)
        hook = "after-call.sagemaker.DescribeEndpointConfig"
        client.meta.events.register_first(hook, add)
        findings = {f["Id"]: f["Message"] for f in printed(request)["Findings"]}
        client.meta.events.unregister(hook, add)
    assert "TurboConfig" in findings["members-not-known"]


def forget_detailed_observability(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client know of SageMaker what an SDK of before June 2026 knew."""
    client: Any = boto3.client("sagemaker", endpoint_url=None, region_name=None)
    model = client.meta.service_model.operation_model
    shown = model("DescribeEndpointConfig").output_shape
    for shape in (model("CreateEndpointConfig").input_shape, shown):
        members = shape.members["MetricsConfig"].members
        monkeypatch.delitem(members, "EnableDetailedObservability")


@pytest.mark.parametrize("metrics", [None, True, False])
def test_what_an_older_sdk_cannot_switch_off_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, metrics: bool | None
) -> None:
    with running_account() as account:
        request = package_request(tmp_path, account)
        if metrics is not None:
            serve_with(account, {"EnableDetailedObservability": metrics})
        today = printed(request)
        forget_detailed_observability(monkeypatch)
        older = printed(request)
    assert "observability-differs" not in {f["Id"] for f in today["Findings"]}
    told = [f for f in older["Findings"] if f not in today["Findings"]]
    expected = [] if metrics else [("observability-differs", "WARNING")]
    assert [(f["Id"], f["Severity"]) for f in told] == expected


def serve_with(account: Account, metrics: Any) -> None:
    """Let the endpoint serve a config that says this of its metrics."""
    blue = account.sagemaker.describe_endpoint_config(EndpointConfigName="blue")
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="measured",
        ProductionVariants=blue["ProductionVariants"],
        MetricsConfig=metrics,
    )
    account.sagemaker.update_endpoint(EndpointName="churn-api", EndpointConfigName="measured")
    account.sleep_until(1500)
