"""What the buttons of the page come to, and what it shows of that."""

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from bluegreen_simulator.aws.cloudwatch.evaluator import running as cloudwatch
from bluegreen_simulator.rules.faults.kinds import FailingModel, FaultPlan
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.page.application import ROUTE
from bluegreen_simulator.run.page.parts import LONGEST_MESSAGE, MOST_PACKAGES
from bluegreen_simulator.run.page.view import MOST_DEPLOYMENTS, MOST_MESSAGES
from bluegreen_simulator.run.sample import POLICIES
from bluegreen_simulator.run.theatre import Fleet
from opened_page import HOSTILE, Opened, opened


@pytest.fixture
def page() -> Iterator[Opened]:
    with opened() as ours:
        yield ours


# ---- What its buttons come to --------------------------------------------------------------


def test_the_sample_is_made_once_and_comes_up_while_the_page_goes_on(page: Opened) -> None:
    said = page.done("make-sample")
    assert said == "The endpoint churn is being created, with alarms, traffic and a registry."
    (endpoint,) = page.view()["Endpoints"]
    assert (endpoint["EndpointName"], endpoint["Status"]) == ("churn", "Creating")
    assert page.refused("make-sample") == "The endpoint churn is there already."
    page.theatre.await_endpoint("churn")
    assert page.view()["Endpoints"][0]["Status"] == "InService"
    versions = page.view()["ModelPackages"]
    assert [v["ModelApprovalStatus"] for v in versions] == ["PendingManualApproval"] * 2


def test_the_sample_can_be_made_again_when_its_endpoint_was_deleted(page: Opened) -> None:
    page.sampled()
    page.theatre.aws.client("sagemaker").delete_endpoint(EndpointName="churn")
    page.theatre.advance(60)
    page.sampled().done("start", policy="all-at-once", model="healthy")
    assert page.theatre.await_rest()
    assert page.newest["Verdict"] == "SUCCEEDED"
    assert page.newest["RestsOn"].startswith("Green got 5,800 requests in its bakes.")


@pytest.mark.parametrize(
    "policy", [POLICIES[0], *(pytest.param(one, marks=pytest.mark.slow) for one in POLICIES[1:])]
)
def test_a_healthy_model_is_deployed_by_each_policy(page: Opened, policy: str) -> None:
    page.sampled()
    assert page.done("start", policy=policy, model="healthy") == (
        "Started the deployment churn-green-1."
    )
    assert page.theatre.await_rest()
    assert page.newest["Verdict"] == "SUCCEEDED"
    assert page.view()["Endpoints"][0]["EndpointConfigName"] == "churn-green-1"


@pytest.mark.parametrize(
    ("model", "trigger"),
    [
        ("fails half of its requests", "ALARM"),
        pytest.param("takes 200 ms", "ALARM", marks=pytest.mark.slow),
        ("does not come up", "PROVISIONING"),
    ],
)
def test_a_model_that_is_not_healthy_is_rolled_back(page: Opened, model: str, trigger: str) -> None:
    page.sampled().done("start", policy="canary", model=model)
    assert page.theatre.await_rest()
    assert (page.newest["Verdict"], page.newest["Trigger"]) == ("ROLLED_BACK", trigger)
    assert page.view()["Endpoints"][0]["EndpointConfigName"] == "churn-blue"


def test_the_second_one_has_a_name_of_its_own(page: Opened) -> None:
    page.sampled()
    for number in (1, 2):
        said = page.done("start", policy="all-at-once", model="healthy")
        assert said == f"Started the deployment churn-green-{number}."
        assert page.theatre.await_rest()
    assert [one["Verdict"] for one in page.view()["Deployments"]] == ["SUCCEEDED"] * 2


def test_an_approved_version_is_deployed_and_a_new_one_waits_for_its_approval(
    page: Opened,
) -> None:
    page.sampled()
    assert page.done("register", model="healthy") == (
        "Registered version 3 of churn, which waits for approval."
    )
    newest = page.view()["ModelPackages"][0]
    assert newest["ModelApprovalStatus"] == "PendingManualApproval"
    assert page.done("approve", ModelPackageArn=newest["ModelPackageArn"]) == (
        "Approved version 3 of churn."
    )
    page.theatre.advance(60)
    assert page.newest["ModelPackageArn"] == newest["ModelPackageArn"]
    assert page.theatre.await_rest()
    assert page.newest["Verdict"] == "SUCCEEDED"
    assert page.view()["ModelPackages"][0]["ModelApprovalStatus"] == "Approved"


def baking(page: Opened) -> dict[str, Any]:
    """A deployment in its first bake."""
    page.sampled().done("start", policy="canary", model="healthy")
    page.theatre.advance(400)
    return page.newest


def test_an_abort_has_the_deployment_rolled_back_for_that_reason(page: Opened) -> None:
    baking(page)
    said = page.done("abort", EndpointName="churn")
    assert said.startswith("Deployment churn-green-1 of endpoint churn is to be aborted.")
    assert page.newest["AbortRequested"]
    assert page.theatre.await_rest()
    assert (page.newest["Verdict"], page.newest["Trigger"]) == ("ROLLED_BACK", "ABORT")
    assert '"asked for on the local page"' in page.newest["Reason"]


