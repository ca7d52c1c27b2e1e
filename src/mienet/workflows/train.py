"""Training: from a configuration to a run's folder.

A run's folder holds ``model.safetensors`` (the best model by validation top-1; predict and evaluate
need nothing else), ``last.ckpt`` (to continue training), ``config.yaml`` (the resolved recipe),
``run.json`` (seed, versions, hashes of the lists), ``train.csv`` and ``val.csv`` (the clips), and
what loggers write (``tensorboard/``).
"""

import json
import logging
import platform
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import EMAWeightAveraging, LearningRateMonitor, ModelCheckpoint

from mienet import __version__
from mienet.annotations.discovery import ignored_lines
from mienet.config import ConfigError, RunConfig
from mienet.data.loading import check_videos, with_unreadable
from mienet.data.manifest import group_column
from mienet.data.workers import worker_failures
from mienet.errors import in_one_line
from mienet.files import write_whole
from mienet.loading import load_network
from mienet.memory import keep_freed_memory
from mienet.models.pretrained import StartReport
from mienet.models.weights import load_pickle
from mienet.options import checked
from mienet.training.building import make_task
from mienet.training.callbacks import (
    SaveBest,
    TellProgress,
    TellScore,
    TrainingProgress,
    show_progress,
)
from mienet.training.datamodule import Videos
from mienet.training.divergence import DivergedError, StopWhenDiverged
from mienet.training.freezing import FreezeBackbone
from mienet.training.known_clips import learn_known_clips
from mienet.training.loggers import EVERY_STEPS, log_options, make_loggers
from mienet.training.next_steps import next_steps
from mienet.training.optimization import TrainingTask
from mienet.training.precision import choose_precision
from mienet.training.processes import (
    RequireAgreement,
    cluster_environments,
    is_first_on_node,
    is_first_process,
    require_launcher,
    require_synchronized,
)
from mienet.training.recording_data import RecordingVideos
from mienet.training.run_folder import (
    AUTO,
    choose_folder,
    claimed,
    next_step,
    resume_command,
    take_over,
    with_state,
)
from mienet.training.run_lists import are_of_run, list_hash
from mienet.training.saving import WholeCheckpoints
from mienet.training.stopping import TrainingError, orderly_stops, reason
from mienet.training.threads import FastestThreads
from mienet.training.videos import TrainingVideos

__all__ = ["is_first_process", "next_steps", "train"]


@checked()
def train(
    config: RunConfig,
    *,
    name: str = "run",
    progress: Callable[[TrainingProgress], object] | None = None,
    scored: Callable[[int, float], object] | None = None,
) -> Path:
    """Trains a recognizer and returns the run's folder.

    Nothing is written before the lists, the videos' headers and the options have been found good.
    Of several processes that train together the first one writes and prints; what the others return
    is the folder of all runs.

    Args:
        config: All options.
        name: Name of the run if the configuration gives none; the time is added.
        progress: Is told after every step how far the training is.
        scored: Is told after every validation the epoch, from 1, and its score, from 0 to 1: of
            clips the top-1, of recordings the mean of frame accuracy and the events' precision.

    Raises:
        ConfigError: If options contradict each other, or the run's folder is taken.
        AnnotationError: If lists or videos are bad, with all of them.
        FileNotFoundError: If a list, folder or weights file is not there.
        CheckpointError: If the weights to start from do not fit.
        TrainingError: If the training failed: it diverged, a video could not be read, memory or the
            disk ran out. What was saved before is kept.
        SystemExit: With 143 if the process was asked to end (SIGTERM).
    """
    _quieten_lightning()
    told: list[Callback] = [TellProgress(progress)] if progress else []
    if scored:
        told.append(TellScore(scored))
    with orderly_stops():
        return _train(config, name, told)


def _train(config: RunConfig, name: str, callbacks: Sequence[Callback]) -> Path:
    require_launcher(config.trainer)
    goes_on = config.train.resume == AUTO
    config = with_state(config)
    if goes_on and is_first_process():
        take_over(Path(config.train.out) / str(config.train.name))
    run = choose_folder(config, name) if is_first_process() else Path(config.train.out)
    torch.manual_seed(config.train.seed)
    with with_unreadable(config.data.frame_pattern) if config.train.check_videos else nullcontext():
        videos = RecordingVideos(config) if config.timeline.head else Videos(config)
    if is_first_process():
        for line in ignored_lines(videos.ignored):
            print(f"note: {line}", file=sys.stderr)
    if is_first_on_node():
        if config.train.check_videos:
            check_videos(videos.all_records)
        _keep_frames(videos)
    task, report = make_task(config, videos)
    recognizer = task.recognizer
    if config.train.channels_last:
        recognizer.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    finished = 0
    if config.train.resume:
        finished = _check_resume(Path(config.train.resume), task, videos, may_be_done=goes_on)
        if is_first_process():
            print(f"{run}: continuing after epoch {finished} of {config.train.epochs}")
    config = _with_precision(config)
    best = SaveBest(run, config.train.keep)
    trainer = _trainer(config, run, [_agreement(config, videos, finished), best, *callbacks])
    require_synchronized(trainer, sync_batchnorm=config.trainer.sync_batchnorm)
    _share_processors(trainer, videos)
    with claimed(run, config) if is_first_process() else nullcontext():
        _fit(trainer, task, videos, config, run, report)
        if is_first_process() and isinstance(videos, Videos):
            _learn_known_clips(run, videos, trainer.strategy.root_device)
    if is_first_process():
        print(videos.verdict(best.best))
    return run


