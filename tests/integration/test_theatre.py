"""Stacks and endpoints beside each other in one embedded AWS, and when it has come to rest."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from account import allow
from bluegreen_simulator.aws.sagemaker import service as sagemaker
from bluegreen_simulator.aws.sagemaker.meters import Past
from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.rules.faults.kinds import FailingModel, FaultPlan
from bluegreen_simulator.rules.fleet.provisioning import Trouble
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.embedded import START, EmbeddedAws
from bluegreen_simulator.run.openness import is_open
from bluegreen_simulator.run.theatre import Fleet, Theatre

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
CANARY = load(ROOT / "events/scenarios/canary-succeeds.yaml")
HOUR = 3600


def named_after[T](endpoint: str, body: T) -> T:
    """The parts of the scenario for an endpoint of another name."""
    renamed: T = json.loads(json.dumps(body).replace("churn", endpoint))
    return renamed


def add_endpoint(theatre: Theatre, name: str) -> None:
    for config in (f"{name}-blue", f"{name}-green"):
        theatre.make_config(config, Fleet({}))
    theatre.make_endpoint(name, f"{name}-blue")
    theatre.make_alarms(named_after(name, list(CANARY.alarms)))
    theatre.begin_traffic(name, 10)


@pytest.fixture
def theatre() -> Iterator[Theatre]:
    with EmbeddedAws() as aws:
        yield Theatre(aws)


def seconds(theatre: Theatre) -> float:
    return (theatre.aws.clock.now() - START).total_seconds()


def sums(theatre: Theatre, metric: str, minutes: int, **more: str) -> dict[int, float]:
    """Of an endpoint's metric, the sum of each minute that has one, by how long ago it began."""
    of = {"EndpointName": "one", "VariantName": "main", **more}
    now = theatre.aws.clock.now()
    points = theatre.aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in of.items()],
        StartTime=now - timedelta(minutes=minutes),
        EndTime=now,
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return {(now - point["Timestamp"]) // timedelta(minutes=1): point["Sum"] for point in points}


def one_endpoint(theatre: Theatre, error_rate: float) -> None:
    theatre.make_config("one-blue", Fleet({"error_rate": error_rate}))
    theatre.make_endpoint("one", "one-blue")


def test_an_endpoint_can_have_a_past(theatre: Theatre) -> None:
    one_endpoint(theatre, error_rate=0.3)
    now = theatre.aws.clock.now()
    theatre.give_past("one", Past(minutes=90, requests_per_second=10, ended=30, error_rate=0))
    theatre.give_past("one", Past(minutes=30, requests_per_second=10))
    assert theatre.aws.clock.now() == now
    for more in ({}, {"EndpointConfigName": "one-blue"}):
        assert sums(theatre, "Invocations", 180, **more) == dict.fromkeys(range(1, 121), 600)
        failed = sums(theatre, "Invocation5XXErrors", 180, **more)
        assert failed == {ago: 180 if ago <= 30 else 0 for ago in range(1, 121)}


def test_what_comes_after_a_past_goes_on_from_it(theatre: Theatre) -> None:
    one_endpoint(theatre, error_rate=0.5)
    theatre.advance(20)
    theatre.give_past("one", Past(minutes=5, requests_per_second=10))
    theatre.begin_traffic("one", 10)
    theatre.advance(165)
    seen = sums(theatre, "Invocations", 10)
    assert [seen[ago] for ago in sorted(seen, reverse=True)] == [600] * 5 + [400, 600, 600]


def test_a_past_comes_by_chance_where_what_follows_does() -> None:
    """And differs from what follows, and from another past; it is the same for the same seed."""
    seen = [a_past_with(seed=seed) for seed in (1, 1, 2)]
    assert seen[0] == seen[1] != seen[2]
    first, second, after = (seen[0][part : part + 10] for part in (0, 10, 20))
    assert len({tuple(part) for part in (first, second, after)}) == 3
    assert all(450 < requests < 750 for requests in seen[0])


def a_past_with(seed: int) -> list[float]:
    """The requests of two pasts of ten minutes, and of the ten minutes that follow."""
    with EmbeddedAws(seed=seed) as aws:
        theatre = Theatre(aws)
        one_endpoint(theatre, error_rate=0)
        theatre.give_past("one", Past(minutes=10, requests_per_second=10, ended=10))
        theatre.give_past("one", Past(minutes=10, requests_per_second=10))
        theatre.begin_traffic("one", 10)
        theatre.advance(605)
        found = sums(theatre, "Invocations", 60)
        return [found[ago] for ago in sorted(found, reverse=True)]


def test_no_past_is_none(theatre: Theatre) -> None:
    one_endpoint(theatre, error_rate=0)
    theatre.give_past("one", Past(minutes=0, requests_per_second=10))
    theatre.give_past("one", Past(minutes=60, requests_per_second=0))
    assert sums(theatre, "Invocations", 120) == {}


def test_two_stacks_run_beside_each_other_and_each_tells_its_own(theatre: Theatre) -> None:
    for name in ("bluegreen", "second"):
        theatre.deploy(TEMPLATE, name)
    for endpoint in ("one", "two"):
        add_endpoint(theatre, endpoint)
    theatre.advance(300)
    first = theatre.start(named_after("one", CANARY.request), "d1")
    second = theatre.start(named_after("two", CANARY.request), "d2", "second")
    assert theatre.await_rest()
    for arn, stack, endpoint in ((first, "bluegreen", "one"), (second, "second", "two")):
        assert [run.arn for run in theatre.executions(stack)] == [arn]
        run = theatre.execution(arn)
        assert (run.status, json.loads(run.said)["Verdict"]) == ("SUCCEEDED", "SUCCEEDED")
        told = theatre.notifications(stack)
        assert {body["EndpointName"] for body in told} == {endpoint}
        assert [body["Event"] for body in told if "Verdict" in body] == ["DEPLOYMENT_SUCCEEDED"]
        partitions = {row["pk"] for row in theatre.rows(stack)}
        assert partitions == {f"ENDPOINT#{endpoint}", "ENDED", f"ID#{run.name}"}
        assert theatre.endpoint(endpoint)["EndpointConfigName"] == f"{endpoint}-green"
        assert theatre.operators_told(stack) == []


@pytest.mark.parametrize(
    ("forbidden", "verdict"), [("s3:*", "SUCCEEDED"), ("sagemaker:UpdateEndpoint", "REJECTED")]
)
def test_a_permissions_boundary_bounds_every_role_of_the_stack(
    theatre: Theatre, forbidden: str, verdict: str
) -> None:
    iam = theatre.aws.client("iam")
    statements = [allow("*", "*"), allow(forbidden, "*", "Deny")]
    document = {"Version": "2012-10-17", "Statement": statements}
    made = iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(document))
    boundary = made["Policy"]["Arn"]
    theatre.deploy(TEMPLATE, PermissionsBoundaryArn=boundary)
    roles = [iam.get_role(RoleName=each["RoleName"]) for each in iam.list_roles()["Roles"]]
    bounds = [each["Role"].get("PermissionsBoundary", {}) for each in roles]
    assert {each.get("PermissionsBoundaryArn") for each in bounds} == {boundary}
    add_endpoint(theatre, "churn")
    theatre.advance(300)
    arn = theatre.start(CANARY.request, "d1")
    assert theatre.await_rest()
    assert json.loads(theatre.execution(arn).said)["Verdict"] == verdict


