"""The situation of a request, read from the account as far as our role may read it.

The endpoint and the requested config are required, and with a model package that package, the tags,
and the live config with its models, which are copied: without them there is nothing to check.
Everything else is optional, and `unknown` says what could not be read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bluegreen.aws.described_alarms import describe_alarms
from bluegreen.aws.reads import NeededReads, OptionalReads
from bluegreen.aws.sagemaker.live_fleet import FleetReader
from bluegreen.aws.situation import account_reads, variant_reads
from bluegreen.aws.situation.package_reads import packages
from bluegreen.aws.situation.situation_shapes import last_policy_in, situation_of
from bluegreen.aws.situation.variant_reads import with_data
from bluegreen.aws.situation.week_reads import weeks
from bluegreen.check.alarm_scope import ComparedFleets, doubted
from bluegreen.check.guardrails import Wanted, wanted_of
from bluegreen.check.retained_policy import with_retained_policy
from bluegreen.check.situation import NOT_ASKED, Situation
from bluegreen.clock import Clock
from bluegreen.deployment.abort import abort_alarm_of
from bluegreen.guardrails.blue import Week
from bluegreen.guardrails.guardrail import alarm_name, alarm_prefix, is_of_guardrail
from bluegreen.request.request import Request
from bluegreen.sagemaker.deployment_config import alarms_of

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class Situations:
    """The situations of requests, by clients of AWS; what is None is not asked.

    `clock` tells which day's traffic counts, and when to stop. `passable_roles` are those that
    may be given to what is made from a model package; None: nobody says. `stack_name` tells which
    alarms are the stack's own, `guardrail_alarms` whether it makes those of guardrails;
    `makes_abort_alarm`: whether its deployments carry an abort alarm.
    """

    clock: Clock
    sagemaker: "SageMakerClient"
    cloudwatch: "CloudWatchClient"
    scaling: Any = None
    quotas: Any = None
    iam: "IAMClient | None" = None
    passable_roles: Sequence[str] | None = None
    stack_name: str = ""
    guardrail_alarms: str = ""
    makes_abort_alarm: bool = True

    def of(self, request: Request) -> Situation:
        """The situation of a request, as it is now.

        RequestRejected when our role may not see the endpoint or what is requested, and
        ObservationUnavailable when AWS does not show them now; so where the request asks for
        guardrails, and blue's week cannot be read now. `unknown` may name `live` (the live config),
        `models`, `packages`, `alarms`, `tags` (of guardrails' alarms), `scaling`, `traffic`,
        `metrics`, `guardrails` (blue's week), `quotas` and `roles`.
        """
        reads = OptionalReads(self.clock)
        of_fleet = NeededReads(reads.unknown) if request.model_package_arn else reads
        shapes = FleetReader(self.sagemaker, of_fleet).read(request)
        of_models = packages(self.sagemaker, shapes["Models"], reads)
        shapes["ModelPackages"] = [*of_models, *shapes.get("ModelPackages", [])]
        shapes |= self._alarms(request, _alarms_named(request, shapes), reads)
        shapes |= self._tags(request, shapes, reads)
        shapes |= self._variants(shapes, reads)
        shapes |= self._metrics(request, shapes, reads)
        wanted = self._wanted(request, shapes)
        weeks_of_blue = self._weeks(wanted, shapes, reads)
        guarded = self._named(wanted, request)
        shapes |= self._on_demand(situation_of(shapes, request), shapes, guarded, reads)
        known = {**shapes, "Unknown": reads.unknown, "Now": self.clock.now()}
        found = situation_of(known, request, self.passable_roles)
        return replace(self._in_stack(found, request), weeks=weeks_of_blue)

    def _in_stack(self, situation: Situation, request: Request) -> Situation:
        """The situation with what the stack itself tells."""
        return replace(
            situation,
            abort_alarm=abort_alarm_of(self.stack_name, request.endpoint_name),
            stack_name=self.stack_name,
            guardrail_alarms=self.guardrail_alarms,
            makes_abort_alarm=self.makes_abort_alarm,
        )

    def _alarms(
        self, request: Request, names: Sequence[str], reads: OptionalReads
    ) -> dict[str, Any]:
        """The alarms of these names; shape: `DescribeAlarmsOutput` (CloudWatch API).

        Who retains guardrails is rejected without them.
        """
        if not names:
            return {"MetricAlarms": []}
        read = partial(describe_alarms, self.cloudwatch, list(names))
        endpoint, retains = request.endpoint_name, request.retains_policy and request.asked is None
        needed = retains and any(is_of_guardrail(name, endpoint) for name in names)
        found = reads.insist("alarms", read) if needed else reads.ask("alarms", read)
        return found or {}

    def _tags(
        self, request: Request, shapes: Mapping[str, Any], reads: OptionalReads
    ) -> dict[str, Any]:
        """With the tags of the stack's own guardrails, by ARN, where a request retains them.

        Shape: `ListTagsForResourceOutput` (CloudWatch API).
        """
        if not request.retains_policy or request.asked is not None:
            return {}
        prefix = alarm_prefix(self.stack_name, request.endpoint_name)
        arns = [a["AlarmArn"] for a in shapes.get("MetricAlarms", []) if _begins(a, prefix)]
        ask = self.cloudwatch.list_tags_for_resource
        found = {arn: reads.insist("tags", partial(ask, ResourceARN=arn)) for arn in arns}
        tags = {arn: answer["Tags"] for arn, answer in found.items() if answer}
        return {"Tags": {**shapes.get("Tags", {}), **tags}}

    def _metrics(
        self, request: Request, shapes: Mapping[str, Any], reads: OptionalReads
    ) -> dict[str, Any]:
        """Which of the alarms' metrics have data, of those that are in doubt; mostly none is."""
        situation = situation_of(shapes, request)
        config = situation.requested or situation.live
        if config is None or not situation.alarms:
            return {}
        live = situation.endpoint.live_config
        fleets = ComparedFleets(situation.true_name(request.endpoint_name), live, config)
        metrics = [
            replace(metric, dimensions=fleets.of_blue(metric))
            for metric in doubted(situation.alarms.values(), fleets)
        ]
        now = self.clock.now()
        found = reads.ask("metrics", lambda: with_data(self.cloudwatch, metrics, now))
        return _known({"Metrics": found})

    def _variants(self, shapes: Mapping[str, Any], reads: OptionalReads) -> dict[str, Any]:
        """What is known of an endpoint by its variants; nothing of one that is not there."""
        now = self.clock.now()
        if "Endpoint" not in shapes:
            return {}
        targets = _if_asked(
            reads,
            "scaling",
            self.scaling,
            lambda: variant_reads.targets(self.scaling, shapes),
        )
        traffic = reads.ask("traffic", lambda: variant_reads.traffic(self.cloudwatch, shapes, now))
        return _known({"ScalableTargets": targets, "Traffic": traffic})

    def _wanted(self, request: Request, shapes: Mapping[str, Any]) -> Wanted | None:
        """What guardrails are made of; None where none is made."""
        situation = self._in_stack(situation_of(shapes, request), request)
        return wanted_of(with_retained_policy(request, situation)[0], situation)

    def _named(self, wanted: Wanted | None, request: Request) -> list[str]:
        """An alarm of a guardrail, as they are called that will be made; of any, all are alike."""
        endpoint, variants = request.endpoint_name, wanted.variants[:1] if wanted else ()
        return [alarm_name(self.stack_name, endpoint, name, "5xx") for name in variants]

    def _weeks(
        self, wanted: Wanted | None, shapes: Mapping[str, Any], reads: OptionalReads
    ) -> dict[str, Week] | None:
        """What blue did in its last week, where guardrails are made of it.

        Without it a request is rejected, whoever asks for them: one for which only its stack does
        names no alarm.
        """
        if wanted is None:
            return None
        endpoint, now = shapes["Endpoint"], self.clock.now()
        read = partial(weeks, self.cloudwatch, endpoint, wanted, now, reads.go_on)
        return reads.insist("guardrails", read)

    def _on_demand(
        self,
        situation: Situation,
        shapes: Mapping[str, Any],
        guarded: Sequence[str],
        reads: OptionalReads,
    ) -> dict[str, Any]:
        """What is asked only if there is a client for it; last what takes longest.

        A clone has the types and the roles of the live config.
        """
        config = situation.live if situation.source else situation.requested
        variants = config.variants if config else ()
        types = sorted({v.instance_type for v in variants if v.instance_type})
        roles = sorted({v.role_arn for v in variants if v.role_arn})
        quotas = account_reads.Quotas(self.quotas, self.sagemaker, reads)
        asked = {
            "RolesMayDescribeAlarms": (
                "roles",
                self.iam,
                lambda: self._roles(roles, shapes, guarded),
            ),
            "Quotas": ("quotas", self.quotas, lambda: quotas.of(types)),
        }
        return _known({member: _if_asked(reads, *each) for member, each in asked.items()})

    def _roles(
        self, roles: list[str], shapes: Mapping[str, Any], guarded: Sequence[str]
    ) -> dict[str, bool]:
        assert self.iam is not None
        return account_reads.roles_may_describe_alarms(self.iam, roles, shapes, guarded)


def _alarms_named(request: Request, shapes: Mapping[str, Any]) -> list[str]:
    """The request's alarms; of one that retains its policy, those of the endpoint's last one."""
    if not request.retains_policy:
        return list(request.policy.alarms)
    last = last_policy_in(shapes)
    return [alarm["AlarmName"] for alarm in alarms_of(last.config)] if last else []


def _begins(alarm: Mapping[str, Any], prefix: str) -> bool:
    name: str = alarm["AlarmName"]
    return name.startswith(prefix)


def _known(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value is not None}


def _if_asked[T](
    reads: OptionalReads, what: str, client: object, read: Callable[[], T]
) -> T | None:
    if client is None:
        reads.unknown[what] = NOT_ASKED
        return None
    return reads.ask(what, read)
