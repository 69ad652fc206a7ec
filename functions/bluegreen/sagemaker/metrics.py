"""The catalogue of metrics that SageMaker publishes of endpoints, each with its source.

What stands in it with `Standing.UNCERTAIN` is in some source, but not in one of AWS's that says
it in so many words. A name that is in no row is in no source. `docs/metrics.md` is made from it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

INVOCATION: Final = "AWS/SageMaker"
HOST: Final = "/aws/sagemaker/Endpoints"
COMPONENT: Final = "/aws/sagemaker/InferenceComponents"

Dimensions = frozenset[str]
"""The names of a metric's dimensions: CloudWatch shows data for exactly one set of them."""

ENDPOINT: Final[Dimensions] = frozenset({"EndpointName"})
FLEET: Final = ENDPOINT | {"VariantName"}
FLEET_OF_CONFIG: Final = FLEET | {"EndpointConfigName"}
CONTAINER: Final = FLEET | {"ContainerName"}
INFERENCE_COMPONENT: Final[Dimensions] = frozenset({"InferenceComponentName"})
LABELING_JOB: Final[Dimensions] = frozenset({"LabelingJobName"})

ERRORS: Final = frozenset({"Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors"})
LATENCIES: Final = frozenset({"ModelLatency", "OverheadLatency"})
REQUESTS: Final = frozenset({"Invocations", "InvocationsPerInstance"})
OF_REQUESTS: Final = ERRORS | LATENCIES | REQUESTS
"""Metrics with a sample for each request, or a count of them."""

MICROSECONDS: Final = "Microseconds"
PERCENT: Final = "Percent"
NO_UNIT: Final = "None"


class Standing(StrEnum):
    """How sure it is that SageMaker publishes a metric with certain dimensions."""

    DOCUMENTED = "documented"
    UNCERTAIN = "UNCERTAIN"
    NEVER = "never"


class Kind(StrEnum):
    """The endpoints that publish a metric."""

    ANY = "all endpoints"
    REAL_TIME = "real-time endpoints"
    ASYNCHRONOUS = "asynchronous endpoints"
    SERVERLESS = "serverless endpoints"
    MULTI_MODEL = "multi-model endpoints"
    COMPONENTS = "inference components"
    LABELING = "Ground Truth, not endpoints"


@dataclass(frozen=True)
class Published:
    """Metrics that SageMaker publishes alike.

    `dimensions` are the sets that `source` (a page of the SageMaker Developer Guide, or of whom
    it names) documents; `uncertain` those that may exist beside them. `unit` is CloudWatch's;
    `units` are others that only an older page names. `often`: seconds between two values, where
    that is less than a minute without any setting.
    """

    namespace: str
    names: tuple[str, ...]
    source: str
    dimensions: tuple[Dimensions, ...] = (FLEET,)
    uncertain: tuple[Dimensions, ...] = ()
    kind: Kind = Kind.ANY
    standing: Standing = Standing.DOCUMENTED
    unit: str = NO_UNIT
    units: tuple[str, ...] = ()
    percentiles: bool = False
    often: int = 60


_MONITORING: Final = '"Amazon SageMaker AI metrics in Amazon CloudWatch"'
_GUARDRAILS: Final = '"Auto-Rollback Configuration and Monitoring"'
_ASYNCHRONOUS: Final = '"Monitor asynchronous endpoint"'
_SERVERLESS: Final = '"Monitor a serverless endpoint"'
_CONTAINERS: Final = '"Metrics for multi-container endpoints with direct invocation"'
_SCALING: Final = '"Define a scaling policy"'
_ENHANCED: Final = (FLEET | {"InstanceId"}, FLEET | {"InstanceId", "ContainerId"})
"""Published with enhanced metrics only, which the endpoint config turns on (MetricsConfig)."""

_ENHANCED_HOST: Final = (FLEET | {"InstanceId"}, FLEET | {"InstanceId", "AcceleratorId"})

