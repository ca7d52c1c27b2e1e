"""The table of a sweep, from what its trials left in its folder."""

import math
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from mienet.metrics.comparison import Measure, MeasureOfPlaces
from mienet.metrics.recording_figures import recording_measures
from mienet.metrics.recordings import RecordingComparison
from mienet.rendering.sweep import SweepTable
from mienet.rendering.sweep_files import write_sweep
from mienet.shell import command
from mienet.sweeps.answers import ClipAnswer, TrialRow, clip_measures, read_answers, read_trials
from mienet.sweeps.plan import SweepPlan, read_plan
from mienet.sweeps.results import SeedAnswers, VariantFacts, VariantFigures, variant_figures
from mienet.sweeps.trials import RUN, TEST, SweepError, lists_of, trial_folder
from mienet.workflows.evaluate_recordings import evaluate_recordings

__all__ = ["SweepTable", "sweep_table"]

PLAN = "plan.yaml"
TRIALS = "trials.csv"
ANSWERS = "answers.csv"
CLIP_MEASURES: tuple[Measure, ...] = (
    Measure("top1", "top-1"),
    Measure("mean_class_accuracy", "mean class accuracy"),
)
RECORDING_MEASURES: tuple[Measure, ...] = (
    Measure("frame_accuracy", "frame accuracy"),
    Measure("f1_50", "F1@50"),
    Measure("event_map_4", "event mAP within 4 frames"),
)

Answers = Mapping[str, list[SeedAnswers]]
Complete = dict[tuple[str, int], list[TrialRow]]
"""By variant and seed."""


def sweep_table(folder: str | Path) -> SweepTable:
    """Returns the table of a sweep's folder, and draws its files anew.

    Of clips the tables trials.csv and answers.csv beside plan.yaml are enough; of recordings the
    trials' runs are needed, too. Written are table.csv, table.md and sweep.png, and
    learning_curve.png where the plan varies how much is learned from.

    Raises:
        SweepError: If it is no folder of a sweep, its plan has variants that it has no trainings
            of, or nothing is done yet.
        OSError: If a file cannot be read or written.
    """
    home = Path(folder)
    for name in (PLAN, TRIALS):
        if not (home / name).is_file():
            raise SweepError(f"{home}: no folder of a sweep: it has no {name}")
    plan, rows = read_plan(home / PLAN), read_trials(home / TRIALS)
    of_recordings = is_of_recordings(plan)
    variants = plan.variants()
    known = {row.variant for row in rows}
    if unknown := [one.name for one in variants if one.name not in known]:
        raise SweepError(
            f"{home}: {PLAN} has variants that {TRIALS} has no trainings of: {', '.join(unknown)}; "
            f"{command('sweep', 'PLAN', '--out', home)} does a plan's trainings"
        )
    reference = plan.reference or variants[0].name
    measures = RECORDING_MEASURES if of_recordings else CLIP_MEASURES
    folds = _compared_folds(rows)
    if not (complete := _complete(rows, folds)):
        raise SweepError(
            f"{home}: no fold is done by all variants yet: {_said_states(rows)}"
            + "".join(f"\n  {problem}" for problem in _problems(rows))
        )
    of_all = _recording_answers if of_recordings else _clip_answers
    answers, groups = of_all(complete, [one.name for one in variants], home)
    facts = {
        one.name: _facts(one.line, [row for row in rows if row.variant == one.name])
        for one in variants
    }
    figures = variant_figures(answers, facts, groups, measures, reference)
    table = SweepTable(
        figures,
        tuple(one for one in measures if _is_measured(one, figures)),
        reference,
        num_videos=len(groups),
        num_groups=len(set(groups)),
        groups_are=plan.group_by or ("subject" if of_recordings else "video"),
        kind="recordings" if of_recordings else "clips",
        problems=tuple(_problems(rows)),
        folds_left_out=tuple(sorted({row.fold for row in rows} - {*folds})),
        has_parts=bool(plan.training or plan.clips_per_class),
        folder=home,
    )
    write_sweep(table)
    return table


def is_of_recordings(plan: SweepPlan) -> bool:
    """Returns whether a plan trains models of whole recordings."""
    return plan.config(plan.variants()[0], plan.seeds[0]).timeline.head is not None


def _compared_folds(rows: Sequence[TrialRow]) -> list[str]:
    """Returns the folds that all variants have done, but for those that have done none at all."""
    done: dict[str, set[str]] = {}
    for row in rows:
        if row.state == "done":
            done.setdefault(row.variant, set()).add(row.fold)
    return sorted(set.intersection(*done.values())) if done else []


