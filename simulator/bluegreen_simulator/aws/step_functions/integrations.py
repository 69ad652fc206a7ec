"""Step Functions: what a state calls by the AWS SDK, or SageMaker by its own integration."""

import json
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError, DataNotFoundError, UnknownServiceError
from botocore.model import ListShape, Shape, StructureShape
from botocore.response import StreamingBody
from moto.core.exceptions import AWSError
from moto.core.utils import get_service_model
from moto.stepfunctions.parser import models
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service,
    state_task_service_aws_sdk,
    state_task_service_unsupported,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

from bluegreen.contract.text import plain
from bluegreen.contract.times import to_text
from bluegreen_simulator.aws.step_functions import definitions
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

OF_SAGEMAKER: Final = ("createModel", "createEndpointConfig", "createEndpoint", "updateEndpoint")
"""What SageMaker's own integration has (Developer Guide, "Manage SageMaker AI"), without jobs."""

SAGEMAKER_ERROR: Final = "SageMaker.AmazonSageMakerException"
"""Its error, whatever SageMaker refuses; seen in public reports."""

BOTO_NAMES: Final = {
    "applicationautoscaling": "application-autoscaling",
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "sagemakerruntime": "sagemaker-runtime",
    "servicequotas": "service-quotas",
    "sfn": "stepfunctions",
    "states": "stepfunctions",
}
"""Services that are called otherwise in a state than by boto3."""

ERROR_NAMES: Final = {
    "applicationautoscaling": "ApplicationAutoScaling",
    "cloudformation": "CloudFormation",
    "cloudwatch": "CloudWatch",
    "cloudwatchlogs": "CloudWatchLogs",
    "dynamodb": "DynamoDb",
    "eventbridge": "EventBridge",
    "sagemaker": "SageMaker",
    "sagemakerruntime": "SageMakerRuntime",
    "secretsmanager": "SecretsManager",
    "servicequotas": "ServiceQuotas",
}
"""How the errors of a service begin, where that is not its name with one capital letter.

By the AWS SDK for Java 2, as the Developer Guide says ("Learning to use AWS service SDK
integrations").
"""


OPTIMISED: Final = state_task_service_unsupported.StateTaskServiceUnsupported
BY_SDK: Final = state_task_service_aws_sdk.StateTaskServiceAwsSdk


class InvalidDefinition(AWSError):  # type: ignore[misc] # moto has no types
    """A definition of a state machine that Step Functions cannot take."""

    TYPE = "InvalidDefinition"
    STATUS = 400


class NotModelled(ValueError):
    """Something that a state calls is not there; the text names it."""


@replaces(
    OPTIMISED,
    "_validate_service_integration_is_supported",
    restores="a machine is refused that uses an integration which is not there, by its name",
    original="4a05ba89ff6e",
)
def _require_integration(self: Any) -> None:  # noqa: ANN401 - moto has no types
    resource = self.resource
    modelled = resource.service_name == "sagemaker" and resource.api_action in OF_SAGEMAKER
    if not modelled or resource.condition:
        raise NotModelled(f"{resource.resource_arn} is not modelled in the embedded AWS.")


def _require_definition(definition: str) -> None:
    try:
        AmazonStateLanguageParser.parse(definition)
    except Exception as error:  # whatever the parser meets
        why = str(error) if isinstance(error, NotModelled) else repr(error)
        raise InvalidDefinition(plain(why)) from error
    wrong = definitions.problems(definition)
    if wrong:
        raise InvalidDefinition(f"Invalid State Machine Definition: '{', '.join(wrong)}'")
    for activity in definitions.activities(definition):
        raise InvalidDefinition(f"{activity} is not modelled in the embedded AWS.")


replaces(
    models.StepFunctionsParserBackend,
    "_validate_definition",
    restores="what is wrong with a definition has its code, and one line of text",
    original="a5921e3d3b46",
)(staticmethod(_require_definition))


@replaces(
    OPTIMISED,
    "_log_unsupported_warning",
    restores="nothing of AWS: what is passed on is what is meant",
    original="322734023f88",
)
def _log_nothing(self: Any) -> None:  # noqa: ANN401 - likewise
    del self


@replaces(
    OPTIMISED,
    "_from_error",
    restores="an error of SageMaker can be caught by its name",
    original="1b5fce896077",
)
def _from_error(self: Any, env: Any, ex: Exception) -> Any:  # noqa: ANN401 - likewise
    if not isinstance(ex, ClientError):
        return ORIGINALS[OPTIMISED, "_from_error"](self, env, ex)
    error, http = ex.response["Error"], ex.response["ResponseMetadata"]
    cause = (
        f"{error['Message']} (Service: AmazonSageMaker; Status Code: {http['HTTPStatusCode']};"
        f" Error Code: {error['Code']}; Request ID: {http['RequestId']}; Proxy: null)"
    )
    details = TaskFailedEventDetails(
        error=SAGEMAKER_ERROR,
        cause=cause,
        resource=self._get_sfn_resource(),
        resourceType=self._get_sfn_resource_type(),
    )
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(SAGEMAKER_ERROR),
        event_type=HistoryEventType.TaskFailed,
        event_details=EventDetails(taskFailedEventDetails=details),
    )


