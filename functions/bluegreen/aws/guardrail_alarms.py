"""The alarms of guardrails in CloudWatch: made for an update, looked at, removed with the endpoint.

Only those with our tags are ours. What has the name of one and not its tags is never written over.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bluegreen.aws.errors import passing_faults_as_unavailable, refusals_as_rejections
from bluegreen.clock import Clock
from bluegreen.contract.errors import RequestRejected
from bluegreen.guardrails.alarm import alarm_of
from bluegreen.guardrails.guardrail import Guardrail, alarm_prefix
from bluegreen.guardrails.tags import GUARDRAIL_TAG, is_ours, tags_of
from bluegreen.request.request import Request

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import TagTypeDef

NOT_MADE: Final = "The alarms of the guardrails cannot be made"
BETWEEN_ALARMS: Final = 0.4
"""Seconds: PutMetricAlarm is allowed three times a second in an account and Region."""

MOST_AT_ONCE: Final = 100
"""Names that one call of DescribeAlarms or DeleteAlarms takes (CloudWatch API)."""


class _Found(NamedTuple):
    """An alarm that is there."""

    arn: str
    tags: Mapping[str, str]


class GuardrailAlarms:
    """The alarms of our stack's guardrails."""

    def __init__(self, client: "CloudWatchClient", stack_name: str, clock: Clock) -> None:
        self._client = client
        self._stack_name = stack_name
        self._clock = clock

    def make(self, request: Request) -> None:
        """Make the alarms of a request's guardrails, or put them right; their states stay.

        RequestRejected if one of the names is that of an alarm that is not ours, and then none is
        written; and if CloudWatch refuses, for example because our role may not.
        """
        with refusals_as_rejections(NOT_MADE):
            found = {each["AlarmName"]: self._found(each) for each in self._described(request)}
        self._refuse_foreign(found, request.endpoint_name)
        for number, guardrail in enumerate(request.guardrails):
            if number:  # throttled calls are tried again too, but others in the account are as well
                self._clock.sleep(BETWEEN_ALARMS)
            with refusals_as_rejections(NOT_MADE):
                self._put(guardrail, request, found.get(guardrail.alarm))

    def in_alarm(self, request: Request) -> list[str]:
        """Those of a request's guardrails whose alarms are in ALARM now, by their alarms' names."""
        with refusals_as_rejections("The alarms of the guardrails cannot be looked at"):
            found = self._described(request)
        return [alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM"]

    def remove(self, endpoint_name: str) -> int:
        """Delete all of ours that an endpoint has; how many they were."""
        with passing_faults_as_unavailable():
            ours = list(self._of(endpoint_name))
            for names in batched(ours, MOST_AT_ONCE, strict=False):
                self._client.delete_alarms(AlarmNames=names)
        return len(ours)

    def _described(self, request: Request) -> Sequence[Mapping[str, Any]]:
        names = [guardrail.alarm for guardrail in request.guardrails]
        found = self._client.describe_alarms(AlarmNames=names, MaxRecords=MOST_AT_ONCE)
        return found["MetricAlarms"]

    def _refuse_foreign(self, found: Mapping[str, _Found], endpoint_name: str) -> None:
        ours = self._stack_name, endpoint_name
        foreign = sorted(name for name, each in found.items() if not is_ours(each.tags, *ours))
        if foreign:
            raise RequestRejected(_not_ours(foreign))

    def _put(self, guardrail: Guardrail, request: Request, before: _Found | None) -> None:
        """Tags are taken only from who makes an alarm, not from who writes over one."""
        endpoint, config = request.endpoint_name, request.endpoint_config_name
        tags = tags_of(guardrail, request.asked, self._stack_name, endpoint)
        members: Any = alarm_of(guardrail, endpoint, config)
        self._client.put_metric_alarm(**members, Tags=_listed(tags))
        if before is not None and before.tags.get(GUARDRAIL_TAG) != tags[GUARDRAIL_TAG]:
            self._client.tag_resource(ResourceARN=before.arn, Tags=_listed(tags))

    def _found(self, alarm: Mapping[str, Any]) -> _Found:
        found = self._client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])
        return _Found(alarm["AlarmArn"], {tag["Key"]: tag["Value"] for tag in found["Tags"]})

    def _of(self, endpoint_name: str) -> Iterator[str]:
        prefix = alarm_prefix(self._stack_name, endpoint_name)
        pages = self._client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
        for page in pages:
            for alarm in page["MetricAlarms"]:
                if is_ours(self._found(alarm).tags, self._stack_name, endpoint_name):
                    yield alarm["AlarmName"]


def _listed(tags: Mapping[str, str]) -> "list[TagTypeDef]":
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _not_ours(names: Sequence[str]) -> str:
    """The message on alarms that somebody else has made under names of ours."""
    others = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    return (
        f"There is an alarm {names[0]}{others} that this stack did not make for the endpoint, and"
        " a guardrail's alarm would have that name. Nothing was written over. Delete that alarm,"
        " or deploy without the guardrail."
    )
