"""RetainDeploymentConfig: the endpoint's last policy, with the alarms of today but for ours."""

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.check.report import Checked, check_situation
from bluegreen.check.situation import Alarm, LastPolicy
from bluegreen.deployment.abort import ABORT_METRIC, ABORT_NAMESPACE, abort_alarm_of
from bluegreen.guardrails.asked import Asked
from bluegreen.request.request import Request
from bluegreen.sagemaker.deployment_config import Policy
from builders import GREEN
from situations import (
    BLUE_FLEET,
    alarm,
    canary,
    count,
    default_guardrails,
    in_words,
    percent,
    rolling,
    situation,
)

ASKED = Request("churn", GREEN, Policy("ALL_AT_ONCE", 0, 0), retains_policy=True)
OURS = abort_alarm_of("bluegreen", "churn")


def abort_alarm(name: str = OURS) -> Alarm:
    dimensions = {"EndpointName": "churn", "StackName": "bluegreen"}
    return alarm(name, ABORT_METRIC, namespace=ABORT_NAMESPACE, dimensions=dimensions)


def checked(last: dict[str, Any] | None, *alarms: Alarm, **changes: Any) -> Checked:
    """The check of a request that retains the policy `last`, in an account with these alarms.

    What an alarm that stands alone leaves unseen is not what this is about.
    """
    policy = LastPolicy(last) if last else None
    known = situation(4, alarms, last_policy=policy, abort_alarm=OURS)
    return _but_for_unseen(check_situation(ASKED, replace(known, **changes)))


def _but_for_unseen(found: Checked) -> Checked:
    return replace(found, findings=[f for f in found.findings if f.id != "defect-unseen"])


def sent(found: Checked) -> Policy:
    assert found.request is not None
    assert not found.request.retains_policy
    assert "RetainDeploymentConfig" not in found.request.to_json()
    assert found.forecast is not None
    assert found.forecast.policy == found.request.policy
    return found.request.policy


@pytest.mark.parametrize(
    "policy",
    [
        canary(count(1), alarms=("latency",), maximum_seconds=7200),
        canary(percent(25), alarms=("latency",)),
        rolling(count(1), alarms=("latency",)),
        rolling(percent(50), alarms=("latency",), rollback_size=count(2)),
    ],
)
def test_the_last_policy_is_used_and_checked_as_if_it_had_been_written(policy: Policy) -> None:
    found = checked(dict(policy.to_json()), alarm())
    asked = replace(ASKED, policy=policy, retains_policy=False)
    written = _but_for_unseen(check_situation(asked, situation(4, [alarm()])))
    assert sent(found) == policy
    assert (found.findings, found.plan) == (written.findings, written.plan)
    assert found.findings == []


@pytest.mark.parametrize(
    "others", [("latency",), tuple(f"latency-{number}" for number in range(9))]
)
def test_our_abort_alarm_is_left_out_and_leaves_room_for_itself(others: tuple[str, ...]) -> None:
    policy = canary(alarms=(others[0], OURS, *others[1:]))
    found = checked(dict(policy.to_json()), *map(alarm, others), abort_alarm())
    assert sent(found).alarms == others
    assert found.findings == []


def test_it_is_known_by_its_name_when_it_was_deleted_or_cannot_be_read() -> None:
    policy = dict(canary(alarms=("latency", OURS)).to_json())
    assert sent(checked(policy, alarm())).alarms == ("latency",)
    unread = checked(policy, alarms=None)
    assert sent(unread).alarms == ("latency",)
    assert in_words(unread.findings) == ["WARNING alarms-not-checked"]


@pytest.mark.parametrize("name", [OURS, "other-abort-churn", "anything"])
def test_one_of_another_stack_is_known_by_what_it_watches(name: str) -> None:
    policy = canary(alarms=("latency", name))
    found = checked(dict(policy.to_json()), alarm(), abort_alarm(name), abort_alarm="")
    assert sent(found).alarms == ("latency",)


def test_an_alarm_of_the_users_own_stays_whatever_it_is_called() -> None:
    policy = canary(alarms=("other-abort-churn",))
    found = checked(dict(policy.to_json()), alarm("other-abort-churn"))
    assert sent(found).alarms == ("other-abort-churn",)
    assert in_words(checked(dict(policy.to_json())).findings) == ["ERROR alarm-missing"]


