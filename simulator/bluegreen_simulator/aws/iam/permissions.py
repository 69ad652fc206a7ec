"""IAM: the policies of a role allow its calls, or the calls fail as on AWS."""

from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import ClientError
from moto.cloudwatch.models import cloudwatch_backends
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import sagemaker_backends
from moto.ssm.models import ssm_backends

from bluegreen_simulator.aws.iam import sending
from bluegreen_simulator.aws.iam.actions import Action, Call, needed
from bluegreen_simulator.aws.iam.authorization import denial, is_allowed
from bluegreen_simulator.aws.iam.conditions import (
    ENCRYPTION_CONTEXT,
    REQUEST_TAG,
    RESOURCE_TAG,
    Keys,
)
from bluegreen_simulator.aws.iam.keys import KeyRefused, Problem, key_of, use
from bluegreen_simulator.aws.iam.principals import Role
from bluegreen_simulator.aws.iam.resource_policies import owner_of_bucket
from bluegreen_simulator.aws.iam.statements import Asked
from bluegreen_simulator.aws.world import World

FORBIDDEN: Final = 403
BAD_REQUEST: Final = 400
SENDING: Final = {("sns", "Publish"), ("sqs", "SendMessage")}
DENIALS: Final = {
    "sns": ("AuthorizationError", FORBIDDEN),
    "sqs": ("AccessDenied", FORBIDDEN),
    "lambda": ("AccessDeniedException", FORBIDDEN),
    "s3": ("AccessDenied", FORBIDDEN),
}
"""How a service words that nothing allows a call, and its HTTP status, where it is not 400."""

KEY_PROBLEMS: Final = {
    Problem.NOT_FOUND: "KMSNotFound",
    Problem.DISABLED: "KMSDisabled",
    Problem.INVALID_STATE: "KMSInvalidState",
    Problem.ACCESS_DENIED: "KMSAccessDenied",
}
"""SNS's words for what KMS says (API reference, Publish)."""

GRANTING: Final = {("sagemaker", "CreateEndpoint"), ("sagemaker", "UpdateEndpoint")}
"""Calls that let SageMaker make a grant on the key of an endpoint config's volumes."""


def check(world: World, role_arn: str, service: str, operation: str, call: Call) -> None:
    """Raise an error as AWS does unless the role allows the call on each of its resources."""
    role, where = Role(role_arn), f"{world.region}:{world.account_id}"
    for action, arn in needed(service, operation, where, call):
        asked = Asked(action.name, arn, _keys(world, action, arn, service, call))
        if (service, operation) in SENDING:
            _check_sending(world, role, asked, service, operation)
        elif not is_allowed(world, role, asked):
            raise refused(service, operation, denial(role, asked))
    if (service, operation) in GRANTING:
        _check_grant(world, role, operation, call["EndpointConfigName"])
    if (service, operation) == ("ssm", "GetParameter") and call.get("WithDecryption"):
        _check_decryption(world, role, call["Name"])


def refused(service: str, operation: str, message: str) -> ClientError:
    """The error of a call that nothing allows, as its service words it."""
    code, status = DENIALS.get(service, ("AccessDeniedException", BAD_REQUEST))
    return _error(operation, code, message, status)


def _error(operation: str, code: str, message: str, status: int = BAD_REQUEST) -> ClientError:
    metadata = {"HTTPStatusCode": status, "RequestId": "refused"}
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}
    return ClientError(answer, operation)


def _check_sending(world: World, role: Role, asked: Asked, service: str, operation: str) -> None:
    try:
        sending.require(world, role, asked.resource, asked.keys)
    except sending.SendingDenied as error:
        raise refused(service, operation, str(error)) from error
    except KeyRefused as error:
        problem = error.problem
        code = KEY_PROBLEMS[problem] if service == "sns" else f"KMS.{problem}"
        raise _error(operation, code, str(error)) from error