CATALOGUE: Final = (
    # Requests.
    Published(
        INVOCATION,
        ("Invocations",),
        f"{_MONITORING}, {_GUARDRAILS}",
        (FLEET, FLEET_OF_CONFIG, CONTAINER, INFERENCE_COMPONENT),
        _ENHANCED,
        Kind.REAL_TIME,
        units=("Count",),
    ),
    Published(
        INVOCATION,
        ("InvocationsPerInstance",),
        _MONITORING,
        (FLEET,),
        (FLEET_OF_CONFIG,),
        Kind.REAL_TIME,
        units=("Count",),
    ),
    Published(
        INVOCATION,
        ("Invocation4XXErrors", "Invocation5XXErrors"),
        f"{_MONITORING}, {_CONTAINERS}",
        (FLEET, CONTAINER, INFERENCE_COMPONENT),
        (FLEET_OF_CONFIG, *_ENHANCED),
        units=("Count",),
    ),
    Published(
        INVOCATION,
        ("InvocationModelErrors",),
        _MONITORING,
        (FLEET, INFERENCE_COMPONENT),
        (FLEET_OF_CONFIG, CONTAINER, *_ENHANCED),
        Kind.REAL_TIME,
        units=("Count",),
    ),
    Published(
        INVOCATION,
        ("InvocationModelErrors",),
        f"{_MONITORING}; {_ASYNCHRONOUS} does not list it",
        (),
        (FLEET, FLEET_OF_CONFIG),
        Kind.ASYNCHRONOUS,
        units=("Count",),
    ),
    Published(
        INVOCATION,
        ("ModelLatency",),
        f"{_MONITORING}, {_GUARDRAILS}",
        (FLEET, FLEET_OF_CONFIG, INFERENCE_COMPONENT),
        (CONTAINER, *_ENHANCED),
        unit=MICROSECONDS,
        percentiles=True,
    ),
    Published(
        INVOCATION,
        ("OverheadLatency",),
        f"{_MONITORING}, {_CONTAINERS}",
        (FLEET, CONTAINER, INFERENCE_COMPONENT),
        (FLEET_OF_CONFIG, *_ENHANCED),
        Kind.REAL_TIME,
        unit=MICROSECONDS,
    ),
    Published(
        INVOCATION,
        ("ContainerLatency",),
        _CONTAINERS,
        (CONTAINER,),
        kind=Kind.REAL_TIME,
        unit=MICROSECONDS,
    ),
    Published(
        INVOCATION,
        ("FirstChunkLatency",),
        "public stacks only",
        (),
        (FLEET, FLEET_OF_CONFIG, INFERENCE_COMPONENT),
        unit=MICROSECONDS,
        percentiles=True,
    ),
    Published(
        INVOCATION,
        ("MidStreamErrors",),
        "public stacks only",
        (),
        (FLEET, FLEET_OF_CONFIG, INFERENCE_COMPONENT),
    ),
    Published(
        INVOCATION,
        ("ConcurrentRequestsPerModel",),
        _SCALING,
        (FLEET,),
        (FLEET_OF_CONFIG, *_ENHANCED),
        Kind.REAL_TIME,
        units=("Count",),
        often=10,
    ),
    Published(
        INVOCATION,
        ("ExplanationsPerInstance",),
        _SCALING,
        (FLEET,),
        (FLEET_OF_CONFIG,),
        Kind.REAL_TIME,
        units=("Count",),
    ),
    # Multi-model endpoints.
    Published(
        INVOCATION,
        (
            "ModelLoadingWaitTime",
            "ModelUnloadingTime",
            "ModelDownloadingTime",
            "ModelLoadingTime",
        ),
        _MONITORING,
        (FLEET,),
        (FLEET_OF_CONFIG,),
        Kind.MULTI_MODEL,
        unit=MICROSECONDS,
    ),
    Published(
        INVOCATION,
        ("ModelCacheHit",),
        _MONITORING,
        (FLEET,),
        (FLEET_OF_CONFIG,),
        Kind.MULTI_MODEL,
    ),
    # Asynchronous endpoints.
    Published(
        INVOCATION,
        (
            "ApproximateBacklogSize",
            "ApproximateBacklogSizePerInstance",
            "ApproximateAgeOfOldestRequest",
            "HasBacklogWithoutCapacity",
        ),
        _ASYNCHRONOUS,
        (ENDPOINT,),
        kind=Kind.ASYNCHRONOUS,
        units=("Count", "Seconds"),
    ),
    Published(
        INVOCATION,
        (
            "RequestDownloadFailures",
            "ResponseUploadFailures",
            "NotificationFailures",
            "ExpiredRequests",
            "InvocationFailures",
            "InvocationsProcesssed",
        ),
        f"{_ASYNCHRONOUS}, which spells the last one so",
        (FLEET,),
        (FLEET_OF_CONFIG,),
        Kind.ASYNCHRONOUS,
        units=("Count",),
    ),
    Published(
        INVOCATION,
        ("InvocationsProcessed",),
        "documentation of other tools; AWS writes InvocationsProcesssed",
        (),
        (FLEET, FLEET_OF_CONFIG),
        Kind.ASYNCHRONOUS,
        units=("Count",),
    ),
    Published(
        INVOCATION,
        ("RequestDownloadLatency", "ResponseUploadLatency"),
        _ASYNCHRONOUS,
        (FLEET,),
        (FLEET_OF_CONFIG,),
        Kind.ASYNCHRONOUS,
        unit=MICROSECONDS,
    ),
    Published(
        INVOCATION,
        ("TimeInBacklog", "TotalProcessingTime"),
        f"{_ASYNCHRONOUS}; an older text has TimeInBacklog in microseconds",
        (FLEET,),
        (FLEET_OF_CONFIG,),
        Kind.ASYNCHRONOUS,
        unit="Milliseconds",
        units=(MICROSECONDS,),
    ),
    # Serverless endpoints.
    Published(
        INVOCATION,
        ("ModelSetupTime",),
        _SERVERLESS,
        uncertain=(FLEET_OF_CONFIG,),
        kind=Kind.SERVERLESS,
        unit=MICROSECONDS,
    ),
    Published(
        INVOCATION,
        (
            "MemoryUtilization",
            "ServerlessConcurrentExecutionsUtilization",
            "ServerlessProvisionedConcurrencyExecutions",
            "ServerlessProvisionedConcurrencyUtilization",
            "ServerlessProvisionedConcurrencyInvocations",
            "ServerlessProvisionedConcurrencySpilloverInvocations",
        ),
        _SERVERLESS,
        uncertain=(FLEET_OF_CONFIG,),
        kind=Kind.SERVERLESS,
        units=("Count", PERCENT),
    ),
    # Inference components.
    Published(
        INVOCATION,
        ("InvocationsPerCopy", "ConcurrentRequestsPerCopy"),
        _SCALING,
        (INFERENCE_COMPONENT,),
        kind=Kind.COMPONENTS,
        units=("Count",),
        often=10,
    ),
    Published(
        INVOCATION,
        ("NoCapacityInvocationFailures",),
        '"Scale an endpoint to zero instances"',
        (INFERENCE_COMPONENT,),
        kind=Kind.COMPONENTS,
        units=("Count",),
    ),
    # In a namespace of endpoints, but not of them.
    Published(
        INVOCATION,
        (
            "ActiveWorkers",
            "DatasetObjectsAutoAnnotated",
            "DatasetObjectsHumanAnnotated",
            "DatasetObjectsLabelingFailed",
            "JobsFailed",
            "JobsSucceeded",
            "JobsStopped",
            "TotalDatasetObjectsLabeled",
        ),
        '"Monitor labeling jobs"',
        (LABELING_JOB,),
        kind=Kind.LABELING,
        units=("Count",),
    ),
    # Instances.
    Published(
        HOST,
        ("CPUUtilization", "MemoryUtilization"),
        f"{_MONITORING}, {_CONTAINERS}",
        (FLEET, CONTAINER),
        (FLEET_OF_CONFIG, *_ENHANCED_HOST),
        unit=PERCENT,
    ),
    Published(
        HOST,
        ("DiskUtilization", "GPUUtilization", "GPUMemoryUtilization"),
        _MONITORING,
        (FLEET,),
        (FLEET_OF_CONFIG, *_ENHANCED_HOST),
        unit=PERCENT,
    ),
    Published(
        HOST,
        ("LoadedModelCount",),
        _MONITORING,
        (FLEET,),
        (FLEET_OF_CONFIG,),
        Kind.MULTI_MODEL,
        units=("Count",),
    ),
    Published(
        HOST,
        (
            "CPUReservation",
            "MemoryReservation",
            "GPUReservation",
            "CPUUtilizationNormalized",
            "MemoryUtilizationNormalized",
            "GPUUtilizationNormalized",
            "GPUMemoryUtilizationNormalized",
        ),
        _MONITORING,
        (FLEET,),
        (FLEET_OF_CONFIG, *_ENHANCED_HOST),
        Kind.COMPONENTS,
        unit=PERCENT,
    ),
    Published(
        COMPONENT,
        (
            "CPUUtilizationNormalized",
            "MemoryUtilizationNormalized",
            "GPUUtilizationNormalized",
            "GPUMemoryUtilizationNormalized",
        ),
        _MONITORING,
        (INFERENCE_COMPONENT,),
        kind=Kind.COMPONENTS,
        unit=PERCENT,
    ),
)
"""Row by row. Detailed observability has no rows: it is open-ended, and asked for in PromQL."""

