"""CloudFormation: buckets with their properties, and who may do what with them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Self

from bluegreen_simulator.aws.cloudformation.base_type import (
    Properties,
    ResourceType,
    undone_if_it_fails,
)
from bluegreen_simulator.aws.cloudformation.calls import call, client_of

BY_DEFAULT: Final = "ServerSideEncryptionByDefault"


class Bucket(ResourceType):
    """A bucket."""

    type_name = "AWS::S3::Bucket"
    name_property = "BucketName"

    longest_name = 63
    replaced_by = frozenset({"BucketName"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreateBucket, and a call for each property; one without a call is refused by name."""
        calls = _calls_of(properties)
        client = client_of("s3", region)
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
        with undone_if_it_fails() as undo:
            undo.callback(client.delete_bucket, Bucket=name)
            for operation, parameters in calls:
                getattr(client, operation)(Bucket=name, **parameters)
        return cls(name, _attributes(name, region))

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """The calls for the properties that are there; to take one away is not modelled."""
        if before.keys() - properties.keys():
            return super().update(properties, before, region)
        client = client_of("s3", region)
        for operation, parameters in _calls_of(properties):
            getattr(client, operation)(Bucket=self.physical_id, **parameters)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteBucket, which refuses one that is not empty."""
        del properties
        client_of("s3", region).delete_bucket(Bucket=self.physical_id)


def _attributes(name: str, region: str) -> dict[str, str]:
    return {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
    }


def _calls_of(properties: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    known: Mapping[str, Callable[[Any], tuple[str, dict[str, Any]]]] = {
        "BucketEncryption": _encryption,
        "LifecycleConfiguration": _lifecycle,
        "OwnershipControls": _ownership,
        "PublicAccessBlockConfiguration": _public_access,
        "Tags": _tags,
        "VersioningConfiguration": _versioning,
    }
    unknown = sorted(properties.keys() - known.keys() - {"BucketName"})
    if unknown:
        names = ", ".join(unknown)
        raise NotImplementedError(
            f"{names} of AWS::S3::Bucket is not modelled in the embedded AWS."
        )
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


def _tags(given: list[Mapping[str, str]]) -> tuple[str, dict[str, Any]]:
    return "put_bucket_tagging", {"Tagging": {"TagSet": given}}


def _versioning(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return "put_bucket_versioning", {"VersioningConfiguration": given}


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """`"true"` as true, which a template may have as a text."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


class BucketPolicy(ResourceType):
    """Who may do what with a bucket."""

    type_name = "AWS::S3::BucketPolicy"
    replaced_by = frozenset({"Bucket"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """PutBucketPolicy."""
        del name
        return cls(properties["Bucket"]).update(properties, {}, region)

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """The same."""
        del before
        params = {"Bucket": self.physical_id, "Policy": properties["PolicyDocument"]}
        call("s3", "PutBucketPolicy", region, **params)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteBucketPolicy."""
        del properties
        call("s3", "DeleteBucketPolicy", region, Bucket=self.physical_id)


TYPES: tuple[type[ResourceType], ...] = (Bucket, BucketPolicy)
