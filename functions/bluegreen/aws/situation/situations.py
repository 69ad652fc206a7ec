"""The situation of a request, read from the account: read only, as far as our role may.

Endpoint and endpoint configs are needed: without them there is nothing to check. All else is
optional, and what cannot be read stands in `unknown`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bluegreen.aws.sagemaker.endpoints import describe_or_none
from bluegreen.aws.sagemaker.package_reads import package_shapes
from bluegreen.aws.situation import account_reads, model_reads, variant_reads
from bluegreen.aws.situation.optional_reads import OptionalReads
from bluegreen.aws.situation.source_shapes import situation_for
from bluegreen.check.situation import NOT_ASKED, Situation
from bluegreen.clock import Clock
from bluegreen.contract.errors import RequestRejected
from bluegreen.request.request import Request

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sagemaker import SageMakerClient

ALARM_TYPES: Final = ("MetricAlarm", "CompositeAlarm")
"""DescribeAlarms shows composite alarms only to who asks for both."""


@dataclass(frozen=True)
class Situations:
    """The situations of requests, by clients of boto3; what is None is not asked.

    `clock` tells which day's traffic counts, and when to stop. `passable_roles` are those that
    may be given to what is made from a model package; None: nobody says.
    """

    clock: Clock
    sagemaker: "SageMakerClient"
    cloudwatch: "CloudWatchClient"
    scaling: Any = None
    quotas: Any = None
    iam: "IAMClient | None" = None
    passable_roles: Sequence[str] | None = None

    def of(self, request: Request) -> Situation:
        """The situation of a request, as it is now.

        RequestRejected when our role may not see the endpoint or what is requested, and
        ObservationUnavailable when AWS does not show them now. `unknown` may name `live` (the
        live config), `models`, `packages`, `alarms`, `scaling`, `traffic`, `quotas` and
        `roles`.
        """
        reads = OptionalReads(self.clock)
        shapes = self._endpoint_and_configs(request, reads)
        shapes |= self._alarms(request, reads)
        shapes |= model_reads.models(self.sagemaker, shapes["EndpointConfigs"], reads)
        if request.model_package_arn:
            shapes |= package_shapes(self.sagemaker, request, shapes)
            shapes["PassableRoles"] = self.passable_roles
        shapes |= self._variants(shapes, reads)
        shapes |= self._on_demand(situation_for(request, shapes), shapes, reads)
        return situation_for(request, {**shapes, "Unknown": reads.unknown})

    def _endpoint_and_configs(self, request: Request, reads: OptionalReads) -> dict[str, Any]:
        name, requested = request.endpoint_name, request.endpoint_config_name
        endpoint = describe_or_none(lambda: self.sagemaker.describe_endpoint(EndpointName=name))
        live = endpoint.get("EndpointConfigName") if endpoint else None
        configs = [] if request.model_package_arn else [self._config(requested)]
        if live and live != requested:
            configs.append(self._live_config(live, reads))
        shapes: dict[str, Any] = {"EndpointConfigs": [config for config in configs if config]}
        return {"Endpoint": endpoint, **shapes} if endpoint else shapes

    def _config(self, name: str) -> Mapping[str, Any] | None:
        describe = self.sagemaker.describe_endpoint_config
        return describe_or_none(lambda: describe(EndpointConfigName=name))

    def _live_config(self, name: str, reads: OptionalReads) -> Mapping[str, Any] | None:
        try:
            found = self._config(name)
        except RequestRejected as refusal:
            reads.unknown["live"] = str(refusal).rstrip(".")
            return None
        if found is None:
            reads.unknown["live"] = "there is no such endpoint config any more"
        return found

    def _alarms(self, request: Request, reads: OptionalReads) -> dict[str, Any]:
        """The request's alarms; shape: `DescribeAlarmsOutput` (CloudWatch API)."""
        names, describe = list(request.policy.alarms), self.cloudwatch.describe_alarms
        if not names:
            return {"MetricAlarms": []}
        found = reads.ask(
            "alarms",
            lambda: describe(AlarmNames=names, AlarmTypes=[*ALARM_TYPES], MaxRecords=100),
        )
        if found is None:
            return {}
        return {kind: found.get(kind, []) for kind in ("MetricAlarms", "CompositeAlarms")}

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

    def _on_demand(
        self, situation: Situation, shapes: Mapping[str, Any], reads: OptionalReads
    ) -> dict[str, Any]:
        """What is asked only if there is a client for it; last what takes longest."""
        variants = situation.requested.variants if situation.requested else ()
        types = sorted({v.instance_type for v in variants if v.instance_type})
        roles = sorted({v.role_arn for v in variants if v.role_arn})
        quotas = account_reads.Quotas(self.quotas, self.sagemaker, reads)
        asked = {
            "RolesMayDescribeAlarms": (
                "roles",
                self.iam,
                lambda: self._roles(roles, shapes),
            ),
            "Quotas": ("quotas", self.quotas, lambda: quotas.of(types)),
        }
        return _known({member: _if_asked(reads, *each) for member, each in asked.items()})

    def _roles(self, roles: list[str], shapes: Mapping[str, Any]) -> dict[str, bool]:
        assert self.iam is not None
        return account_reads.roles_may_describe_alarms(self.iam, roles, shapes)


def _known(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value is not None}


def _if_asked[T](
    reads: OptionalReads, what: str, client: object, read: Callable[[], T]
) -> T | None:
    if client is None:
        reads.unknown[what] = NOT_ASKED
        return None
    return reads.ask(what, read)
