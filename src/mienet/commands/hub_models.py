"""Models on a hub where commands take a model: ``hf:user/model`` becomes the folder it is in."""

from jsonargparse import Namespace

from mienet.commands.printing import note, shown

ARGUMENTS = ("checkpoint", "checkpoints")
"""What the argument is called that names a model, or several."""

WRITE_BESIDE = ("evaluate", "report", "compare", "serve")
"""Commands that write into the model's folder or show its name; they get a copy of their own."""


def use_hub_models(command: str, options: Namespace) -> None:
    """Replaces models on a hub among a command's arguments by folders of this computer.

    Raises:
        MienetError: If one cannot be fetched.
    """
    for name in ARGUMENTS:
        given = options.get(name)
        if isinstance(given, list):
            options[name] = [_local(command, path) for path in given]
        elif given is not None:
            options[name] = _local(command, given)


def _local(command: str, path: str) -> str:
    if not path.startswith("hf:"):
        return path
    from mienet.workflows.pull import find_model

    folder, commit = find_model(path, writes_beside=command in WRITE_BESIDE)
    note(f"{shown(path)}: revision {commit[:12]}, in {shown(folder)}")
    return str(folder)
