"""YAML that refuses what PyYAML would silently settle. Imported only where YAML is read."""

from __future__ import annotations

import math
from typing import Any

import yaml


class StrictLoader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """PyYAML's safe loader without equal keys, of which the last would win, and without NaN."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        """A mapping whose keys stand once each."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise _problem(f"{key!r}: a key is text", key_node)
            if key in seen:
                raise _problem(f"{key!r} stands twice", key_node)
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_finite(self, node: yaml.ScalarNode) -> float:
        """A number that is one."""
        value = self.construct_yaml_float(node)
        if not math.isfinite(value):
            raise _problem(f"{node.value}: expected a finite number", node)
        return value


StrictLoader.add_constructor("tag:yaml.org,2002:float", StrictLoader.construct_finite)


def load(text: str) -> Any:
    """The document in a text. Raises yaml.YAMLError, mostly with `problem` and `problem_mark`."""
    return yaml.load(text, StrictLoader)


def _problem(message: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=message, problem_mark=node.start_mark)