def test_a_stop_in_the_middle_of_whatever_happens_is_possible(theatre: Theatre) -> None:
    theatre.deploy(TEMPLATE)
    add_endpoint(theatre, "churn")
    stopped: list[str] = []

    def listen(entry: Any) -> None:
        if entry.kind == "endpoint" and entry.data["status"] == "Updating" and not stopped:
            stopped.append(arn)
            theatre.stop(arn)

    theatre.aws.journal.listeners.append(listen)
    arn = theatre.start(CANARY.request, "d1")
    theatre.advance(1)
    run = theatre.execution(arn)
    assert (run.status, run.stopped_at, run.said) == ("ABORTED", run.started_at, "")
    assert run.request == CANARY.request


def test_people_approve_packages_and_update_endpoints(theatre: Theatre) -> None:
    first, second = theatre.register("churn"), theatre.register("churn", {"error_rate": 0.5})
    theatre.approve(second)
    theatre.approve(first, "Rejected")
    client = theatre.aws.client("sagemaker")
    packages = [client.describe_model_package(ModelPackageName=arn) for arn in (first, second)]
    assert [one["ModelApprovalStatus"] for one in packages] == ["Rejected", "Approved"]
    theatre.make_config("churn-blue", Fleet({}, 2), package=second)
    theatre.make_endpoint("churn", "churn-blue", group="churn")
    assert theatre.update_endpoint("churn", "churn-other") == ""
    assert "Cannot update in-progress endpoint" in theatre.update_endpoint("churn", "churn-blue")
    assert theatre.await_rest()
    assert theatre.endpoint("churn")["EndpointConfigName"] == "churn-other"


