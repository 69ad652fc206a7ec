"""Step Functions: under which name a state sees what an integrated service refuses.

It is the name of the exception's class in the AWS SDK for Java 1, or the service's own exception
where its model lists no such error (seen in public reports).
"""

from functools import cache
from typing import Any, Final

from botocore.exceptions import ClientError
from moto.core.utils import get_service_model
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_dynamodb,
    state_task_service_sfn,
    state_task_service_sns,
    state_task_service_sqs,
)

from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

DYNAMODB: Final = state_task_service_dynamodb.StateTaskServiceDynamoDB
SFN: Final = state_task_service_sfn.StateTaskServiceSfn
SNS: Final = state_task_service_sns.StateTaskServiceSns
SQS: Final = state_task_service_sqs.StateTaskServiceSqs


def error_name(service: str, prefix: str, otherwise: str, code: str) -> str:
    """How an error code of a service is called in a state."""
    return f"{prefix}.{_classes(service).get(code, otherwise)}"


@cache
def _classes(service: str) -> dict[str, str]:
    """The class of each error code that the service's model lists."""
    shapes = get_service_model(service).error_shapes
    return {
        shape.error_code: f"{shape.name.removesuffix('Exception')}Exception" for shape in shapes
    }


def _named(owner: Any, service: str, prefix: str, otherwise: str) -> Any:  # noqa: ANN401 - moto has no types
    """`_from_error` of an integration, with the name that the error has on AWS."""

    def from_error(self: Any, env: Any, ex: Exception) -> Any:  # noqa: ANN401 - likewise
        event = ORIGINALS[owner, "_from_error"](self, env, ex)
        if isinstance(ex, ClientError):
            name = error_name(service, prefix, otherwise, ex.response["Error"]["Code"])
            event.error_name = CustomErrorName(name)
            event.event_details["taskFailedEventDetails"]["error"] = name
        return event

    return from_error


for _owner, _service, _prefix, _otherwise, _original in (
    (DYNAMODB, "dynamodb", "DynamoDB", "AmazonDynamoDBException", "a27eaf8b4975"),
    (SFN, "stepfunctions", "StepFunctions", "AWSStepFunctionsException", "7cdee0936130"),
    (SNS, "sns", "SNS", "AmazonSNSException", "56cad047aba2"),
    (SQS, "sqs", "SQS", "AmazonSQSException", "eba8244baf11"),
):
    replaces(
        _owner,
        "_from_error",
        restores="an error of a service has the name that the SDK for Java gives it",
        original=_original,
    )(_named(_owner, _service, _prefix, _otherwise))
