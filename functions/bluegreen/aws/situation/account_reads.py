"""What is read from an account only on demand: quotas and roles."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from bluegreen.aws.reads import OptionalReads, Unreadable

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sagemaker import SageMakerClient

Body = Mapping[str, Any]

FOR_ENDPOINTS: Final = " for endpoint usage"
MOST_ENDPOINTS: Final = 100
"""So many endpoints are looked at to count what runs; more are left alone."""

DESCRIBE_ALARMS: Final = "cloudwatch:DescribeAlarms"


class Quotas:
    """Instances "for endpoint usage": allowed ones, and those that run.

    `client` is one of Service Quotas (None: never asked for any).
    """

    def __init__(self, client: Any, sagemaker: "SageMakerClient", reads: OptionalReads) -> None:  # noqa: ANN401 - no stubs
        self._client = client
        self._sagemaker = sagemaker
        self._reads = reads
        self._types: dict[str, dict[str, str]] = {}

    def of(self, types: Sequence[str]) -> dict[str, dict[str, int]]:
        """The `Quotas` of instance types; Unreadable unless all of it can be told."""
        if not types:
            return {}
        allowed = self._allowed(types)
        missing = [type_ for type_ in types if type_ not in allowed]
        if missing:
            raise Unreadable(f"Service Quotas lists no quota for {', '.join(missing)}")
        running = self._running()
        return {t: {"Allowed": allowed[t], "Running": running[t]} for t in types}

    def _allowed(self, types: Sequence[str]) -> dict[str, int]:
        """By the quotas' names, which AWS documents nowhere; their codes differ by type.

        Shape: `ListServiceQuotasResponse` (Service Quotas API).
        """
        found: dict[str, int] = {}
        pages = self._client.get_paginator("list_service_quotas")
        for page in pages.paginate(ServiceCode="sagemaker", PaginationConfig={"PageSize": 100}):
            values = {quota["QuotaName"]: int(quota["Value"]) for quota in page["Quotas"]}
            found |= {t: values[name] for t in types if (name := t + FOR_ENDPOINTS) in values}
            if len(found) == len(types):
                break
            self._reads.go_on()
        return found

    def _running(self) -> Counter[str]:
        """The instances of all endpoints, by type."""
        pages = self._sagemaker.get_paginator("list_endpoints").paginate(
            PaginationConfig={"PageSize": 100}
        )
        listed = (endpoint["EndpointName"] for page in pages for endpoint in page["Endpoints"])
        names = list(islice(listed, MOST_ENDPOINTS + 1))
        if len(names) > MOST_ENDPOINTS:
            raise Unreadable(
                f"the account has more than {MOST_ENDPOINTS} endpoints, too many to count"
            )
        running: Counter[str] = Counter()
        for name in names:
            self._reads.go_on()
            running.update(self._instances_of(name))
        return running

    def _instances_of(self, name: str) -> Counter[str]:
        """An endpoint's instances, and those that a green fleet is to have, by type."""
        endpoint = self._sagemaker.describe_endpoint(EndpointName=name)
        pending: Body = endpoint.get("PendingDeploymentSummary") or {}
        blue = self._counted(endpoint, "CurrentInstanceCount")
        return blue + self._counted(pending, "DesiredInstanceCount")

    def _counted(self, fleet: Body, member: str) -> Counter[str]:
        counted: Counter[str] = Counter()
        for variant in fleet.get("ProductionVariants", []):
            if variant.get(member):
                counted[self._type_of(fleet, variant)] += variant[member]
        return counted

    def _type_of(self, fleet: Body, variant: Body) -> str:
        """The type of a variant; `PendingProductionVariantSummary` tells it itself."""
        config: str = fleet.get("EndpointConfigName", "")
        if variant.get("InstanceType") or not config:
            return str(variant.get("InstanceType", ""))
        if config not in self._types:
            body = self._sagemaker.describe_endpoint_config(EndpointConfigName=config)
            self._types[config] = {
                each["VariantName"]: each.get("InstanceType", "")
                for each in body["ProductionVariants"]
            }
        return self._types[config].get(variant["VariantName"], "")


def roles_may_describe_alarms(
    client: "IAMClient", roles: Sequence[str], shapes: Body, guarded: Sequence[str] = ()
) -> dict[str, bool]:
    """The `RolesMayDescribeAlarms` of roles, on the alarms that are there, and on `guarded`.

    Those are names of alarms that are yet to be made for the endpoint.

    CloudWatch API, DescribeAlarms: composite alarms are shown to those only who may describe
    all. Shape: `SimulatePolicyResponse` (IAM API); resource policies and service control
    policies that IAM does not see there are not counted.
    """
    if "MetricAlarms" not in shapes:
        raise Unreadable("the alarms could not be read")
    named = [*shapes["MetricAlarms"], *shapes.get("LogAlarms", [])]
    resources = [alarm["AlarmArn"] for alarm in named]
    resources += ["*"] if shapes.get("CompositeAlarms") else []
    resources += [_alarm_arn(name, shapes["Endpoint"]["EndpointArn"]) for name in guarded]
    return {role: _may(client, role, resources) for role in roles} if resources else {}


def _alarm_arn(name: str, endpoint_arn: str) -> str:
    """The ARN of an alarm in the account and Region of an endpoint."""
    _, partition, _, region, account, _ = endpoint_arn.split(":", 5)
    return f"arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"


def _may(client: "IAMClient", role: str, resources: Sequence[str]) -> bool:
    pages = client.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=role, ActionNames=[DESCRIBE_ALARMS], ResourceArns=resources
    )
    decisions: set[str] = set()
    for result in (result for page in pages for result in page["EvaluationResults"]):
        decisions.add(result["EvalDecision"])
        each = result.get("ResourceSpecificResults", [])
        decisions |= {specific["EvalResourceDecision"] for specific in each}
    return decisions == {"allowed"}
