"""What was given to ``mienet train`` in a recipe's place: often the videos."""

from pathlib import Path

from mienet.config import ConfigError
from mienet.data.mistaken import data_kind
from mienet.shell import command


def refuse_data(path: Path) -> None:
    """Refuses videos, lists, datasets and runs, with the command that is meant.

    Raises:
        ConfigError: If one of these is at ``path``.
    """
    if (path / "config.yaml").is_file():
        again = command("train", path / "config.yaml")
        raise ConfigError(f"{path} is a run, not a recipe; to train with its options: {again}")
    if what := data_kind(path) or ("a folder" if path.is_dir() else None):
        root = "FOLDER" if what == "a video" else path
        meant = command("train", "small", "--data.root", root)
        raise ConfigError(f"{path} is {what}, not a recipe; to train on it: {meant}")
