"""What models and endpoint configs have in common: members, names, errors."""

from collections.abc import Mapping
from typing import Any, Final

from moto.core.utils import get_service_model
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpointConfig, Model, SageMakerModelBackend
from moto.sagemaker.utils import arn_formatter

EMPTY: Final[tuple[object, ...]] = (None, "", [], {})


def body_of(operation: str, record: Model | FakeEndpointConfig) -> dict[str, Any]:
    """What an operation shows of moto's record; moto adds members of its own, and empty ones."""
    members = get_service_model("sagemaker").operation_model(operation).output_shape.members
    body: dict[str, Any] = record.response_object
    return {name: value for name, value in body.items() if name in members and value not in EMPTY}


def restore(record: object, lost: Mapping[str, str], params: Mapping[str, Any]) -> None:
    """Give moto's record the members that it lost or made up."""
    for member, attribute in lost.items():
        setattr(record, attribute, params.get(member))


def already_exists(
    backend: SageMakerModelBackend, words: str, kind: str, name: str
) -> ValidationError:
    """A name is taken."""
    return ValidationError(
        f'Cannot create already existing {words} "{arn_of(backend, kind, name)}".'
    )


def not_found(backend: SageMakerModelBackend, words: str, kind: str, name: str) -> ValidationError:
    """There is no record of that name."""
    return ValidationError(f'Could not find {words} "{arn_of(backend, kind, name)}".')


def arn_of(backend: SageMakerModelBackend, kind: str, name: str) -> str:
    """An ARN of SageMaker, which has the name in lower case."""
    arn: str = arn_formatter(kind, name.lower(), backend.account_id, backend.region_name)
    return arn
