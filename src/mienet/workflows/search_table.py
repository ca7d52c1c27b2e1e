"""The table of a search, from what its trainings left in its folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mienet.labeling.timeline_formats import read_timelines
from mienet.rendering.search import SearchRow, SearchTable
from mienet.rendering.search_files import write_search
from mienet.shell import command
from mienet.sweeps.answers import OPEN, read_trials
from mienet.sweeps.plan import read_plan
from mienet.sweeps.search_trials import LISTS, SearchTrial, read_facts, read_search_trials
from mienet.sweeps.trials import SweepError, TrialResult
from mienet.workflows.sweep_table import PLAN, TRIALS, sweep_table

BEST = "best.yaml"
TEST = "test"
FOUND = "found"
"""Name of the best options beside the recipe's."""


def search_table(folder: str | Path) -> SearchTable:
    """Returns the table of a search's folder, and draws its files anew.

    Written are search.csv, search.md and search.png.

    Raises:
        SweepError: If it is no folder of a search, or nothing is done yet.
        OSError: If a file cannot be read or written.
    """
    home = Path(folder)
    facts, trials = read_facts(home), read_search_trials(home)
    if facts is None or not trials:
        raise SweepError(f"{home}: no folder of a search, or nothing of it is done yet")
    plan, best = read_plan(home / PLAN), best_of(trials)
    table = SearchTable(
        tuple(_row(trial) for trial in trials),
        facts,
        "top-1" if facts.kind == "clips" else _score_of_recordings(home / LISTS / "train.csv"),
        axes=tuple(plan.space().axes),
        best=best.number if best else None,
        test=sweep_table(home / TEST) if _is_tested(home / TEST / TRIALS) else None,
        command=command("train", home / BEST, "--data.train", home / LISTS / "all.csv"),
        folder=home,
    )
    write_search(table)
    return table


def _score_of_recordings(training: Path) -> str:
    """Returns what the score of trainings with a list of recordings measures, in words."""
    videos = read_timelines(training).videos
    phases = ["frame accuracy"] * any(video.intervals for video in videos)
    events = ["events' precision"] * any(video.events for video in videos)
    return " and ".join([*phases, *events]) + (", their mean," if phases and events else "")


def _is_tested(trials: Path) -> bool:
    """Returns whether a training of the test is over."""
    return trials.is_file() and any(row.state != OPEN for row in read_trials(trials))


def best_of(trials: Sequence[SearchTrial]) -> SearchTrial | None:
    """Returns the training with the best score, the first of equals; None if none is done."""
    done = [
        (result.score, trial)
        for trial in trials
        if (result := trial.result()) is not None and result.score is not None
    ]
    return max(done, key=lambda one: (one[0], -one[1].number))[1] if done else None


def _row(trial: SearchTrial) -> SearchRow:
    result, scores = trial.result() or TrialResult("open"), trial.scores()
    last = max(scores, default=0)
    chosen = {axis: trial.options.get(axis, value) for axis, value in trial.chosen.items()}
    return SearchRow(
        trial.number, result.state, result.problem, scores.get(last), last, _plain(chosen)
    )


def _plain(chosen: Mapping[str, Any]) -> dict[str, str | float]:
    """Returns numbers as they are, and the rest as a table has it."""
    return {
        axis: value if isinstance(value, (int, float, str)) else str(value)
        for axis, value in chosen.items()
    }
