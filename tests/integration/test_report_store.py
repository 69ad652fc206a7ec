"""The store of reports: only where it is asked for, and nothing depends on it."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from moto.s3.models import s3_backends

from bluegreen.aws.dynamodb.deployments import Deployments
from bluegreen.aws.dynamodb.table import Table
from bluegreen.contract.record import Verdict
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.record import record_of
from bluegreen.deployment.verdict import Decision
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault, FaultPlan
from builders import at
from heavy import sampled
from registry_account import FAILING, running_registry
from report_store import REQUEST, Objects, dead_letters, make_green, stored
from scripted_account import HandClock


def test_reports_expire_where_the_stack_is_told_after_how_many_days() -> None:
    with running_registry(StoreReports="true", ReportsExpireAfterDays="3650") as registry:
        bucket = registry.stack.outputs["ReportsBucketName"]
        found = registry.aws.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)
        assert [rule.get("Expiration", {}).get("Days") for rule in found["Rules"]] == [3650, None]


def test_without_the_parameter_there_is_no_bucket_no_function_and_no_link() -> None:
    with running_registry("churn") as registry:
        registry.start("rejected", {**REQUEST, "EndpointConfigName": "nowhere"})
        assert "ReportsBucketName" not in registry.stack.outputs
        assert not registry.stack.resources.get("StoreReportFunction")
        assert registry.calls("PutObject") == []
        (body,) = registry.told("DEPLOYMENT_REJECTED")
        assert "Report" not in body["Links"]


@pytest.mark.slow
def test_of_an_id_that_was_used_before_the_last_deployment_is_stored() -> None:
    with running_registry("churn", StoreReports="true") as registry:
        before = DeploymentKey("churn", "nightly", at(-100 * 86_400))
        decision = Decision(Verdict.REJECTED, "It was not for today.")
        old = record_of(before, "arn:old", decision, [], before.started_at, request=None)
        client = registry.aws.client("dynamodb")
        table = Table(client, registry.stack.outputs["DeploymentsTableName"], HandClock())
        Deployments(table).keep_record(before, old, None)
        registry.start("nightly", {**REQUEST, "EndpointConfigName": "nowhere"})
        (name,) = found = stored(registry)
        assert name == "reports/churn/2026-01-05/nightly.html"
        assert "nowhere" in found[name][0]


def test_a_deployment_that_was_adopted_has_its_report_under_its_own_name() -> None:
    with running_registry("churn", StoreReports="true") as registry:
        make_green(registry, {})
        arn = registry.states.start_execution(
            stateMachineArn=registry.stack.outputs["StateMachineArn"],
            name="stopped",
            input=json.dumps(REQUEST),
        )["executionArn"]
        registry.sleep(400)
        registry.states.stop_execution(executionArn=arn)
        assert stored(registry) == {}
        registry.sleep()
        (name,) = found = stored(registry)
        assert name == "reports/churn/2026-01-05/stopped.html"
        assert "its execution was stopped" in found[name][-1]
        assert "DEPLOYMENT_ROLLED_BACK" in found[name][-1]


# ---- When it cannot be stored --------------------------------------------------------------


@dataclass(frozen=True)
class End:
    """What was told and when, what is stored, the events given up, the alarms that rang.

    `struck` is how many calls failed of a fault.
    """

    told: list[Any]
    stored: Objects
    given_up: list[str]
    rang: list[str]
    struck: int


def how_it_ended(*faults: ApiFault) -> End:
    """Of a deployment that is rolled back while these faults go on."""
    plan = Faults(FaultPlan(apis=faults))
    with running_registry("churn", StoreReports="true", faults=plan) as registry:
        make_green(registry, FAILING)
        registry.start("rolled-back", REQUEST)
        sent = list(registry.aws.journal.of_kind("notification"))
        subjects = [entry.data["subject"] or "" for entry in sent]
        return End(
            told=[(entry.at, entry.data["body"]) for entry in sent if entry.data["body"]],
            stored=stored(registry),
            given_up=dead_letters(registry),
            rang=[subject for subject in subjects if subject.startswith("ALARM")],
            struck=len(list(registry.aws.journal.of_kind("fault"))),
        )


def test_a_bucket_that_refuses_delays_no_verdict_and_the_operators_are_told() -> None:
    usual = how_it_ended()
    assert (len(usual.stored), usual.given_up, usual.rang, usual.struck) == (1, [], [], 0)
    denied = how_it_ended(ApiFault("s3", ApiError.DENIED, "PutObject", "StoreReport"))
    assert denied.told == usual.told
    assert (denied.stored, denied.struck) == ({}, 3)
    (function,) = denied.given_up
    assert ":bluegreen-StoreReportFunction-" in function
    assert sorted(subject.split('"')[1].rsplit("-", 1)[0] for subject in denied.rang) == [
        "bluegreen-ReportsFailAlarm",
        "bluegreen-UnprocessedEventsAlarm",
    ]


READS_AND_WRITES = (("s3", "PutObject"), ("dynamodb", "Query"), ("dynamodb", "GetItem"))
ERRORS = (ApiError.THROTTLING, ApiError.TIMEOUT, ApiError.INTERNAL)


@pytest.mark.parametrize(
    ("service", "operation", "error"),
    sampled([(*call, error) for call in READS_AND_WRITES for error in ERRORS], 8),
)
def test_a_fault_that_passes_leaves_a_report_all_the_same(
    service: str, operation: str, error: ApiError
) -> None:
    passing = ApiFault(service, error, operation, "StoreReport", times=4)
    end = how_it_ended(passing)
    assert end.struck == 4
    assert [len(pages) for pages in end.stored.values()] == [1]
    assert (end.given_up, end.rang) == ([], [])


def test_a_bucket_of_somebody_else_that_has_the_name_gets_nothing() -> None:
    with running_registry("churn", StoreReports="true") as registry:
        bucket = registry.stack.outputs["ReportsBucketName"]
        s3_backends[registry.aws.world.account_id]["aws"].buckets[bucket].account_id = "2" * 12
        registry.start("rejected", {**REQUEST, "EndpointConfigName": "nowhere"})
        assert registry.ended() == ["DEPLOYMENT_REJECTED"]
        assert stored(registry) == {}
        assert len(dead_letters(registry)) == 1