def _fit(
    trainer: Trainer,
    task: TrainingTask,
    videos: TrainingVideos,
    config: RunConfig,
    run: Path,
    report: StartReport | None,
) -> None:
    """Trains in a run's folder; however it ends, says what is left and how to go on."""
    try:
        if is_first_process():
            _write_run(run, config, videos, report)
        log_options(trainer.loggers, config)
        with worker_failures():
            trainer.fit(task, videos, ckpt_path=config.train.resume, weights_only=True)
    except (KeyboardInterrupt, SystemExit):
        if is_first_process():
            print(f"\nStopped. {next_step(run, config)}")
        raise
    except Exception as error:
        if (why := reason(error, run)) is None:
            raise
        left = next_step(run, config, resumable=not isinstance(error, DivergedError))
        told = f". {left}" if is_first_process() else ""
        raise TrainingError(f"{why.rstrip('.')}{told}") from error


def _learn_known_clips(run: Path, videos: Videos, device: torch.device) -> None:
    """Adds to the model that is kept how familiar clips are to it."""
    recognizer = load_network(run).to(device)
    with worker_failures():
        recognizer.known_clips = learn_known_clips(
            recognizer,
            videos.training,
            videos.validation,
            batch_size=videos.config.data.batch_size,
            num_workers=videos.readers,
            cache=videos.cache,
        )
    recognizer.save(run)


def _keep_frames(videos: TrainingVideos) -> None:
    """Keeps small frames, and says where, and what that did not work for."""
    kept = videos.keep_frames()
    if kept is None or videos.cache is None:
        return
    used = f"{videos.cache.num_bytes() / 1e9:.1f} of {videos.cache.most_bytes / 1e9:g} GB"
    said = f"Frames of {kept.kept} of {kept.videos} videos kept in {videos.cache.folder} ({used})"
    if is_first_process():
        print(said)
    if kept.problem:
        print(f"note: no more frames are kept: {kept.problem}", file=sys.stderr)
    elif kept.kept < kept.videos:
        print(
            f"note: {kept.videos - kept.kept} videos are decoded in every epoch; "
            "--data.cache_gigabytes allows more",
            file=sys.stderr,
        )


def _share_processors(trainer: Trainer, videos: TrainingVideos) -> None:
    """Shares the processors out to computing and reading, and says how.

    Where a CPU computes, this process keeps the memory that it frees from here on.
    """
    if on_cpu := trainer.strategy.root_device.type == "cpu":
        keep_freed_memory()
    shares = videos.share_processors(on_cpu=on_cpu, processes=trainer.num_devices)
    if shares.threads is not None:
        kind = torch.bfloat16 if trainer.precision.startswith("bf16") else torch.float32
        trainer.callbacks.append(FastestThreads(shares.threads, kind))  # type: ignore[attr-defined]
    if is_first_process():
        print(f"Processors: {shares}")


def _with_precision(config: RunConfig) -> RunConfig:
    """Returns the configuration with the precision that ``auto`` stands for on this machine."""
    if config.trainer.precision != "auto":
        return config
    precision, why = choose_precision(config.trainer)
    if is_first_process():
        print(f"Precision {precision}: {why}")
    return replace(config, trainer=replace(config.trainer, precision=precision))