def test_ten_alarms_of_the_users_own_leave_no_room_as_ever() -> None:
    names = tuple(f"latency-{number}" for number in range(10))
    found = checked(dict(canary(alarms=names).to_json()), *map(alarm, names))
    assert sent(found).alarms == names
    assert in_words(found.findings) == ["WARNING no-room-for-abort"]


def test_what_is_wrong_with_the_last_policy_today_is_found() -> None:
    last = dict(canary(count(3), alarms=("latency",)).to_json())
    assert in_words(checked(last, alarm()).findings) == ["ERROR canary-out-of-bounds"]


def test_a_last_config_that_only_has_alarms_is_all_at_once_with_a_warning() -> None:
    found = checked({"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "latency"}]}}, alarm())
    (finding,) = found.findings
    assert finding.id == "no-policy"
    assert finding.message.startswith("The last deployment config of the endpoint has no policy.")
    assert sent(found) == Policy("ALL_AT_ONCE", 0, 300, alarms=("latency",))


def test_numbers_may_have_points() -> None:
    config: Any = canary(percent(25), alarms=("latency",)).to_json()
    policy = {**config["BlueGreenUpdatePolicy"], "TerminationWaitInSeconds": 600.0}
    assert (
        repr(sent(checked({**config, "BlueGreenUpdatePolicy": policy}, alarm()))).count(".0") == 0
    )


# ---- Guardrails ------------------------------------------------------------------------------

OF_ERRORS, OF_REFUSALS, OF_LATENCY = (each.alarm for each in default_guardrails())
ERRORS_TEXT = "Metric=Invocation5XXErrors MaxRate=0.01"
LATENCY_TEXT = "Metric=ModelLatency Percentile=99 MaxMilliseconds=300"


def retaining(*alarms: str, asked: Asked | None = None, **knowing: Any) -> Checked:
    """A last policy with these alarms beside `latency`, of which only that one is the user's."""
    last = LastPolicy(canary(alarms=("latency", *alarms)).to_json())
    there = [alarm(), *map(of_blue, alarms)]
    request = replace(ASKED, asked=asked)
    known = situation(4, there, last_policy=last, abort_alarm=OURS)
    return _but_for_unseen(check_situation(request, replace(known, **knowing)))


def of_blue(name: str) -> Alarm:
    """One that still watches what is blue by now, and is in ALARM since the last rollback."""
    return alarm(name, dimensions=BLUE_FLEET, state="ALARM", expression=True)


def asked_by(found: Checked) -> Asked | None:
    assert found.request is not None
    return found.request.asked


@pytest.mark.parametrize(
    ("texts", "asked"),
    [
        ({OF_ERRORS: "Default", OF_REFUSALS: "Default"}, Asked.named("Default")),
        ({OF_ERRORS: "Strict"}, Asked.named("Strict")),
        (
            {OF_ERRORS: ERRORS_TEXT, OF_LATENCY: LATENCY_TEXT},
            Asked.from_json(
                [
                    {"Metric": "Invocation5XXErrors", "MaxRate": 0.01},
                    {"Metric": "ModelLatency", "Percentile": 99, "MaxMilliseconds": 300},
                ]
            ),
        ),
    ],
)
def test_guardrails_are_asked_for_as_they_were(texts: dict[str, str], asked: Asked) -> None:
    found = retaining(*texts, guardrail_texts=texts)
    assert asked_by(found) == asked
    assert sent(found).alarms == ("latency",)
    assert_says_nothing_of_guardrails(found)


def assert_says_nothing_of_guardrails(found: Checked) -> None:
    ids = {finding.id for finding in found.findings}
    assert not ids & {"guardrails-not-retained", "alarm-in-alarm", "alarm-sees-only-blue"}


@pytest.mark.parametrize("asked", [Asked.named("Strict"), Asked.named("None")])
def test_what_the_request_says_of_guardrails_holds(asked: Asked) -> None:
    found = retaining(OF_ERRORS, asked=asked, guardrail_texts={OF_ERRORS: "Default"})
    assert asked_by(found) == asked
    assert sent(found).alarms == ("latency",)
    unread = retaining(OF_ERRORS, asked=asked)
    assert_says_nothing_of_guardrails(unread)


@pytest.mark.parametrize(
    ("texts", "asked", "untold"),
    [
        ({}, None, [OF_ERRORS, OF_LATENCY]),
        ({OF_ERRORS: "Default"}, Asked.named("Default"), [OF_LATENCY]),
        ({OF_ERRORS: "Default", OF_LATENCY: "Lenient"}, None, [OF_ERRORS, OF_LATENCY]),
        ({OF_ERRORS: "Default", OF_LATENCY: "Strict"}, None, [OF_ERRORS, OF_LATENCY]),
    ],
)
def test_guardrails_that_the_tags_do_not_tell_are_not_left_out_in_silence(
    texts: dict[str, str], asked: Asked | None, untold: list[str]
) -> None:
    found = retaining(OF_ERRORS, OF_LATENCY, guardrail_texts=texts)
    assert asked_by(found) == asked
    assert found.would_be_rejected
    assert sent(found).alarms == ("latency",)
    (message,) = [f.message for f in found.findings if f.id == "guardrails-not-retained"]
    names = " and ".join(f'"{name}"' for name in untold)
    assert f"is not known from the alarms {names}: they are not there, are another" in message


def test_why_the_tags_could_not_be_read_is_said() -> None:
    found = retaining(OF_ERRORS, unknown={"tags": "AWS denied access"})
    (message,) = [f.message for f in found.findings if f.id == "guardrails-not-retained"]
    assert message.endswith(f'from the alarms "{OF_ERRORS}": AWS denied access.')


def test_another_stacks_guardrails_are_known_by_their_names_and_are_not_ours() -> None:
    other = OF_ERRORS.replace("bluegreen-", "staging-")
    found = retaining(other, guardrail_texts={other: "Default"})
    assert asked_by(found) is None
    assert sent(found).alarms == ("latency",)
    assert "guardrails-not-retained" in {finding.id for finding in found.findings}


@pytest.mark.parametrize(
    "name", ["guardrail-churn", "my-guardrail-churn-5xx", "my-guardrail-other/main/5xx"]
)
def test_what_is_only_called_alike_stays(name: str) -> None:
    found = retaining(name)
    assert sent(found).alarms == ("latency", name)
    assert "guardrails-not-retained" not in {finding.id for finding in found.findings}


def test_a_last_config_without_a_policy_whose_guardrails_are_retained_is_watched() -> None:
    alarms = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": OF_ERRORS}]}}
    found = checked(alarms, guardrail_texts={OF_ERRORS: "Default"})
    (message,) = [f.message for f in found.findings if f.id == "no-policy"]
    assert message.endswith("which then bakes for 300 seconds.")
    alone = checked({"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": OURS}]}})
    (message,) = [f.message for f in alone.findings if f.id == "no-policy"]
    assert message.endswith("It names no alarm to watch that bake.")


