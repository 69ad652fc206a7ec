"""SageMaker's runtime: InvokeEndpoint, answered by the fleets that have traffic.

Who asks waits in virtual time for as long as the model takes: that costs no more than a few
microseconds, and a client sees the latency that the metric has.

Messages: `Endpoint ... of account ... not found.` and those of a ModelError are AWS's, the others
are our words. An endpoint that is not in service yet is not found either (assumed).
"""

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Final, Never

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.sagemakerruntime import urls
from moto.sagemakerruntime.models import SageMakerRuntimeBackend
from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

from bluegreen_simulator.aws.cloudwatch import alarms as cloudwatch
from bluegreen_simulator.aws.sagemaker import meters
from bluegreen_simulator.aws.sagemaker import service as sagemaker
from bluegreen_simulator.aws.sagemaker.driver import running
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.constraints import summary, violations
from bluegreen_simulator.moto.replacements import ABSENT, ORIGINALS, replaces
from bluegreen_simulator.rules.fleet import serving
from bluegreen_simulator.rules.fleet.serving import Fleet
from bluegreen_simulator.rules.traffic.content_types import Complaint, complaint
from bluegreen_simulator.rules.traffic.metrics import OVERHEAD_MS, by_config_only

MODELLED: Final = frozenset(
    {
        "EndpointName",
        "Body",
        "ContentType",
        "Accept",
        "CustomAttributes",
        "TargetVariant",
        "InferenceId",
    }
)
NAMES: Final = ("EndpointName", "TargetVariant")
STREAM_PATH: Final = "{0}/endpoints/(?P<name>[^/]+)/invocations-response-stream$"
LOG_GROUP: Final = "/aws/sagemaker/Endpoints"
FAILURE: Final = Complaint(500, "The simulated model fails (SIMULATED_ERROR_RATE).")
REFUSAL: Final = Complaint(400, "The simulated model refuses (SIMULATED_CLIENT_ERROR_RATE).")

_worlds: list[World] = []


class ValidationError(ServiceException):  # type: ignore[misc] # moto has no types
    """A request that SageMaker does not give to a model."""

    code = "ValidationError"


class ModelError(ServiceException):  # type: ignore[misc] # as above
    """The answer when a model answered with 4XX or 5XX."""

    code = "ModelError"

    def __init__(self, world: World, endpoint: str, cause: Complaint) -> None:
        who = "server" if cause.status >= FAILURE.status else "client"
        console = f"https://{world.region}.console.aws.amazon.com/cloudwatch/home"
        place = f"{LOG_GROUP}/{endpoint}"
        super().__init__(
            f'Received {who} error ({cause.status}) from primary with message "{cause.message}".'
            f" See {console}?region={world.region}#logEventViewer:group={place}"
            f" in account {world.account_id} for more information."
        )
        self.OriginalStatusCode = cause.status
        self.OriginalMessage = cause.message
        self.LogStreamArn = f"arn:aws:logs:{world.region}:{world.account_id}:log-group:{place}"


def install(world: World) -> None:
    """Begin without requests; SageMaker and CloudWatch must have been installed."""
    _worlds[:] = [world]
    publish = by_config_only(cloudwatch.publish, world.metrics_by_config)
    fleets = sagemaker.fleets
    ours = meters.Meters(world.clock, fleets, active_instances, publish, world.chance)
    meters.begin(ours)
    sagemaker.on_traffic_change(ours.fleets_changed)


def active_instances(endpoint: str) -> dict[tuple[str, str], int]:
    """How many instances of an endpoint have traffic, by config and variant."""
    found = running().find(endpoint)
    return serving.active_instances(found) if found else {}


@replaces(
    SageMakerRuntimeResponse,
    "setup_class",
    restores="Parameters are read by the API's model, and a body may be binary.",
    original="0045fc77574a",
)
def setup_class(
    response: SageMakerRuntimeResponse,
    request: Any,  # noqa: ANN401 - handed on to moto
    full_url: str | None = None,
    headers: Any = None,  # noqa: ANN401 - likewise
    use_raw_body: bool | None = None,  # noqa: FBT001 - moto's own parameter
) -> None:
    """Let moto read the request by the model."""
    response.automated_parameter_parsing = True
    original = ORIGINALS[SageMakerRuntimeResponse, "setup_class"]
    original(response, request, full_url, headers, use_raw_body is not False)


