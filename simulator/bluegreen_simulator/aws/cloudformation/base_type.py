"""CloudFormation: what a resource type is: how one is made, changed, and deleted again.

Everything is done by calls of the API, as anybody would make them, so that what cannot be asked of
the embedded AWS cannot stand in a template either.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import Any, ClassVar, Self

from bluegreen_simulator.time.clock import VirtualClock

Properties = Mapping[str, Any]


class ResourceType:
    """One resource of a type; `attributes` are what `Fn::GetAtt` gives, its physical id `Ref`."""

    type_name: ClassVar[str] = ""
    name_property: ClassVar[str] = ""
    """The property that names the resource; CloudFormation makes a name when it is absent."""
    longest_name: ClassVar[int] = 64
    replaced_by: ClassVar[frozenset[str]] = frozenset()
    """Properties whose change makes a new resource: createOnlyProperties of the type's schema."""
    known: ClassVar[frozenset[str] | None] = None
    """The properties that calls pass on; None where the API's own checks refuse all others."""

    def __init__(self, physical_id: str, attributes: Mapping[str, str] | None = None) -> None:
        self.physical_id = physical_id
        self.attributes = {} if attributes is None else attributes

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """Make it through the API, from its properties with every reference resolved."""
        raise NotImplementedError

    def settle(self, clock: VirtualClock) -> None:
        """Wait until it is ready; Unsettled if it will not be."""
        del clock

    @classmethod
    def is_taken(cls, name: str, region: str) -> bool:
        """Whether there is one of this name, where the API would change it in silence."""
        del name, region
        return False

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """Change it in place; the one with the attributes that it has then."""
        del region
        changed = ", ".join(changed_names(properties, before))
        raise NotImplementedError(
            f"An update of {changed} of {self.type_name} is not modelled in the embedded AWS."
        )

    def delete(self, properties: Properties, region: str) -> None:
        """Delete it through the API; what is not there any more may raise ClientError."""
        del properties, region
        raise NotImplementedError(f"Deleting {self.type_name} is not modelled in the embedded AWS.")

    def vanish(self, clock: VirtualClock) -> None:
        """Wait until it is gone."""
        del clock


class Asked(Mapping[str, str]):
    """Attributes that the API is asked for when a template wants one of them, which few do."""

    def __init__(self, ask: Callable[[], Mapping[str, str]]) -> None:
        self._ask = ask

    @cached_property
    def _found(self) -> Mapping[str, str]:
        return self._ask()

    def __getitem__(self, name: str) -> str:
        """One of them."""
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        """Their names."""
        return iter(self._found)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._found)


class Unsettled(Exception):
    """A resource that was made, and did not become what it should be."""


class Put(ResourceType):
    """A type whose API makes and changes by one and the same call."""

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """Put it there."""
        return cls.put(name, properties, region)

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """Put it there anew."""
        del before
        return self.put(self.name, properties, region)

    @property
    def name(self) -> str:
        """What it was made as."""
        return self.physical_id

    @classmethod
    def put(cls, name: str, properties: Properties, region: str) -> Self:
        """The call."""
        raise NotImplementedError


class NoEffect(ResourceType):
    """A type that stands for nothing that could be asked of an API."""

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """Make nothing."""
        del properties, region
        return cls(name)

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """Change nothing."""
        del properties, before, region
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """Delete nothing."""


def without(properties: Properties, *names: str) -> dict[str, Any]:
    """The other properties."""
    return {name: value for name, value in properties.items() if name not in names}


def changed_names(properties: Properties, before: Properties) -> list[str]:
    """The names of the properties that differ."""
    names = properties.keys() | before.keys()
    return sorted(name for name in names if properties.get(name) != before.get(name))


def unknown_names(kind: type[ResourceType], properties: Properties) -> list[str]:
    """The properties that a type would leave out in silence, and therefore has to refuse."""
    return sorted(properties.keys() - kind.known) if kind.known is not None else []


@contextmanager
def undone_if_it_fails() -> Iterator[ExitStack]:
    """What has been made is deleted again unless the block comes to its end."""
    with ExitStack() as undo:
        yield undo
        undo.pop_all()