# ---- When it has come to rest --------------------------------------------------------------


def test_an_endpoint_is_open_until_it_is_in_service(theatre: Theatre) -> None:
    theatre.make_config("churn-blue", Fleet({"provisioning_seconds": 600}))
    client = theatre.aws.client("sagemaker")
    client.create_endpoint(EndpointName="churn", EndpointConfigName="churn-blue")
    assert is_open(theatre.aws.world)
    assert theatre.await_rest()
    assert seconds(theatre) == 600
    assert not is_open(theatre.aws.world)


def test_a_row_is_open_as_long_as_it_says_so(theatre: Theatre) -> None:
    client = theatre.aws.client("dynamodb")
    client.create_table(
        TableName="rows",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    client.put_item(TableName="rows", Item={"pk": {"S": "a"}, "Open": {"S": "Y"}})
    assert is_open(theatre.aws.world)
    client.put_item(TableName="rows", Item={"pk": {"S": "a"}})
    assert not is_open(theatre.aws.world)


def test_an_execution_is_open_while_it_runs(theatre: Theatre) -> None:
    theatre.deploy(TEMPLATE)
    add_endpoint(theatre, "churn")
    arn = theatre.start({**CANARY.request, "DryRun": True})
    assert is_open(theatre.aws.world)
    assert theatre.await_rest()
    assert theatre.execution(arn).status == "SUCCEEDED"


def test_what_never_comes_to_rest_is_given_up_at_the_horizon(theatre: Theatre) -> None:
    theatre.make_config("churn-blue", Fleet({}))
    sagemaker.make_trouble("churn", Trouble(stuck_at=1))
    client = theatre.aws.client("sagemaker")
    client.create_endpoint(EndpointName="churn", EndpointConfigName="churn-blue")
    theatre.aws.world.horizon = timedelta(hours=5)
    assert not theatre.await_rest()
    assert 5 * HOUR < seconds(theatre) <= 5 * HOUR + 60


def test_a_model_fails_from_the_moment_on_at_which_it_is_let_and_no_more_when_faults_are_cleared(
    theatre: Theatre,
) -> None:
    add_endpoint(theatre, "one")

    def fails() -> bool:
        try:
            theatre.aws.client("sagemaker-runtime").invoke_endpoint(
                EndpointName="one", ContentType="text/csv", Body="1"
            )
        except ClientError as error:
            return error.response["Error"]["Code"] == "ModelError"
        return False

    assert not fails()
    faults.add(theatre.aws.world, FaultPlan(failing_model=FailingModel(60, "one-blue", 1)))
    assert not fails()
    theatre.advance(60)
    assert fails()
    faults.clear(theatre.aws.world)
    assert not fails()