# ---- What cannot be retained -----------------------------------------------------------------


def refused(found: Checked) -> str:
    """The message of the one finding; nothing is planned, and nothing else is judged."""
    (finding,) = found.findings
    assert found.would_be_rejected
    assert found.forecast is None
    assert found.request is not None
    assert found.request.to_json()["RetainDeploymentConfig"] is True
    return f"{finding.id}: {finding.message}"


def test_where_there_is_none() -> None:
    assert refused(checked(None, alarm())) == (
        'no-last-deployment-config: RetainDeploymentConfig is true, but the endpoint "churn" has no'
        " deployment config of an earlier update that could be used again."
    )


ROUTING = "LastDeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration"
UNFIT = 'The deployment config of the last update of the endpoint "churn" cannot be used again'


@pytest.mark.parametrize(
    ("last", "why"),
    [
        ({"TurboPolicy": {}}, 'Unknown member "LastDeploymentConfig.TurboPolicy".'),
        (
            {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "TEAL"}}},
            f'{ROUTING}.Type is "TEAL", which is not allowed.',
        ),
        (
            {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "CANARY"}}},
            f"{ROUTING}.CanarySize is missing; CANARY needs it.",
        ),
    ],
)
def test_one_that_has_what_we_do_not_know(last: dict[str, Any], why: str) -> None:
    assert refused(checked(last, alarm())) == f"last-deployment-config-unfit: {UNFIT}: {why}"


def test_one_that_the_sdk_does_not_know_whole() -> None:
    last = LastPolicy(canary().to_json(), ("LastDeploymentConfig.TurboPolicy",))
    assert refused(checked(None, alarm(), last_policy=last)).endswith(
        'The AWS SDK in use does not know "LastDeploymentConfig.TurboPolicy".'
    )
