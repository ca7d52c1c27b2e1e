"""Options that are found instead of given: trainings choose them, and a test says what they bring.

Of the plan's folds the first is the test, and no training of the search sees any of it. From the
other videos whole groups are set apart, as many as ``data.val_fraction`` says, and judge all
trainings by their last epoch. The best options then learn from all videos but the test, beside the
recipe as it is, and both are tested: once, since after that the search is over.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mienet.config import ConfigError
from mienet.data.splitting import split
from mienet.errors import MienetError, MissingExtraError
from mienet.files import write_whole
from mienet.options import Range, checked
from mienet.progress import progress_bar
from mienet.rendering.search import SearchTable
from mienet.sweeps.folds import DRAW_SEED, Fold, make_folds
from mienet.sweeps.plan import SweepPlan, read_plan, to_yaml
from mienet.sweeps.running import run_trials
from mienet.sweeps.search_trials import (
    LISTS,
    SearchFacts,
    SearchTrial,
    make_search_trial,
    read_facts,
    read_search_trials,
    write_facts,
)
from mienet.sweeps.trials import RECIPE, RUN, SweepError, Trial, TrialResult, make_trials
from mienet.sweeps.videos import SweepVideos
from mienet.training.run_folder import STATE
from mienet.workflows.search_table import BEST, FOUND, TEST, best_of, search_table
from mienet.workflows.sweep import (
    do_trials,
    kept,
    read_videos,
    share_machine,
    sweep_folder,
    with_one_precision,
)
from mienet.workflows.sweep_table import PLAN, is_of_recordings

__all__ = ["SearchTable", "SearchTrial", "search"]

Told = Callable[[Trial | SearchTrial, TrialResult], object]

SHARE_BEFORE_STOPS = 1 / 3
"""Of its epochs that every training may do, as learning rates rise at first."""


@checked(jobs=Range(least=1))
def search(
    plan: str | Path,
    out: str | Path | None = None,
    *,
    folds: int | str | None = None,
    group_by: str | None = None,
    seeds: Sequence[int] | None = None,
    jobs: int | None = None,
    told: Told | None = None,
) -> SearchTable:
    """Searches for the best options of a plan, tests them, and returns the table of all trainings.

    The folder gets plan.yaml, search.json, lists/, trials/, best.yaml, the sweep test/, and the
    files of ``search_table``.

    Args:
        plan: A YAML file with ``search``; see ``mienet.sweeps.search_space``.
        out: Folder of the search; None is sweeps/NAME, after the plan's file.
        folds: In place of the plan's: a number, or "each"; the first fold is the test.
        group_by: In place of the plan's: the column that says which videos are alike.
        seeds: In place of the plan's. The search takes the first, the test all.
        jobs: Trainings at a time; None is one per processor on a CPU, and one on a GPU. More than
            one choose by less, since those beside them are not over.
        told: Is told of every training as it ends.

    Raises:
        MissingExtraError: If Optuna is not installed.
        ConfigError: If the plan or an option is not accepted, or has no search.
        MienetError: If the list is bad, or cannot be split; if no training came to its end; if
            another process does the same search.
        SweepError: If the folder is of another plan, or of other videos.
        OSError: If a file is not there or cannot be written.
    """
    require_optuna()
    path = Path(plan)
    wanted = read_plan(path, {"folds": folds, "group_by": group_by, "seeds": seeds})
    if not wanted.search:
        raise ConfigError(f"{path}: a plan without search; give it to mienet.sweep")
    home = sweep_folder(path, out)
    wanted = with_one_precision(wanted, home / PLAN)
    _refuse_another_plan(wanted, home)
    videos = read_videos(wanted)
    fold = make_folds(wanted, videos)[0]
    with kept(home):
        _write_lists(wanted, videos, fold, home)
        write_whole(home / PLAN, to_yaml(wanted))
        if not (home / BEST).is_file():
            _search(wanted, home, jobs=jobs, told=told)
            _write_best(wanted, home)
        _test(wanted, videos, fold, home, jobs=jobs, told=told)
        return search_table(home)


def require_optuna() -> None:
    """Finds out whether Optuna is there, before anything is computed.

    Raises:
        MissingExtraError: If it is not.
    """
    try:
        import optuna  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("a search", "search", error) from error


def _refuse_another_plan(plan: SweepPlan, home: Path) -> None:
    if not (home / PLAN).is_file():
        return
    before = read_plan(home / PLAN)
    if (home / BEST).is_file() or not before.search:
        same = before
    else:  # more trainings, or fewer
        assert plan.search is not None
        same = replace(before, search={**before.search, "number": plan.search["number"]})
    if differing := [name for name, value in vars(plan).items() if getattr(same, name) != value]:
        was, now = getattr(before, differing[0]), getattr(plan, differing[0])
        over = ", whose test is done or begun" if (home / BEST).is_file() else ""
        raise SweepError(
            f"{home} holds a search of another plan{over}; give another --out: {differing[0]} was "
            f"{was!r}, is {now!r}"
        )


def _write_lists(plan: SweepPlan, videos: SweepVideos, fold: Fold, home: Path) -> None:
    """Writes which videos are learned from and which judge, or finds the same there."""
    part = plan.config(plan.variants()[0], plan.seeds[0]).data.val_fraction
    if not 0 < part < 1:
        raise MienetError(
            f"data.val_fraction: a search is judged by a part of the videos in (0, 1), got {part:g}"
        )
    placed = split(
        [videos.labels[at] for at in fold.training],
        [1 - part, part],
        groups=[videos.groups[at] for at in fold.training],
        group_name=videos.groups_are,
        classes=videos.classes or None,
        seed=DRAW_SEED,
    )
    parts = [[at for at, p in zip(fold.training, placed, strict=True) if p == n] for n in (0, 1)]
    lists = {
        "train.csv": videos.write(parts[0]),
        "val.csv": videos.write(parts[1]),
        "all.csv": videos.write(range(len(videos.paths))),
    }
    facts = SearchFacts(
        fold.name,
        videos.groups_are,
        "recordings" if is_of_recordings(plan) else "clips",
        len(parts[0]),
        len(parts[1]),
        tuple(sorted({videos.groups[at] for at in parts[1]})),
        len(fold.test),
        {name: hashlib.sha256(text.encode()).hexdigest() for name, text in lists.items()},
    )
    if (before := read_facts(home)) not in (None, facts):
        raise SweepError(
            f"{home} holds a search of other videos than {plan.list} has; give another --out"
        )
    (home / LISTS).mkdir(parents=True, exist_ok=True)
    for name, text in lists.items():
        write_whole(home / LISTS / name, text)
    if before is None:
        write_facts(home, facts)


def _search(plan: SweepPlan, home: Path, *, jobs: int | None, told: Told | None) -> None:
    """Does the trainings that are left; those that failed before are tried again."""
    from mienet.sweeps.chooser import Chooser

    space, before = plan.space(), read_search_trials(home)
    epochs = plan.config(plan.variants()[0], plan.seeds[0]).train.epochs
    over = [trial for trial in before if _is_over(trial)]
    first_stop_epoch = max(1, round(SHARE_BEFORE_STOPS * epochs))
    chooser = Chooser(space, over, seed=plan.seeds[0], first_stop_epoch=first_stop_epoch)
    bar = progress_bar(
        description="Searching", unit="training", total=space.number, already_done=len(over)
    )
    with bar:

        def ended(trial: SearchTrial, result: TrialResult) -> None:
            if result.state != "failed":
                (trial.folder / RUN / STATE).unlink(missing_ok=True)  # large, and of no more use
            chooser.end(trial)
            bar.update()
            if told is not None:
                told(trial, result)

        def trials() -> Iterator[SearchTrial]:
            for trial in before:
                if not _is_over(trial):
                    chooser.begin(trial)
                    yield trial
            for number in range(len(before) + 1, space.number + 1):
                trial = make_search_trial(plan, home, number, chooser.choose(number))
                if (result := trial.result()) is not None:
                    ended(trial, result)
                else:
                    yield trial

        def should_stop(trial: SearchTrial) -> bool:
            return chooser.should_stop(trial, int(trial.options.get("train.epochs", epochs)))

        num_jobs, threads = share_machine(plan, jobs)
        run_trials(trials(), jobs=num_jobs, threads=threads, ended=ended, should_stop=should_stop)


def _is_over(trial: SearchTrial) -> bool:
    """Returns whether a training need not be done, or cannot be."""
    result = trial.result()
    return result is not None and (
        result.state != "failed" or not (trial.folder / RECIPE).is_file()
    )


def _write_best(plan: SweepPlan, home: Path) -> None:
    """Writes the recipe with the best options, which ends the search."""
    trials = read_search_trials(home)
    best = best_of(trials)
    if best is None:
        problems = [
            f"{trial.name}: {result.problem}"
            for trial in trials
            if (result := trial.result()) is not None and result.state == "failed"
        ]
        raise SweepError("\n  ".join([f"{home}: no training came to its end:", *problems]))
    write_whole(home / BEST, (best.folder / RECIPE).read_text(encoding="utf-8"))


def _test(
    plan: SweepPlan,
    videos: SweepVideos,
    fold: Fold,
    home: Path,
    *,
    jobs: int | None,
    told: Told | None,
) -> None:
    """Trains what was found and the recipe as it is with all videos but the test's, and tests."""
    best = best_of(read_search_trials(home))
    assert best is not None
    of_test = replace(
        plan, search=None, vary={"options": {"recipe": {}, FOUND: dict(best.options)}}
    )
    trials = make_trials(of_test, videos, home / TEST, [fold])
    do_trials(of_test, trials, videos, home / TEST, jobs=jobs, told=told)
