"""A command's defaults are its workflow's, which it does not import, so that --help is quick."""

from collections.abc import Callable
from inspect import Parameter, signature

import pytest

import mienet
from mienet.cli import COMMANDS


@pytest.mark.parametrize(("command", "workflow"), [
    ("evaluate", mienet.evaluate),
    ("predict", mienet.predict),
    ("export", mienet.export),
    ("extract", mienet.extract),
    ("check", mienet.check),
    ("prepare", mienet.prepare),
])  # fmt: skip
def test_defaults_are_the_workflow_s(command: str, workflow: Callable[..., object]) -> None:
    options = COMMANDS[command].make_parser().get_defaults().as_dict()
    for name, parameter in signature(workflow).parameters.items():
        if name in options and parameter.default is not Parameter.empty:
            default = options[name] if options[name] != [] else ()
            assert default == parameter.default, name
