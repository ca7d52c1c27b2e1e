"""One trial of a sweep: a training, and what it answers to the fold that was held out.

Of a search: a training, and its score by the videos that judge.
"""

import math
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from mienet.config import RunConfig, load_recipe
from mienet.errors import MienetError
from mienet.metrics.clips import label_ranks
from mienet.sweeps.search_trials import is_of_search, last_score, note_score
from mienet.sweeps.trials import LEARNED, RECIPE, RUN, TEST, TrialResult, lists_of, write_result
from mienet.training.run_folder import STATE, finished_epochs
from mienet.workflows.evaluate import evaluate
from mienet.workflows.evaluate_recordings import evaluate_recordings
from mienet.workflows.model_costs import count_work
from mienet.workflows.train import train


def run_trial(folder: Path) -> None:
    """Trains, or goes on with a training that was stopped, tests, and writes what was found.

    Why it cannot be done is a finding, too.
    """
    try:
        result = _scored(folder) if is_of_search(folder) else _tested_trial(folder)
    except (MienetError, OSError) as error:
        result = TrialResult("failed", str(error))
    write_result(folder, result)


def _scored(folder: Path) -> TrialResult:
    """Trains to the last epoch, whose score is the finding."""
    lists = lists_of(folder)
    changes = {f"data.{name}": str(lists / f"{name}.csv") for name in ("train", "val")}
    seconds = _train(folder, changes, partial(note_score, folder))
    return TrialResult("done", training_seconds=seconds, score=last_score(folder))


def _tested_trial(folder: Path) -> TrialResult:
    lists = lists_of(folder)
    changes = {"data.train": str(lists / "train.csv")}
    if load_recipe(folder / RECIPE).timeline.head is None:
        # The last epoch is kept, so that the held-out clips choose nothing.
        changes["data.val"] = str(lists / "test.csv")
    seconds = _train(folder, changes)
    config, run = load_recipe(folder / RECIPE), folder / RUN
    _, answers = _tested(config, run, lists / "test.csv", folder / TEST)
    learned, _ = _tested(config, run, lists / "train.csv", folder / LEARNED)
    num_parameters, gigaflops = count_work(run)
    return TrialResult(
        "done",
        answers=answers,
        training_share=learned,
        training_seconds=seconds,
        num_parameters=num_parameters,
        gigaflops=gigaflops,
    )


def _train(
    folder: Path, lists: dict[str, str], scored: Callable[[int, float], object] | None = None
) -> float | None:
    """Trains to the last epoch; returns the seconds of processor time if it was done at once."""
    changes: dict[str, Any] = {**lists, "train.out": str(folder)}
    run = folder / RUN
    finished = finished_epochs(run)
    changes |= {"train.resume": str(run / STATE)} if finished else {"train.name": RUN}
    config = load_recipe(folder / RECIPE, changes)
    if finished >= config.train.epochs:
        return None
    if not finished:
        shutil.rmtree(run, ignore_errors=True)  # of a process that was killed in its first epoch
    start = time.process_time()
    train(config, scored=scored)
    return None if finished else time.process_time() - start


def _tested(
    config: RunConfig, run: Path, source: Path, out: Path
) -> tuple[float | None, list[list[int]] | None]:
    """Returns the share of clips, or frames, that are right, and the answers to clips.

    Of recordings whose frames have no phases there is no share.
    """
    if config.timeline.head is not None:
        recordings, _ = evaluate_recordings(run, source, out=out)
        if recordings.problems:
            raise MienetError("\n  ".join(["unusable recordings:", *recordings.problems]))
        accuracy = recordings.figures["frame_accuracy"].value  # NaN of events alone
        return None if math.isnan(accuracy) else accuracy, None
    found, _ = evaluate(run, source, out=out)
    ranks = label_ranks(found.labels, found.probabilities)
    said = found.probabilities.argmax(axis=1)
    answers = [[int(a), int(rank)] for a, rank in zip(said, ranks, strict=True)]
    return found.metrics.top1, answers
