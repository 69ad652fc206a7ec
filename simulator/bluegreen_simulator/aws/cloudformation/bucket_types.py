"""CloudFormation: buckets with all of their properties, and who may do what with them.

moto's own type leaves versions, expiry and the blocks against the public off.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, Self

from bluegreen_simulator.aws.cloudformation.resource_types import ResourceType, client_of

BY_DEFAULT: Final = "ServerSideEncryptionByDefault"


class Bucket(ResourceType):
    """A bucket."""

    type_name = "AWS::S3::Bucket"
    name_property = "BucketName"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """CreateBucket, and a call for each property; one without a call is refused by name."""
        calls = _calls_of(properties)
        client = client_of("s3", region)
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
        for operation, parameters in calls:
            getattr(client, operation)(Bucket=name, **parameters)
        return cls(name, {"Arn": f"arn:aws:s3:::{name}"})


def _calls_of(properties: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    known = {
        "BucketEncryption": _encryption,
        "LifecycleConfiguration": _lifecycle,
        "OwnershipControls": _ownership,
        "PublicAccessBlockConfiguration": _public_access,
        "VersioningConfiguration": _versioning,
    }
    unknown = sorted(properties.keys() - known.keys() - {"BucketName"})
    if unknown:
        raise NotImplementedError(f"{', '.join(unknown)} of a bucket is not modelled.")
    return [known[name](value) for name, value in properties.items() if name in known]


def _encryption(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    rules = [
        {("Apply" + name if name == BY_DEFAULT else name): _plain(rule[name]) for name in rule}
        for rule in given["ServerSideEncryptionConfiguration"]
    ]
    return "put_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _lifecycle(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    rules = [dict(_rule(rule)) for rule in given["Rules"]]
    return "put_bucket_lifecycle_configuration", {"LifecycleConfiguration": {"Rules": rules}}


def _rule(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A rule as the API has it, where what concerns current versions is one member."""
    yield "Filter", {"Prefix": given.get("Prefix", "")}
    current = {}
    for name, value in given.items():
        match name:
            case "Id":
                yield "ID", value
            case "ExpirationInDays":
                current["Days"] = int(value)
            case "ExpiredObjectDeleteMarker":
                current[name] = _plain(value)
            case "NoncurrentVersionExpiration":
                yield name, {member: int(number) for member, number in value.items()}
            case "Status":
                yield name, value
            case _ if name != "Prefix":
                raise NotImplementedError(f"{name} of a rule of a bucket is not modelled.")
    if current:
        yield "Expiration", current


def _ownership(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return "put_bucket_ownership_controls", {"OwnershipControls": given}


def _public_access(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    blocks = {name: _plain(value) for name, value in given.items()}
    return "put_public_access_block", {"PublicAccessBlockConfiguration": blocks}


def _versioning(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return "put_bucket_versioning", {"VersioningConfiguration": given}


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """`"true"` as true, which moto's engine has made a text of."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


class BucketPolicy(ResourceType):
    """Who may do what with a bucket."""

    type_name = "AWS::S3::BucketPolicy"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """PutBucketPolicy."""
        policy = json.dumps(properties["PolicyDocument"])
        client_of("s3", region).put_bucket_policy(Bucket=properties["Bucket"], Policy=policy)
        return cls(name)


TYPES: tuple[type[ResourceType], ...] = (Bucket, BucketPolicy)