# ---- By the AWS SDK ------------------------------------------------------------------------


@replaces(
    state_task_service.StateTaskService,
    "_get_boto_service_name",
    restores="services have the names of the AWS SDK for Java",
    original="89e578864a3d",
)
def _boto_service_name(self: Any, boto_service_name: str | None = None) -> str:  # noqa: ANN401
    name: str = boto_service_name or self.resource.api_name
    return BOTO_NAMES.get(name, name)


def _normalise_parameters(
    self: Any,  # noqa: ANN401 - moto has no types
    parameters: dict[str, Any],
    *_: object,
    **__: object,
) -> None:
    called = _as_called(parameters, _shape(self, "input"), self.resource.resource_arn)
    parameters.clear()
    parameters.update(called)


def _normalise_response(self: Any, response: Any, *_: object, **__: object) -> None:  # noqa: ANN401
    if isinstance(response, dict):
        shown = _as_shown(response, _shape(self, "output"))
        response.clear()
        response.update(shown)


for _owner in (BY_SDK, OPTIMISED):
    replaces(
        _owner,
        "_normalise_parameters",
        restores="members have capital letters; one that the API lacks is refused by its name",
        original="dece59e76fd5",
    )(_normalise_parameters)
    replaces(
        _owner,
        "_normalise_response",
        restores="members have capital letters, and times are texts",
        original="00e0b0a50b1d",
    )(_normalise_response)


@replaces(
    BY_SDK,
    "_validate_service_integration_is_supported",
    restores="a machine is refused that calls what the SDK does not have, by its name",
    original="a9384771c1ce",
)
def _require_operation(self: Any) -> None:  # noqa: ANN401 - moto has no types
    _shape(self, "input")


def _shape(task: Any, which: str) -> Shape | None:  # noqa: ANN401 - moto has no types
    """The input or the output of the operation that a task calls; NotModelled if there is none."""
    action: str = task.resource.api_action
    operation = action[0].upper() + action[1:]
    nowhere = NotModelled(f"{task.resource.resource_arn} is no operation of the AWS SDK.")
    try:
        model = get_service_model(task._get_boto_service_name())  # noqa: SLF001 - moto has no other way
    except (DataNotFoundError, UnknownServiceError) as error:
        raise nowhere from error
    if operation not in model.operation_names:
        raise nowhere
    shape: Shape | None = getattr(model.operation_model(operation), f"{which}_shape")
    return shape


def _as_called(value: Any, shape: Shape | None, place: str) -> Any:  # noqa: ANN401 - any JSON
    """Members as the API names them; what is no text, where a text or bytes are meant, as JSON."""
    if shape is not None and shape.type_name in {"string", "blob"}:
        return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_as_called(item, shape.member, place) for item in value]
    if not isinstance(shape, StructureShape) or not isinstance(value, dict):
        return value
    names = {_capital(name): name for name in shape.members}
    for name in value.keys() - names.keys():
        raise NotModelled(f"The field '{name}' is not supported by Step Functions in {place}.")
    return {
        names[name]: _as_called(part, shape.members[names[name]], place)
        for name, part in value.items()
    }


def _as_shown(value: Any, shape: Shape | None) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, StreamingBody):
        return value.read().decode()
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(shape, ListShape):
        return [_as_shown(item, shape.member) for item in value]
    if not isinstance(shape, StructureShape):
        return value
    return {
        _capital(name): _as_shown(part, shape.members.get(name)) for name, part in value.items()
    }


def _capital(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}"


def _exception_name(prefix: str, error: Exception) -> str:
    """The name of its class in the AWS SDK for Java 2; one that it does not model has none."""
    name = type(error).__name__
    if name == "ClientError":
        return f"{prefix}.{prefix}Exception"
    return f"{prefix}.{name.removesuffix('Exception').removesuffix('Fault')}Exception"


replaces(
    BY_SDK,
    "_normalise_exception_name",
    restores="an error that the API calls a fault has the name that the SDK for Java gives it",
    original="5e93bf8cd8ab",
)(staticmethod(_exception_name))


def _error_prefix(service_name: str) -> str:
    return ERROR_NAMES.get(service_name, service_name.capitalize())


replaces(
    BY_SDK,
    "_normalise_service_error_name",
    restores="an error of a service can be caught by its name",
    original="7fccfad3463f",
)(staticmethod(_error_prefix))