NAMESPACES: Final = tuple(dict.fromkeys(row.namespace for row in CATALOGUE))
"""Those of which every name is in the catalogue. CloudWatch tells them apart by case and slash."""

_PLAINLY: Final = {"".join(filter(str.isalnum, name)).lower(): name for name in NAMESPACES}


def rows_of(namespace: str, name: str) -> list[Published]:
    """The rows of a metric; empty: no source has it, or nothing is known of its namespace."""
    return [row for row in CATALOGUE if row.namespace == namespace and name in row.names]


def standing_of(
    namespace: str, name: str, dimensions: Collection[str], *, asynchronous: bool
) -> Standing | None:
    """How sure it is that an endpoint publishes this; None: nothing is known of the namespace."""
    if namespace not in NAMESPACES:
        return None
    found = {
        _standing_in(row, frozenset(dimensions), asynchronous=asynchronous)
        for row in rows_of(namespace, name)
    }
    return next((standing for standing in Standing if standing in found), Standing.NEVER)


def _standing_in(row: Published, dimensions: Dimensions, *, asynchronous: bool) -> Standing:
    elsewhere = Kind.REAL_TIME if asynchronous else Kind.ASYNCHRONOUS
    if row.kind is elsewhere:
        return Standing.NEVER
    if dimensions in row.dimensions:
        return row.standing
    return Standing.UNCERTAIN if dimensions in row.uncertain else Standing.NEVER


def is_published_by(namespace: str, name: str, *, asynchronous: bool) -> bool:
    """Whether an endpoint of that kind publishes the metric with any dimensions at all."""
    elsewhere = Kind.REAL_TIME if asynchronous else Kind.ASYNCHRONOUS
    return any(row.kind is not elsewhere for row in rows_of(namespace, name))


def dimension_sets_of(namespace: str, name: str) -> Iterator[Dimensions]:
    """The sets of dimensions that are documented for a metric."""
    for row in rows_of(namespace, name):
        yield from row.dimensions


def resembled(namespace: str) -> str:
    """The namespace of SageMaker that one differs from by case or signs alone; empty: none."""
    found = _PLAINLY.get("".join(filter(str.isalnum, namespace)).lower(), "")
    return "" if found == namespace else found
