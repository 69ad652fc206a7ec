"""YAML as people write it: read strictly, so that nothing in it is silently passed over."""

from collections.abc import Iterator
from typing import Any

import yaml

from bluegreen.contract.json_text import repetition
from bluegreen_simulator.inputs.members import with_ints


def read_yaml(text: str) -> Any:  # noqa: ANN401 - any YAML
    """The value of a YAML text; ValueError if it is none, or says a member twice.

    A whole number is an int, also where the text has 600.0. (YAML 1.2, 3.2.1.3: the keys of a
    mapping are unique.)
    """
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        for path in _repeated(node):
            raise ValueError(repetition(path))
        return with_ints(loader.construct_document(node) if node else None)
    except (RecursionError, yaml.YAMLError) as error:
        raise ValueError(str(error)) from error


def _repeated(root: yaml.Node | None) -> Iterator[str]:
    """The paths of the members that are there twice; a part with several names is looked at once.

    A list may hold itself, by its anchor.
    """
    open_: list[tuple[str, yaml.Node | None]] = [("", root)]
    seen = set[int]()
    while open_:
        path, node = open_.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            members = [(f"{path}.{_name(key)}".lstrip("."), part) for key, part in node.value]
            places = [place for place, _ in members]
            yield from (place for place in places if places.count(place) > 1)
            open_ += members
        elif isinstance(node, yaml.SequenceNode):
            open_ += [(f"{path}[{index}]", item) for index, item in enumerate(node.value)]


def _name(key: yaml.Node) -> str:
    """A member's name; of a key that is no scalar, which YAML takes, what tells it apart."""
    return str(key.value) if isinstance(key, yaml.ScalarNode) else f"{key.start_mark}"