def _complete(rows: Sequence[TrialRow], folds: Sequence[str]) -> Complete:
    """Returns the trainings of every variant and seed that has done these folds, in their order."""
    found: Complete = {}
    for row in sorted(rows, key=lambda one: one.fold):
        if row.state == "done" and row.fold in folds:
            found.setdefault((row.variant, row.seed), []).append(row)
    return {key: own for key, own in found.items() if len(own) == len(folds)}


def _clip_answers(
    complete: Complete, variants: Sequence[str], home: Path
) -> tuple[Answers, list[str]]:
    """Returns the answers of every variant, and the groups of the clips that they are of."""
    of_trial: dict[tuple[str, int, str], list[ClipAnswer]] = {}
    for answer in read_answers(home / ANSWERS):
        of_trial.setdefault((answer.variant, answer.seed, answer.fold), []).append(answer)
    found: dict[str, list[SeedAnswers]] = {name: [] for name in variants}
    groups: list[str] = []
    for (variant, seed), own in complete.items():
        if missing := [row for row in own if (variant, seed, row.fold) not in of_trial]:
            raise SweepError(
                f"{home / ANSWERS}: has no answers of {variant}, {missing[0].fold}, seed {seed}, "
                f"which {TRIALS} says is done; train again, or take that row out"
            )
        answers = [one for row in own for one in of_trial[variant, seed, row.fold]]
        groups = [answer.group for answer in answers]
        found[variant].append(_seed_answers(seed, clip_measures(answers), own))
    return found, groups


def _recording_answers(
    complete: Complete, variants: Sequence[str], home: Path
) -> tuple[Answers, list[str]]:
    """Returns the same of recordings, from what each run's evaluation kept."""
    found: dict[str, list[SeedAnswers]] = {name: [] for name in variants}
    groups: list[str] = []
    for (variant, seed), own in complete.items():
        comparisons: list[RecordingComparison] = []
        groups = []
        for row in own:
            folder = trial_folder(home, row.variant, row.fold, row.seed)
            evaluation, _ = evaluate_recordings(
                folder / RUN, lists_of(folder) / "test.csv", out=folder / TEST
            )
            comparisons += [one.comparison for one in evaluation.recordings]
            groups += [one.group for one in evaluation.recordings]
        measures = recording_measures(evaluation.tolerance_frames)
        names = [one.name for one in RECORDING_MEASURES]
        of_places = {name: partial(_at, measures[name], comparisons) for name in names}
        found[variant].append(_seed_answers(seed, of_places, own))
    return found, groups


def _at(
    measure: Callable[[Sequence[RecordingComparison]], float],
    comparisons: Sequence[RecordingComparison],
    places: Sequence[int],
) -> float:
    return measure([comparisons[place] for place in places])


def _seed_answers(
    seed: int, of_places: Mapping[str, MeasureOfPlaces], rows: Sequence[TrialRow]
) -> SeedAnswers:
    shares = [math.nan if row.training_share is None else row.training_share for row in rows]
    return SeedAnswers(seed, of_places, statistics.fmean(shares))


def _is_measured(measure: Measure, figures: Sequence[VariantFigures]) -> bool:
    """Returns whether there is something to measure: no frame accuracy of events alone, say."""
    return any(not math.isnan(one.figures[measure.name].value) for one in figures)


def _facts(line: str, rows: Sequence[TrialRow]) -> VariantFacts:
    """Returns what a variant costs, by its trainings that are done."""
    done = [row for row in rows if row.state == "done"]
    seconds = [row.training_seconds for row in done if row.training_seconds is not None]
    return VariantFacts(
        line,
        len(rows) - len(done),
        statistics.fmean(row.num_training for row in rows),
        statistics.fmean(seconds) if seconds else None,
        done[0].num_parameters if done else None,
        done[0].gigaflops if done else None,
    )


def _problems(rows: Sequence[TrialRow]) -> list[str]:
    return [
        f"{row.variant}, {row.fold}, seed {row.seed}: {row.problem or 'not done yet'}"
        for row in rows
        if row.state != "done"
    ]


def _said_states(rows: Sequence[TrialRow]) -> str:
    counts = Counter(row.state for row in rows)
    return ", ".join(f"{counts[state]} {state}" for state in ("done", "failed", "open"))
