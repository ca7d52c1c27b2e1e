"""A run's folder: who may write to it, what is left of a stopped run, and the commands to go on."""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, Any

import yaml

from mienet.config import ConfigError, RunConfig
from mienet.destinations import require_writable
from mienet.locks import release, take
from mienet.models.weights import load_pickle
from mienet.shell import command_anywhere, quoted, was_called

CONFIG = "config.yaml"
STATE = "last.ckpt"
MODEL = "model.safetensors"
AUTO = "auto"
"""What ``train.resume`` is for a run that is to go on if it exists, and else to start."""

LEFTOVERS_SECONDS = 15.0
"""How long processes of a killed training may hold its folder; PyTorch's readers look every 5."""

WAIT_SECONDS = 0.25
FIRST_FILES = (CONFIG, "run.json", "train.csv", "val.csv")
"""What is there before anything is learned, besides the loggers' folders."""
LOGS = ("tensorboard", "csv", "mlflow", "wandb")

PATHS = {"data": ("root", "train", "val", "classes"), "model": ("pretrained",), "train": ("out",)}
"""Options that name files or folders."""

FREE = {
    "model": ("pretrained",),
    "data": (
        *PATHS["data"],
        "val_fraction",
        "batch_size",
        "num_workers",
        "cache_gigabytes",
        "cache",
    ),
    "train": (
        "name",
        "out",
        "epochs",
        "channels_last",
        "compile",
        "check_videos",
        "loggers",
        "resume",
    ),
    "trainer": ("accelerator", "devices", "num_nodes", "strategy", "precision", "sync_batchnorm"),
}
"""Options that may change when a run is resumed: the clips are compared themselves, and the others
say how long and on what machine it is trained. Any other would make one model of two trainings."""

RECORDED = (("train", "epochs"), ("data", "batch_size"))
"""Those of them of which ``config.yaml`` has the latest, so that it says what the model is."""


def choose_folder(config: RunConfig, name: str) -> Path:
    """Returns the folder of a new run, or that of the run to resume.

    Raises:
        ConfigError: If the name is taken, or the options contradict each other or those that the
            run to resume was trained with.
        MienetError: If the folder, or what it would lie in, is a file.
        OSError: If it cannot be written, with its name.
    """
    if config.train.resume:
        return _resumed_folder(config, Path(config.train.resume))
    out = Path(config.train.out)
    require_writable(out, [])  # before all videos are read
    if config.train.name:
        run = out / config.train.name
        if (run / CONFIG).exists():
            raise ConfigError(_taken(run))
        return run
    first = run = out / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    number = 1
    while run.exists():
        number += 1
        run = out / f"{first.name}_{number}"
    return run


def _resumed_folder(config: RunConfig, resume: Path) -> Path:
    if not resume.is_file():
        raise ConfigError(
            f"train.resume: no such file: {resume}; give the {STATE} of a run's folder"
        )
    if config.train.name not in (None, resume.parent.name):
        raise ConfigError(
            f"train.name is {config.train.name!r}, here or in the recipe, but train.resume "
            f"continues the run {resume.parent.name!r}; give --train.name {resume.parent.name}"
        )
    if changed := _changed_options(resume.parent, config):
        raise ConfigError(
            f"train.resume: {resume} was trained with other options: {'; '.join(changed)}. "
            f"Continue with {resume_command(resume.parent)}, or train anew with another "
            "--train.name"
        )
    return resume.parent


def with_state(config: RunConfig) -> RunConfig:
    """Returns the options with the run's state, or none, in place of ``train.resume auto``.

    Raises:
        ConfigError: If no name says which run that is.
    """
    if config.train.resume != AUTO:
        return config
    if config.train.name is None:
        raise ConfigError(
            "train.resume auto continues the run train.name if there is one, and starts it if "
            "not: give --train.name"
        )
    state = Path(config.train.out) / config.train.name / STATE
    found = str(state) if state.is_file() else None
    return replace(config, train=replace(config.train, resume=found))


def take_over(run: Path) -> None:
    """Clears away what a killed training has left of a run, if nobody is training it.

    Its processes that read videos hold the folder until they notice, which takes seconds. Of a run
    that was killed before it had learned anything, the folder is removed, so that it can start.
    """
    for _ in range(int(LEFTOVERS_SECONDS / WAIT_SECONDS)):
        if not (run / CONFIG).is_file():
            return
        with (run / CONFIG).open(encoding="utf-8") as file:
            if take(file):
                if not has_learned(run):
                    _clear(run)
                return
        time.sleep(WAIT_SECONDS)


@contextmanager
def claimed(run: Path, config: RunConfig) -> Iterator[None]:
    """Keeps a run's folder to this process, and makes it for a new run, with its ``config.yaml``.

    Of several processes one can create the file, and one can hold it. If the block fails before
    anything is learned, what is in the folder is removed again, so that its name is free.

    Raises:
        ConfigError: If another training has the folder.
    """
    if config.train.resume is None:
        run.mkdir(parents=True, exist_ok=True)
        try:
            file = (run / CONFIG).open("x", encoding="utf-8")
        except FileExistsError as error:
            raise ConfigError(_taken(run)) from error
    elif (run / CONFIG).is_file():
        file = (run / CONFIG).open("r+", encoding="utf-8")
    else:  # a folder of which only the training state was kept
        yield
        return
    with file:
        if not take(file):
            raise ConfigError(_taken(run))
        try:
            _record(file, config)
            yield
        except BaseException:
            if not has_learned(run):
                _clear(run)
            raise
        finally:
            release(file)