@replaces(
    SageMakerRuntimeResponse,
    "invoke_endpoint",
    restores="InvokeEndpoint is answered by one of the fleets with traffic, or by its errors.",
    original="5559ed6a5dbe",
)
def invoke_endpoint(response: SageMakerRuntimeResponse) -> ActionResult:
    """Let a fleet answer the request."""
    params, world = response._get_params(), _worlds[0]  # noqa: SLF001 - moto's own access
    _check(params)
    name = params["EndpointName"]
    here = response.region == world.region
    fleet = _fleet(name, params.get("TargetVariant")) if here else _not_found(name)
    cause, latency_ms = _answer(name, fleet, params)
    world.clock.sleep((latency_ms + OVERHEAD_MS) / 1000)
    if cause:
        raise ModelError(world, name, cause)
    return ActionResult(
        {
            "Body": json.dumps(_prediction(fleet, params)).encode(),
            "ContentType": "application/json",
            "InvokedProductionVariant": fleet.variant,
            "CustomAttributes": params.get("CustomAttributes"),
        }
    )


def _check(params: Mapping[str, Any]) -> None:
    others = sorted(set(params) - MODELLED)
    if others:
        raise _not_modelled(f"InvokeEndpoint with {', '.join(others)}")
    names = {name: params[name] for name in NAMES if name in params}
    broken = violations("sagemaker-runtime", "InvokeEndpoint", names)
    if broken:
        raise ValidationError(summary(broken))


def _fleet(endpoint: str, variant: str | None) -> Fleet:
    """Whose turn it is."""
    fleet = meters.running().next_fleet(endpoint, variant)
    if fleet:
        return fleet
    if variant and sagemaker.fleets(endpoint):
        active = active_instances(endpoint)
        if any(count for (_, name), count in active.items() if name == variant):
            raise _not_modelled("TargetVariant with a variant that has no traffic of its own")
        raise ValidationError(f"Variant {variant} of endpoint {endpoint} not found.")
    return _not_found(endpoint)


def _answer(
    endpoint: str, fleet: Fleet, params: Mapping[str, Any]
) -> tuple[Complaint | None, float]:
    """Count the request; what the model says against it, if anything, after how many ms."""
    cause = complaint(params.get("ContentType"), params.get("Accept"), params.get("Body") or b"")
    if cause:
        return cause, meters.running().refuse(endpoint, fleet).latency_ms
    answer = meters.running().answer(endpoint, fleet)
    refusal = REFUSAL if answer.refused else None
    return FAILURE if answer.failed else refusal, answer.latency_ms


def _prediction(fleet: Fleet, params: Mapping[str, Any]) -> dict[str, str]:
    """The body: who answered, and the caller's own name for the request."""
    body = {"EndpointConfigName": fleet.config, "VariantName": fleet.variant}
    return body | {name: params[name] for name in ("InferenceId",) if name in params}


def _not_found(endpoint: str) -> Never:
    raise ValidationError(f"Endpoint {endpoint} of account {_worlds[0].account_id} not found.")


def _not_modelled(what: str) -> ValidationError:
    return ValidationError(f"{what} is not modelled by the simulator.")


@replaces(
    SageMakerRuntimeResponse,
    "invoke_endpoint_async",
    restores="None: there are no asynchronous endpoints; moto would invent an answer.",
    original="705cef85a617",
)
def invoke_endpoint_async(_response: SageMakerRuntimeResponse) -> ActionResult:
    """Refuse."""
    raise _not_modelled("InvokeEndpointAsync")


@replaces(
    SageMakerRuntimeResponse,
    "invoke_endpoint_with_response_stream",
    restores="None: streams are refused in clear words.",
    original=ABSENT,
)
def invoke_endpoint_with_response_stream(_response: SageMakerRuntimeResponse) -> ActionResult:
    """Refuse."""
    raise _not_modelled("InvokeEndpointWithResponseStream")


def _url_module(_backend: SageMakerRuntimeBackend) -> SimpleNamespace:
    paths = {**urls.url_paths, STREAM_PATH: urls.response.dispatch}
    return SimpleNamespace(url_bases=urls.url_bases, url_paths=paths)


_WITH_STREAMS: Any = property(_url_module)
replaces(
    SageMakerRuntimeBackend,
    "_url_module",
    restores="A request for a stream reaches its operation, too; moto does not know the address.",
    original="0ca6b9bd8269",
)(_WITH_STREAMS)
