"""Reading YAML that people write: numbers as on the command line, problems in one line."""

import re
from pathlib import Path
from typing import Any

import yaml

from mienet.errors import in_one_line


class _Loader(yaml.SafeLoader):
    """Reads 1e-4 as a number, as the command line does; YAML 1.1 wants 1.0e-4.

    A key that is given twice is refused; PyYAML would take the last one without a word.
    """

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Returns a map whose keys differ; here, since merged ones (``<<``) may be given again."""
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                said = f"the key {key.value!r} is given twice; put what belongs to it together"
                raise yaml.MarkedYAMLError(problem=said, problem_mark=key.start_mark)
            seen.add(key.value)
        return node


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)


def read_yaml(path: Path) -> Any:
    """Returns what a YAML file says; an empty one says nothing, ``{}``.

    Raises:
        ValueError: If it is no YAML, with the line and what is wrong there.
        OSError: If it cannot be read.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ValueError(f"not valid YAML: {_problem(error)}") from error
    return {} if content is None else content


def _problem(error: Exception) -> str:
    """Returns where a file is no YAML and why; PyYAML says it in several lines."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return in_one_line(error)
