"""The name of a model package, read from its ARN."""

import re
from dataclasses import dataclass
from typing import Final

PACKAGE_ARN: Final = (
    r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]{9,16}:[0-9]{12}"
    r":model-package/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}/[1-9][0-9]{0,8}"
)
"""The ARN of a version in a model package group; without a group, a package has no policy."""


@dataclass(frozen=True)
class PackageName:
    """What the ARN of a model package says."""

    arn: str
    region: str
    account: str
    group: str
    version: int

    @classmethod
    def of(cls, arn: object) -> "PackageName | None":
        """The parts of the ARN of a version in a group; None for anything else."""
        if not isinstance(arn, str) or not re.fullmatch(PACKAGE_ARN, arn):
            return None
        _, _, _, region, account, path = arn.split(":")
        _, group, version = path.split("/")
        return cls(arn, region, account, group, int(version))

    @property
    def short(self) -> str:
        """Group and version, as people call it."""
        return f"{self.group}/{self.version}"


def is_of_the_account(package: str, other: str) -> bool:
    """Whether the ARN of a model package names the account and the Region of another ARN."""
    name, parts = PackageName.of(package), other.split(":")
    return name is not None and [name.region, name.account] == parts[3:5]