def _trainer(config: RunConfig, run: Path, own: Sequence[Callback]) -> Trainer:
    callbacks: list[Callback] = [
        StopWhenDiverged(),  # before anything is saved
        *own,
        ModelCheckpoint(run, filename="last", save_top_k=1, enable_version_counter=False),
        *([LearningRateMonitor("step")] if config.train.loggers else []),
        show_progress(),
    ]
    if config.train.ema_decay is not None:
        # After SaveBest, which must act before the average is taken out again.
        callbacks.insert(1 + len(own), EMAWeightAveraging(decay=config.train.ema_decay))
    if config.train.freeze_backbone_epochs:
        callbacks.append(FreezeBackbone(config.train.freeze_backbone_epochs))
    loggers = make_loggers(config, run)
    # "warn", because an operation without a repeatable form should not end a run on a GPU.
    try:
        return Trainer(
            **asdict(config.trainer),
            max_epochs=config.train.epochs,
            gradient_clip_val=config.train.gradient_clip or None,
            callbacks=callbacks,
            plugins=[WholeCheckpoints(), *cluster_environments()],
            logger=loggers,
            use_distributed_sampler=False,
            num_sanity_val_steps=0,
            log_every_n_steps=EVERY_STEPS,
            deterministic="warn",
            enable_model_summary=False,
        )
    except (MisconfigurationException, ValueError, ImportError, RuntimeError) as error:
        raise ConfigError(
            f"the trainer options cannot be met here: {in_one_line(error)}"
        ) from error


def _agreement(config: RunConfig, videos: TrainingVideos, finished: int) -> RequireAgreement:
    """Returns what compares processes: clips, how far the run is, and all other options."""
    facts = {
        f"clips of {name}, as a hash": list_hash(text) for name, text in videos.lists().items()
    }
    facts["finished epochs"] = str(finished)
    groups = asdict(config).items()
    options = {f"{group}.{name}": value for group, own in groups for name, value in own.items()}
    return RequireAgreement(facts | {name: str(value) for name, value in options.items()})


def _check_resume(
    path: Path, task: TrainingTask, videos: TrainingVideos, *, may_be_done: bool = False
) -> int:
    """Returns how many epochs a training state has finished, if it can be continued with these.

    With ``may_be_done`` one that has finished all can, too: what comes after them is left.

    Raises:
        ConfigError: If it has finished all, or is of another network, classes or lists.
    """
    state = load_pickle(path)
    try:
        facts = json.loads((path.parent / "run.json").read_text(encoding="utf-8"))
        classes, hashes = facts["classes"], facts["list_sha256"]
        shapes = {name: tensor.shape for name, tensor in state["state_dict"].items()}
    except (OSError, KeyError) as error:
        raise ConfigError(
            f"train.resume: {path} is not the last.ckpt of a run's folder ({error})"
        ) from error
    if classes != videos.classes:
        raise ConfigError(
            f"train.resume: {path} was trained with the classes {', '.join(classes)}; the videos "
            f"given have {', '.join(videos.classes)}"
        )
    if not are_of_run(videos.lists(), path.parent, hashes):
        raise ConfigError(
            f"train.resume: {path} was trained with other clips than these options give, so that "
            f"clips it has learned could now count as validation; continue with "
            f"{resume_command(path.parent, own_lists=True)}"
        )
    if state["epoch"] + 1 >= task.config.epochs and not may_be_done:
        raise ConfigError(
            f"train.resume: {path} has finished {state['epoch'] + 1} epochs; to go on, give more "
            "than that with --train.epochs"
        )
    if shapes != {name: tensor.shape for name, tensor in task.state_dict().items()}:
        raise ConfigError(
            f"train.resume: {path} holds another network than these options make; continue with "
            f"{resume_command(path.parent)}"
        )
    return int(state["epoch"]) + 1


def _write_run(
    run: Path, config: RunConfig, videos: TrainingVideos, report: StartReport | None
) -> None:
    if config.train.resume:
        facts = json.loads((run / "run.json").read_text(encoding="utf-8"))
        facts.setdefault("resumed", []).append(sys.argv)
        _write_json(run / "run.json", facts)
        return
    lists = videos.lists()
    for name, text in lists.items():
        write_whole(run / name, text)
    facts = {
        "command": sys.argv,
        "seed": config.train.seed,
        "classes": videos.classes,
        "group_by": group_column(Path(config.data.train or config.data.root or ".")),
        **videos.facts(),
        "list_sha256": {name: list_hash(text) for name, text in lists.items()},
        "pretrained": asdict(report) if report else None,
        "versions": {
            "mienet": __version__,
            "torch": torch.__version__,
            "lightning": version("lightning"),
            "python": platform.python_version(),
        },
        "machine": platform.platform(),
    }
    _write_json(run / "run.json", facts)
    print("\n".join([f"Everything is written to {run}", *videos.summary()]))
    if report:
        print(f"Starting weights: {report}")
    elif config.model.pretrained is None:
        print("Training from scratch: no --model.pretrained is given")


def _write_json(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    write_whole(path, text + "\n")


def _quieten_lightning() -> None:
    """Silences advice that does not concern a user of this command line."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*smaller than the logging interval.*")
    warnings.filterwarnings("ignore", message=".*exists and is not empty.*")
    warnings.filterwarnings("ignore", message=".*LeafSpec.*is deprecated.*")
