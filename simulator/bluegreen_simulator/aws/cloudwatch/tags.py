"""The tags of alarms, which go with them; moto looks for alarms that it would keep itself."""

from moto.cloudwatch.exceptions import ResourceNotFoundException
from moto.cloudwatch.models import CloudWatchBackend

from bluegreen_simulator.aws.cloudwatch.evaluator import running
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

OF_ALARMS = ":alarm:"


@replaces(
    CloudWatchBackend,
    "list_tags_for_resource",
    restores="ListTagsForResource is refused for an alarm that is not there.",
    original="cf3ec1e14108",
)
def list_tags_for_resource(backend: CloudWatchBackend, arn: str) -> dict[str, str]:
    """The tags of an alarm, or of what else has some."""
    _require(arn)
    tags: dict[str, str] = backend.tagger.get_tag_dict_for_resource(arn)
    return tags


@replaces(
    CloudWatchBackend,
    "tag_resource",
    restores="TagResource tags the alarms of PutMetricAlarm, and refuses those not there.",
    original="1f10a707b9cc",
)
def tag_resource(backend: CloudWatchBackend, arn: str, tags: dict[str, str]) -> None:
    """Add tags to an alarm, or give those that it has other values."""
    if OF_ALARMS not in arn:
        ORIGINALS[CloudWatchBackend, "tag_resource"](backend, arn, tags)
        return
    _require(arn)
    backend.tagger.tag_resource(arn, backend.tagger.convert_dict_to_tags_input(tags))


def _require(arn: str) -> None:
    name = arn.partition(OF_ALARMS)[2]
    if name and name not in running().alarms:
        raise ResourceNotFoundException
