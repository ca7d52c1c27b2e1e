"""What a command and its workflow both declare is the same; --help does not import the workflow."""

from collections.abc import Callable
from inspect import Parameter, signature

import pytest

import mienet
from mienet.cli import COMMANDS
from mienet.workflows.archive import predict_archive, timeline_archive
from mienet.workflows.convert import import_checkpoint
from mienet.workflows.demo import demo
from mienet.workflows.demo_clips import demo_clips
from mienet.workflows.timeline import prepare_timelines

WORKFLOWS: list[tuple[str, Callable[..., object]]] = [
    ("agree", mienet.agree),
    ("compare", mienet.compare),
    ("evaluate", mienet.evaluate),
    ("evaluate", mienet.evaluate_recordings),
    ("predict", mienet.predict),
    ("predict", predict_archive),
    ("export", mienet.export),
    ("explain", mienet.explain),
    ("extract", mienet.extract),
    ("check", mienet.check),
    ("prepare", mienet.prepare),
    ("prepare", mienet.prepare_recordings),
    ("benchmark", mienet.benchmark),
    ("report", mienet.report),
    ("import-checkpoint", import_checkpoint),
    ("demo", demo),
    ("demo", demo_clips),
    ("timeline", prepare_timelines),
    ("timeline", timeline_archive),
]
OTHERWISE = {"quick": "decode", "no_speed": "speed"}
"""Options that say the opposite of their workflow's parameter."""
OF_THE_COMMAND = {
    *(("predict", "top"), ("predict", "list"), ("timeline", "list")),
    *(("prepare", "recordings"), ("demo", "clips")),
    *((of, name) for of in ("check", "extract", "prepare") for name in ("engine", "ray_address")),
}
"""Options of what a command does with the result, of which workflow it takes, and of where: that
is a part of a workflow's ``jobs``."""


def options_of(command: str) -> dict[str, object]:
    return dict(COMMANDS[command].make_parser().get_defaults().as_dict())


@pytest.mark.parametrize(("command", "workflow"), WORKFLOWS)
def test_defaults_are_the_workflow_s(command: str, workflow: Callable[..., object]) -> None:
    options = options_of(command)
    for name, parameter in signature(workflow).parameters.items():
        if name in options and parameter.default is not Parameter.empty:
            default = tuple(found) if isinstance(found := options[name], list) else found
            assert default == parameter.default, name


@pytest.mark.parametrize("command", sorted({command for command, _ in WORKFLOWS}))
def test_every_option_is_a_workflow_s(command: str) -> None:
    own = {name for of, name in OF_THE_COMMAND if of == command}
    names = {OTHERWISE.get(name, name) for name in options_of(command).keys() - own}
    workflows = [workflow for of, workflow in WORKFLOWS if of == command]
    assert names == {name for workflow in workflows for name in signature(workflow).parameters}
