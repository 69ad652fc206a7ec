"""How models of certain images behave, for images whose Environment a user cannot set."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ImageBehavior:
    """Models of images with this text in their name behave as these SIMULATED_* variables say."""

    image: str
    environment: Mapping[str, str]


def environment_of(behaviors: Iterable[ImageBehavior], image: str) -> dict[str, str]:
    """What all behaviours that fit the image say together; the later one holds."""
    environment: dict[str, str] = {}
    for behavior in behaviors:
        if behavior.image in image:
            environment |= behavior.environment
    return environment