def test_an_abort_where_nothing_runs_says_so(page: Opened) -> None:
    said = page.done("abort", EndpointName="churn")
    assert said == "No deployment runs on endpoint churn, so nothing was aborted."


def test_a_stopped_execution_has_its_deployment_rolled_back(page: Opened) -> None:
    arn = baking(page)["ExecutionArn"]
    assert page.done("stop", ExecutionArn=arn) == "Stopped the execution churn-green-1."
    assert page.theatre.execution(arn).status == "ABORTED"
    assert page.theatre.await_rest()
    assert (page.newest["Verdict"], page.newest["Trigger"]) == ("ROLLED_BACK", "ABORT")


def test_a_green_that_is_broken_in_its_bake_is_rolled_back(page: Opened) -> None:
    baking(page)
    failing = FailingModel(0, page.view()["Endpoints"][0]["PendingEndpointConfigName"], 0.5)
    faults.add(page.theatre.aws.world, FaultPlan(failing_model=failing))
    assert page.view()["FailingConfigs"] == {"churn-green-1": 0.5}
    assert page.theatre.await_rest()
    assert (page.newest["Verdict"], page.newest["Trigger"]) == ("ROLLED_BACK", "ALARM")
    faults.clear(page.theatre.aws.world)
    assert page.view()["FailingConfigs"] == {}


def test_the_page_says_that_events_are_dropped(page: Opened) -> None:
    assert not page.view()["EventsDropped"]
    faults.add(page.theatre.aws.world, FaultPlan(drop_events=True))
    assert page.view()["EventsDropped"]


# ---- What it shows -------------------------------------------------------------------------


def test_of_a_deployment_that_runs_it_shows_what_was_seen_and_what_to_expect(
    page: Opened,
) -> None:
    one = baking(page)
    assert [(s["Stage"], s["TrafficPercent"]) for s in one["Stages"]] == [
        ("PROVISIONING", 0),
        ("SHIFTING", 0),
        ("BAKING", 25),
    ]
    assert one["Alarms"] == ["churn-5xx", "churn-latency"]
    ends = one["PlannedStages"][-1]
    assert (ends["Stage"], ends["StartsAfterSeconds"] + ends["Seconds"]) == ("TERMINATING", 1570)
    assert one["UpdateStartedAt"] == one["StartedAt"]
    assert page.theatre.await_rest()
    assert page.newest["Stages"][-1]["Stage"] == "TERMINATING"
    assert "PlannedStages" not in page.newest


def test_a_deployment_that_waits_has_no_stages_of_another_one(page: Opened) -> None:
    first = baking(page)
    page.theatre.make_config("later", Fleet({}, 4))
    request = {**first_request(page), "EndpointConfigName": "later", "OnBusy": "QUEUE"}
    page.theatre.start(request, "waits")
    page.theatre.advance(5)
    waiting, running = page.view()["Deployments"]
    assert (waiting["DeploymentId"], waiting["Running"], waiting["Stages"]) == ("waits", True, [])
    assert "PlannedStages" not in waiting
    assert running["Stages"] == first["Stages"]


def first_request(page: Opened) -> dict[str, Any]:
    request: dict[str, Any] = page.theatre.executions()[0].request
    return request


def test_alarms_come_with_what_they_saw_and_those_of_the_stack_only_while_they_ring(
    page: Opened,
) -> None:
    page.sampled()
    shown = page.view()["Alarms"]
    assert [alarm["AlarmName"] for alarm in shown] == ["churn-5xx", "churn-latency"]
    assert (shown[0]["State"], shown[0]["Values"], shown[0]["Threshold"]) == ("OK", [0, 0, 0], 0.05)
    ours = next(name for name in cloudwatch().alarms if name.startswith("bluegreen-"))
    page.theatre.aws.client("cloudwatch").set_alarm_state(
        AlarmName=ours, StateValue="ALARM", StateReason="to see it"
    )
    assert page.view()["Alarms"][0]["AlarmName"] == ours


def test_messages_are_the_texts_of_the_topic_for_people_and_the_newest_comes_first(
    page: Opened,
) -> None:
    baking(page)
    told = page.theatre.notifications()
    shown = page.view()["Messages"]
    assert [message["NotificationId"] for message in reversed(shown)] == [
        body["NotificationId"] for body in told
    ]
    assert shown[0]["Subject"] == "INFO: churn: baking at 25 %"
    assert shown[0]["Text"].startswith(told[-1]["Message"])