def _check_grant(world: World, role: Role, operation: str, config_name: str) -> None:
    """SageMaker makes a grant, in the name of who calls, where volumes have a key of their own.

    A key of another account lets the role in, as far as is known here.
    """
    config = sagemaker_backends[world.account_id][world.region].endpoint_configs.get(config_name)
    key_id = config and config.kms_key_id
    if not key_id:
        return
    keys = Keys.of(
        {
            "kms:GrantIsForAWSResource": "true",
            "kms:ViaService": f"sagemaker.{world.region}.amazonaws.com",
            "kms:CallerAccount": world.account_id,
        }
    )
    try:
        if key_of(world, key_id):
            use(world, role, key_id, keys, ["kms:CreateGrant"])
        else:
            _require_foreign(world, role, key_id, keys)
    except KeyRefused as error:
        raise _error(operation, "AccessDeniedException", str(error)) from error


def _check_decryption(world: World, role: Role, name: str) -> None:
    """A SecureString is decrypted in the name of who reads it, with its key."""
    parameter = ssm_backends[world.account_id][world.region].get_parameter(name)
    if parameter is None or parameter.parameter_type != "SecureString":
        return
    arn = f"arn:aws:ssm:{world.region}:{world.account_id}:parameter/{name.lstrip('/')}"
    keys = Keys.of(
        {
            "kms:ViaService": f"ssm.{world.region}.amazonaws.com",
            "kms:CallerAccount": world.account_id,
            f"{ENCRYPTION_CONTEXT}PARAMETER_ARN": arn,
        }
    )
    try:
        use(world, role, parameter.keyid, keys, ["kms:Decrypt"])
    except KeyRefused as error:
        raise _error("GetParameter", "AccessDeniedException", str(error)) from error


def _require_foreign(world: World, role: Role, key_id: str, keys: Keys) -> None:
    arn = key_id if key_id.startswith("arn:") else _arn_of_key(world, key_id)
    asked = Asked("kms:CreateGrant", arn, keys)
    if not is_allowed(world, role, asked):
        raise KeyRefused(Problem.ACCESS_DENIED, denial(role, asked))


def _arn_of_key(world: World, key_id: str) -> str:
    return f"arn:aws:kms:{world.region}:{world.account_id}:key/{key_id}"


# ---- What a request says of itself ---------------------------------------------------------


def _keys(world: World, action: Action, arn: str, service: str, call: Call) -> Keys:
    values: dict[str, str | tuple[str, ...]] = {**action.keys, **_request_tags(call)}
    if service == "cloudwatch" and "Namespace" in call:
        values["cloudwatch:namespace"] = call["Namespace"]
    if service == "s3":  # the SDK speaks to S3 over TLS only
        values["aws:SecureTransport"] = "true"
        values["aws:ResourceAccount"] = owner_of_bucket(world, call["Bucket"])
    tags = _resource_tags(world, arn)
    if tags is None:
        return Keys.of(values, RESOURCE_TAG)
    return Keys.of({**values, **{f"{RESOURCE_TAG}{name}": tag for name, tag in tags.items()}})


def _request_tags(call: Call) -> dict[str, str | tuple[str, ...]]:
    given = call.get("Tags") or []
    tags = {tag["Key"]: tag["Value"] for tag in given if isinstance(tag, Mapping)}
    if not tags:
        return {}
    return {
        "aws:TagKeys": tuple(tags),
        **{f"{REQUEST_TAG}{name}": value for name, value in tags.items()},
    }


def _resource_tags(world: World, arn: str) -> dict[str, str] | None:
    """The tags of a resource, none of one that is not there; None where they are not looked up."""
    if arn.startswith("arn:aws:sagemaker:"):
        return _tags_at_sagemaker(world, arn)
    if arn.startswith("arn:aws:cloudwatch:"):
        tagger = cloudwatch_backends[world.account_id][world.region].tagger
        tags: dict[str, str] = tagger.get_tag_dict_for_resource(arn)
        return tags
    return {} if arn == "*" else None


def _tags_at_sagemaker(world: World, arn: str) -> dict[str, str]:
    backend = sagemaker_backends[world.account_id][world.region]
    try:
        resource = backend._get_resource_from_arn(arn)  # noqa: SLF001 - moto has no other way
    except ValidationError:
        return {}
    return {tag["Key"]: tag["Value"] for tag in resource.tags}
