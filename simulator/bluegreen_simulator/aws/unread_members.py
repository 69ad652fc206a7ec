"""Members of requests that moto never reads, and that would change the answer: refused by name.

Found by comparing the API's own models with what moto's handlers ask for, in the services that
people use with endpoints. Members that change nothing anybody could see here are not in the list.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.responses import BaseResponse
from moto.events.responses import EventsHandler
from moto.logs.responses import LogsResponse
from moto.sns.responses import SNSResponse
from moto.sqs.responses import SQSResponse
from moto.ssm.responses import SimpleSystemManagerResponse

from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

UNREAD: Final = (
    (EventsHandler, "create_event_bus", "ddfb8b794fb2", {"LogConfig"}),
    (SNSResponse, "create_topic", "9a00c3f7472a", {"DataProtectionPolicy"}),
    (SQSResponse, "get_queue_url", "6653e8762fd3", {"QueueOwnerAWSAccountId"}),
    (SimpleSystemManagerResponse, "describe_parameters", "a330b50c50c3", {"Shared"}),
    (LogsResponse, "create_log_group", "4ebcce1b24a6", {"deletionProtectionEnabled"}),
    (
        LogsResponse,
        "describe_log_groups",
        "87ef62c9686b",
        {
            "accountIdentifiers",
            "includeLinkedAccounts",
            "logGroupClass",
            "logGroupIdentifiers",
            "logGroupNamePattern",
        },
    ),
    (LogsResponse, "get_log_events", "237294eb63ff", {"unmask"}),
    (
        ApplicationAutoScalingResponse,
        "describe_scaling_policies",
        "523a222e00b0",
        {"PolicyNames"},
    ),
    (
        ApplicationAutoScalingResponse,
        "describe_scheduled_actions",
        "cbbbbdeb0ea0",
        {"MaxResults", "NextToken"},
    ),
    (
        ApplicationAutoScalingResponse,
        "put_scaling_policy",
        "563710e43216",
        {"PredictiveScalingPolicyConfiguration"},
    ),
    (ApplicationAutoScalingResponse, "register_scalable_target", "47d20f4695be", {"Tags"}),
)
"""Whose handler, of which fingerprint, does not read which members."""


def install(world: World) -> None:
    """Refuse them, in whichever world."""
    del world


def _refusing(owner: type[BaseResponse], name: str, unread: set[str]) -> Callable[..., Any]:
    def answer(response: BaseResponse, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - moto's
        given = sorted(unread & _given(response))
        if given:
            raise NotImplementedError(f"That is so with {', '.join(given)}; without, it works.")
        return ORIGINALS[owner, name](response, *args, **kwargs)

    return answer


def _given(response: BaseResponse) -> set[str]:
    """The names of the members, of a form or of a JSON body; a False asks for nothing."""
    names = {name.partition(".")[0] for name in response.querystring}
    body = response.body
    if body and body.lstrip()[:1] in {"{", b"{"}:
        names |= {name for name, value in json.loads(body).items() if value is not False}
    return names


for _owner, _name, _fingerprint, _unread in UNREAD:
    replaces(
        _owner,
        _name,
        restores=f"none: {', '.join(sorted(_unread))} is refused by name; moto passes over it",
        original=_fingerprint,
    )(_refusing(_owner, _name, _unread))


@replaces(
    ApplicationAutoScalingResponse,
    "describe_scalable_targets",
    restores="DescribeScalableTargets goes on with the next page; moto repeats the second for ever",
    original="6c992db98da3",
)
def _describe_targets(response: Any) -> str:  # noqa: ANN401 - moto has no types
    """Moto's page, with a token that counts from the beginning of all of them."""
    original = ORIGINALS[ApplicationAutoScalingResponse, "describe_scalable_targets"]
    answer = json.loads(original(response))
    if answer["NextToken"] is not None:
        before = response._get_param("NextToken")  # noqa: SLF001 - moto's own access
        begin = int(before) + 1 if before else 0
        answer["NextToken"] = str(begin + len(answer["ScalableTargets"]) - 1)
    return json.dumps(answer)