def _record(file: IO[str], config: RunConfig) -> None:
    """Writes the options of a new run, or those of ``RECORDED`` of one that is resumed."""
    text = _settings(config)
    if config.train.resume is not None:
        before, now = yaml.safe_load(file) or {}, yaml.safe_load(text)
        changed = [
            (g, n) for g, n in RECORDED if n in before.get(g, {}) and before[g][n] != now[g][n]
        ]
        if not changed:
            return
        for group, name in changed:
            before[group][name] = now[group][name]
        text = yaml.safe_dump(before, sort_keys=False, allow_unicode=True)
        file.seek(0)
    file.write(text)
    file.truncate()
    file.flush()


def _saved_settings(run: Path) -> dict[str, dict[str, Any]]:
    """Returns the options of a run by group; none where only the training state was kept."""
    file = run / CONFIG
    return (yaml.safe_load(file.read_text(encoding="utf-8")) or {}) if file.is_file() else {}


def _changed_options(run: Path, config: RunConfig) -> list[str]:
    """Returns each option of a run to resume, not one of ``FREE``, that is not what it was.

    Options that the version of the run did not have are not compared.
    """
    before, now = _saved_settings(run), yaml.safe_load(_settings(config))
    return [
        f"{group}.{name} was {before[group][name]}, is {value}"
        for group, options in now.items()
        for name, value in options.items()
        if name not in FREE.get(group, ())
        and name in before.get(group, {})
        and before[group][name] != value
    ]


def has_learned(run: Path) -> bool:
    """Returns whether a run's folder holds a model or a training state."""
    return (run / STATE).exists() or (run / MODEL).exists()


def finished_epochs(run: Path) -> int:
    """Returns how many epochs the training state of a run has finished; 0 without one.

    Raises:
        CheckpointError: If the state cannot be read.
    """
    state = run / STATE
    return int(load_pickle(state)["epoch"]) + 1 if state.exists() else 0


def _clear(run: Path) -> None:
    """Removes what a run wrote before it learned anything; other files and their folder stay."""
    for name in FIRST_FILES:
        (run / name).unlink(missing_ok=True)
    for name in LOGS:
        shutil.rmtree(run / name, ignore_errors=True)
    with suppress(OSError):
        run.rmdir()


def _taken(run: Path) -> str:
    with (run / CONFIG).open(encoding="utf-8") as file:
        if not take(file):
            return f"{run} is being trained by another process; choose another --train.name"
    if (run / STATE).exists():
        return (
            f"{run} holds a run already; choose another --train.name, or continue it with "
            f"{resume_command(run)}"
        )
    return (
        f"{run} holds a run already, with nothing to resume: it has no {STATE}; choose another "
        "--train.name, or delete the folder to use its name again"
    )


def _settings(config: RunConfig) -> str:
    """Returns the text of ``config.yaml``, with whole paths, so that it serves in any folder."""
    settings: dict[str, dict[str, Any]] = {}
    for group, options in asdict(config).items():
        named = PATHS.get(group, ())
        settings[group] = {
            name: _whole_path(value) if name in named and isinstance(value, str) else _plain(value)
            for name, value in options.items()
        }
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)


def _whole_path(value: str) -> str:
    """Returns a path from the root; what is no path here, such as "imagenet", stays as it is."""
    return str(Path(value).absolute()) if Path(value).exists() else value


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def resume_command(run: Path, *, own_lists: bool = False) -> str:
    """Returns the command that continues a run, usable in any folder.

    Args:
        run: The run's folder. If it has finished its epochs, the command asks for as many again.
        own_lists: Whether to name the lists in it, as its data have changed since.
    """
    run = run.absolute()
    words: list[str | Path] = [run / CONFIG, "--train.resume", run / STATE]
    if own_lists:
        words += ["--data.train", run / "train.csv", "--data.val", run / "val.csv"]
    finished = finished_epochs(run)
    if finished == _saved_settings(run).get("train", {}).get("epochs"):
        words += ["--train.epochs", str(2 * finished)]
    return command_anywhere("train", *words)


def next_step(run: Path, config: RunConfig, *, resumable: bool = True) -> str:
    """Returns what is kept of a run that ended early, and how to go on or to start again.

    Args:
        run: The run's folder.
        config: Its options.
        resumable: Whether going on could end otherwise than this time.
    """
    same = _same_command()
    again = f"start again with: {same}" if same else "start it again"
    if not has_learned(run):
        return (
            f"No epoch was finished, so there is nothing to resume, and {run} is removed; {again}"
        )
    kept = f"The best model so far is kept: {run / MODEL}. " if (run / MODEL).exists() else ""
    if not resumable or not (run / STATE).exists():
        return f"{kept}With another --train.name, {again}"
    if config.train.resume and same:  # with the options of this time, such as more epochs
        return f"{kept}Continue with: {same}"
    return f"{kept}Continue with: {resume_command(run)}"


def _same_command() -> str | None:
    """Returns the command that was given, usable in any folder, or None if it was no command."""
    if not was_called():
        return None
    return f"cd {quoted([str(Path.cwd())])} && {command_anywhere(*sys.argv[1:])}"
