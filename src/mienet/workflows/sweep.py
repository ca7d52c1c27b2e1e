"""Many trainings, one table: networks x folds x seeds, side by side, gone on with after kills.

A sweep keeps everything in one folder (``mienet.sweeps.trials``), and the same call goes on where
it was stopped. Trials that fail are told and skipped; the next call tries them again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from mienet.config import ConfigError
from mienet.files import keep_folder, write_whole
from mienet.options import Range, checked
from mienet.processors import num_processors
from mienet.progress import progress_bar
from mienet.rendering.spreadsheet import write_table
from mienet.rendering.sweep import SweepTable
from mienet.sweeps.answers import as_table, clip_answers, trial_row
from mienet.sweeps.plan import SweepPlan, read_plan, to_yaml, with_precision
from mienet.sweeps.running import run_trials
from mienet.sweeps.trials import SweepError, Trial, TrialResult, make_trials
from mienet.sweeps.videos import SweepVideos, read_clips, read_whole_recordings
from mienet.training.precision import choose_precision
from mienet.workflows.sweep_table import ANSWERS, PLAN, TRIALS, is_of_recordings, sweep_table

__all__ = ["SweepTable", "Trial", "TrialResult", "sweep"]

LOCK = "lock"

Told = Callable[[Trial, TrialResult], object]


@checked(jobs=Range(least=1))
def sweep(
    plan: str | Path,
    out: str | Path | None = None,
    *,
    folds: int | str | None = None,
    group_by: str | None = None,
    seeds: Sequence[int] | None = None,
    jobs: int | None = None,
    told: Told | None = None,
) -> SweepTable:
    """Trains and tests everything that a plan varies, and returns the table of all of it.

    The folder gets plan.yaml, lists/, trials/, and the files of ``sweep_table``.

    Args:
        plan: A YAML file; see ``mienet.sweeps.plan``.
        out: Folder of the sweep; None is sweeps/NAME, after the plan's file.
        folds: In place of the plan's: a number, or "each" to hold out every group in turn.
        group_by: In place of the plan's: the column that says which videos are alike.
        seeds: In place of the plan's.
        jobs: Trainings at a time; None is one per processor on a CPU, each with one thread, which
            is what a processor does most with, and one on a GPU.
        told: Is told of every trial as it ends.

    Raises:
        ConfigError: If the plan or an option is not accepted.
        MienetError: If the list is bad, folds cannot be made of it, or another process does the
            same sweep.
        SweepError: If the folder is of another plan.
        OSError: If a file is not there or cannot be written.
    """
    path = Path(plan)
    wanted = read_plan(path, {"folds": folds, "group_by": group_by, "seeds": seeds})
    if wanted.search:
        raise ConfigError(f"{path}: is the plan of a search; give it to mienet.search")
    home = sweep_folder(path, out)
    if (home / PLAN).is_file() and read_plan(home / PLAN).search:
        raise SweepError(f"{home} holds a search, and this plan has none; give another --out")
    wanted = with_one_precision(wanted, home / PLAN)
    videos = read_videos(wanted)
    with kept(home):
        do_trials(wanted, make_trials(wanted, videos, home), videos, home, jobs=jobs, told=told)
        return sweep_table(home)


@contextmanager
def kept(home: Path) -> Iterator[None]:
    """Keeps the folder of a sweep or a search for this process while the block lasts.

    Raises:
        MienetError: If another process has it.
        OSError: If it cannot be written.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK).open("w") as file:
        keep_folder(home, file)
        yield


def sweep_folder(plan: Path, out: str | Path | None) -> Path:
    """Returns the folder of a sweep or a search: that which is given, or sweeps/NAME."""
    return Path(out) if out is not None else Path("sweeps") / plan.stem


def do_trials(
    plan: SweepPlan,
    trials: Sequence[Trial],
    videos: SweepVideos,
    home: Path,
    *,
    jobs: int | None,
    told: Told | None,
) -> None:
    """Does those trials of a sweep that are not done, and writes what they found.

    Args:
        plan: Of the sweep.
        trials: All of them.
        videos: That they are of.
        home: Folder of the sweep.
        jobs: Trainings at a time; see ``sweep``.
        told: Is told of every trial as it ends.
    """
    _write_rows(home, trials, videos)  # of all of the plan, so that its table can be drawn
    write_whole(home / PLAN, to_yaml(plan))
    todo = [trial for trial in trials if _is_open(trial)]
    done = len(trials) - len(todo)
    with progress_bar(
        description="Training", unit="trial", total=len(trials), already_done=done
    ) as bar:

        def ended(trial: Trial, result: TrialResult) -> None:
            bar.update()
            _write_rows(home, trials, videos)
            if told is not None:
                told(trial, result)

        num_jobs, threads = share_machine(plan, jobs)
        run_trials(todo, jobs=num_jobs, threads=threads, ended=ended)


def share_machine(plan: SweepPlan, jobs: int | None) -> tuple[int, int | None]:
    """Returns how many trainings run at a time, and the threads of each; None leaves it to each."""
    on_gpu = _computes_on_gpu(plan)
    num_jobs = jobs or (1 if on_gpu else num_processors())
    return num_jobs, 1 if not on_gpu and num_jobs > 1 else None


def read_videos(plan: SweepPlan) -> SweepVideos:
    """Returns the videos of a plan; errors as ``sweep``."""
    source, root = Path(plan.list), Path(plan.root) if plan.root else None
    if is_of_recordings(plan):
        return read_whole_recordings(source, root=root, group_by=plan.group_by)
    return read_clips(source, root=root, group_by=plan.group_by, exclude=plan.exclude_classes)


def _computes_on_gpu(plan: SweepPlan) -> bool:
    accelerator = plan.config(plan.variants()[0], 0).trainer.accelerator
    return accelerator not in ("auto", "cpu") or (
        accelerator == "auto" and torch.cuda.is_available()
    )


def with_one_precision(plan: SweepPlan, earlier: Path) -> SweepPlan:
    """Returns the plan with the precision that ``auto`` stands for, as measured the first time."""
    trainer = plan.config(plan.variants()[0], 0).trainer
    if trainer.precision != "auto":
        return plan
    if earlier.is_file():
        before = read_plan(earlier).options or {}
        if "trainer.precision" in before:
            return with_precision(plan, before["trainer.precision"])
    return with_precision(plan, choose_precision(trainer)[0])


def _is_open(trial: Trial) -> bool:
    result = trial.result()
    return result is None or result.state != "done"


def _write_rows(home: Path, trials: Sequence[Trial], videos: SweepVideos) -> None:
    """Writes what is known so far."""
    rows = [trial_row(trial) for trial in trials]
    write_table(home / TRIALS, as_table(rows))
    answers = [
        answer
        for trial, row in zip(trials, rows, strict=True)
        if row.state == "done" and videos.classes
        for answer in clip_answers(trial, videos)
    ]
    if videos.classes:
        write_table(home / ANSWERS, as_table(answers))