def test_every_list_and_every_text_has_its_bound(page: Opened) -> None:
    page.sampled()
    for number in range(MOST_PACKAGES + 2):
        page.done("register", model="healthy")
        request = {"EndpointName": "churn", "EndpointConfigName": f"none-{number}"}
        page.theatre.start(request, f"rejected-{number}")
        page.theatre.advance(1)
    for _ in range(MOST_MESSAGES + 5):
        page.theatre.aws.client("sns").publish(
            TopicArn=page.theatre.stacks["bluegreen"].outputs["NotificationsTopicArn"],
            Subject="long",
            Message=f"{HOSTILE}\x07\n" + "x" * 2 * LONGEST_MESSAGE,
        )
    for _ in range(MOST_MESSAGES):
        page.theatre.aws.client("sns").publish(
            TopicArn=page.theatre.stacks["bluegreen"].outputs["ChatTopicArn"], Message="to others"
        )
    seen = page.view()
    assert len(seen["ModelPackages"]) == MOST_PACKAGES
    assert len(seen["Deployments"]) == MOST_DEPLOYMENTS
    assert len(seen["Messages"]) == MOST_MESSAGES
    text = seen["Messages"][0]["Text"]
    assert text.startswith(f"{HOSTILE}\n")
    assert len(text) <= LONGEST_MESSAGE


def test_an_endpoint_that_is_deleted_is_shown_no_more(page: Opened) -> None:
    page.sampled()
    page.theatre.aws.client("sagemaker").delete_endpoint(EndpointName="churn")
    page.theatre.advance(60)
    assert page.view()["Endpoints"] == []


# ---- Timelines -----------------------------------------------------------------------------


def drawn(page: Opened, **other: str) -> TestResponse:
    """The picture of the newest deployment, or what is said in its place."""
    named = {name: page.newest[name] for name in ("EndpointName", "StartedAt", "DeploymentId")}
    return page.client.get(f"{ROUTE}timeline", query_string=named | other)


def test_the_timeline_of_a_deployment_that_runs_shows_what_is_to_come(page: Opened) -> None:
    baking(page)
    answer = drawn(page)
    assert (answer.status_code, answer.content_type) == (200, "image/svg+xml; charset=utf-8")
    assert answer.text.count('class="got"') == 1
    coming = [s["Stage"] for s in page.newest["PlannedStages"]][2:]
    assert coming == ["BAKING", "SHIFTING", "BAKING", "TERMINATING"]
    assert answer.text.count('class="coming"') == len(coming)
    assert answer.text.count('class="now"') == 1
    assert "<script" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
    )


def test_the_timeline_of_a_rollback_marks_the_alarm_and_expects_nothing(page: Opened) -> None:
    page.sampled().done("start", policy="canary", model="fails half of its requests")
    assert page.theatre.await_rest()
    (mark,) = page.newest["Marks"]
    assert mark["Words"] == "churn-5xx in ALARM"
    answer = drawn(page)
    assert answer.text.count('class="mark"') == answer.text.count('class="number"') == 1
    assert answer.text.count('class="back"') == 1
    assert 'class="coming"' not in answer.text
    page.theatre.advance(600)
    assert drawn(page).text == answer.text


def test_one_that_waits_has_no_timeline_and_one_that_is_not_there_neither(page: Opened) -> None:
    page.sampled()
    page.theatre.start({"EndpointName": "churn", "EndpointConfigName": "nowhere"}, "rejected")
    page.theatre.advance(60)
    assert (page.newest["Verdict"], page.newest["Marks"]) == ("REJECTED", [])
    assert drawn(page).status_code == 404
    refused = drawn(page, DeploymentId=HOSTILE)
    assert (refused.status_code, refused.content_type) == (404, "application/json")


# ---- Reports -------------------------------------------------------------------------------


def test_a_deployment_that_has_ended_has_its_report_which_runs_nothing(page: Opened) -> None:
    page.sampled().done("start", policy="all-at-once", model="healthy")
    page.theatre.advance(60)
    named = {name: page.newest[name] for name in ("EndpointName", "StartedAt", "DeploymentId")}
    running = page.client.get(f"{ROUTE}report", query_string=named)
    assert (running.status_code, running.content_type) == (404, "application/json")
    assert page.theatre.await_rest()
    answer = page.client.get(f"{ROUTE}report", query_string=named)
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert "churn-green-1" in answer.text
    assert page.newest["Reason"] in answer.text
    assert "<script" not in answer.text
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none';"
        " base-uri 'none'; form-action 'none'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_request_that_cannot_be_read_is_shown_and_has_a_report_as_well(page: Opened) -> None:
    page.theatre.start([HOSTILE], "unreadable")
    page.theatre.advance(60)
    assert (page.newest["Verdict"], page.newest["EndpointName"]) == ("REJECTED", "")
    named = {name: page.newest[name] for name in ("EndpointName", "StartedAt", "DeploymentId")}
    answer = page.client.get(f"{ROUTE}report", query_string=named)
    assert (answer.status_code, HOSTILE in answer.text) == (200, False)


def test_a_success_that_rests_on_nothing_is_not_shown_as_one_that_does(page: Opened) -> None:
    page.sampled().theatre.begin_traffic("churn", -10)
    page.done("start", policy="canary", model="healthy")
    assert page.theatre.await_rest()
    assert (page.newest["Verdict"], page.newest["Doubtful"]) == ("SUCCEEDED", True)
    assert page.newest["RestsOn"].startswith("Green got no request in its bakes")
    page.theatre.begin_traffic("churn", 10)
    page.done("start", policy="canary", model="healthy")
    assert page.theatre.await_rest()
    assert (page.newest["Verdict"], page.newest["Doubtful"]) == ("SUCCEEDED", False)
