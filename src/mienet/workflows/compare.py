"""Models side by side: the same videos, the same views, and which differences are more than chance.

Each model is evaluated as ``mienet evaluate`` does it, into the same folder, so that nothing is
computed twice.
"""

import math
import os
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, Unpack

from mienet.config import load_recipe
from mienet.data.held_out import evaluation_list
from mienet.data.resolve import choose_split
from mienet.destinations import require_own, require_writable
from mienet.errors import MienetError
from mienet.loading import home_of, load, require_each_once, require_model
from mienet.main_guard import require_main_guard
from mienet.metrics.comparison import (
    Difference,
    McNemar,
    Measure,
    holm_adjusted,
    mcnemar_test,
    paired_difference,
)
from mienet.metrics.label_differences import label_differences
from mienet.options import checked, declared
from mienet.recognizer import Recognizer
from mienet.rendering.comparison import (
    ComparedModel,
    Lead,
    ModelComparison,
    ModelCost,
    Pair,
)
from mienet.rendering.comparison_files import FILES, SUMMARY, SUMMARY_START, write_comparison
from mienet.timeline_ensemble import require_same_labels
from mienet.timeline_recognizer import TimelineRecognizer
from mienet.view_options import BatchOptions, ComparisonOptions, RecordingEvaluationOptions
from mienet.workflows.compare_kinds import Field, clip_field, recording_field
from mienet.workflows.evaluate import require_same_classes
from mienet.workflows.evaluate_recordings import is_of_recordings
from mienet.workflows.model_costs import measure_costs, total_cost
from mienet.workflows.report import OWN_TITLE, write_page

__all__ = ["Lead", "Measure", "ModelComparison", "Pair", "compare"]

ENSEMBLE = "ensemble"
ENSEMBLE_PAGE = "ensemble.html"


@checked()
def compare(
    checkpoints: Sequence[str | Path],
    data: str | Path | None = None,
    *,
    root: str | Path | None = None,
    out: str | Path | None = None,
    ensemble: bool = False,
    speed: bool = True,
    **options: Unpack[ComparisonOptions],
) -> ModelComparison:
    """Returns models of clips, or models of recordings, side by side.

    Evaluations of the same list, views and videos are taken as they are; others are made, and
    written to the models' folders as ``mienet evaluate`` does.

    Args:
        checkpoints: Two runs' or models' folders, or more.
        data: A list, class folders, or a prepared dataset, whose test list is taken, or else its
            validation list; None is the test list of the dataset that all runs were trained on.
        root: Folder that the list's paths start from; None is the list's own.
        out: Folder for comparison.json, comparison.csv, differences.csv, per_class.csv,
            differences.png and, of an ensemble, ensemble.html; None writes none of them.
        ensemble: Whether the mean of the models' probabilities is compared, too. Its page is the
            one that ``report`` writes of a model.
        speed: Whether parameters, work, time and memory are measured, in a new process each.
        options: Those of ``ComparisonOptions``, each of which is explained there.

    Raises:
        MienetError: If there are fewer than two models, they are of two kinds, their classes
            differ, or in an ensemble their phases or events, the list has a phase or event that one
            does not know, they have no test list in common, an option is of the other kind, or one
            of them, the list or a video cannot be used.
        OSError: If one of them is not there, or a folder cannot be written.
    """
    _require_several(checkpoints)
    if speed:
        require_main_guard()  # before hours of evaluation
    of_recordings = is_of_recordings(checkpoints)
    given: dict[str, Any] = dict(options)
    own = _own_options(given, of_recordings, str(checkpoints[0]))
    source = evaluation_list(Path(data)) if data is not None else None
    source = source or _common_test_list(checkpoints)
    if out is not None:
        require_writable(Path(out), (*FILES, ENSEMBLE_PAGE))
        starts = {SUMMARY: SUMMARY_START, ENSEMBLE_PAGE: OWN_TITLE}
        written = (*FILES, ENSEMBLE_PAGE)
        require_own(Path(out), written, [SUMMARY], by="mienet compare", starts=starts)
    if ensemble or not of_recordings:
        _require_same(checkpoints, given["device"], given["allow_pickle"])
    make_field = recording_field if of_recordings else clip_field
    field = make_field(checkpoints, source, root, own, ensemble=ensemble)
    costs: list[ModelCost] = []
    if speed:
        costs = measure_costs(
            checkpoints, device=given["device"], allow_pickle=given["allow_pickle"]
        )
        costs += [total_cost(costs)] if ensemble else []
    names = names_of(checkpoints)
    paths: list[tuple[str, ...]] = [(str(path),) for path in checkpoints]
    if ensemble:
        names, paths = [*names, ENSEMBLE], [*paths, tuple(map(str, checkpoints))]
    named = list(zip(names, field.entrants, strict=True))
    models = [
        ComparedModel(
            name,
            paths[place],
            entrant.figures,
            entrant.counts,
            entrant.label_rows,
            costs[place] if costs else None,
            entrant.warnings,
        )
        for place, (name, entrant) in enumerate(named)
    ]
    comparison = ModelComparison(
        kind="recordings" if of_recordings else "clips",
        source=source,
        models=models,
        pairs=_pairs(field, names),
        measures=field.measures,
        num_videos=len(field.groups),
        num_groups=len(set(field.groups)),
        groups_are=field.groups_are,
        label_figure=field.label_figure,
        problems=field.problems,
        kept=tuple(name for name, one in named if one.is_kept),
        replaced=tuple(name for name, one in named if one.has_replaced),
    )
    if out is not None:
        write_comparison(comparison, Path(out))
        page = Path(out) / ENSEMBLE_PAGE
        if field.ensemble is None:
            page.unlink(missing_ok=True)  # of another comparison, as the files that are replaced
        else:
            write_page(page, field.ensemble, checkpoints, {**own, "average": "probabilities"})
    return comparison


def names_of(checkpoints: Sequence[str | Path]) -> list[str]:
    """Returns what to call models: the ends of their folders' paths that tell all apart.

    >>> names_of(["runs/first", "runs/second"])
    ['first', 'second']
    >>> names_of(["old/first", "new/first"])
    ['old/first', 'new/first']
    """
    parts = [home_of(path).absolute().parts for path in checkpoints]
    for length in range(1, max(map(len, parts)) + 1):
        names = ["/".join(some[-length:]) for some in parts]
        if len({*names, ENSEMBLE}) == len(names) + 1:
            return names
    return [str(path) for path in checkpoints]  # two files of one folder


def _require_several(checkpoints: Sequence[str | Path]) -> None:
    for path in checkpoints:
        require_model(Path(path))
    if len(checkpoints) < 2:
        raise MienetError(
            f"{', '.join(map(str, checkpoints)) or 'no model'}: a comparison needs two models or "
            "more; for one there is mienet evaluate"
        )
    require_each_once(checkpoints)


def _own_options(given: dict[str, Any], of_recordings: bool, first: str) -> dict[str, Any]:
    """Returns the options of models of a kind.

    Raises:
        MienetError: If one of the other kind has another value than its default.
    """
    of_clips, of_both = declared(BatchOptions), declared(RecordingEvaluationOptions)
    ours, others = (of_both, of_clips) if of_recordings else (of_clips, of_both)
    wrong = [
        f"--{name.replace('_', '-')}"
        for name, (_, option) in others.items()
        if name not in ours and given[name] != option.default
    ]
    if wrong:
        kinds = ["clips", "recordings"] if of_recordings else ["recordings", "clips"]
        raise MienetError(
            f"{', '.join(wrong)}: for models of {kinds[0]}, and {first} is of {kinds[1]}; leave "
            f"{'it' if len(wrong) == 1 else 'them'} out"
        )
    return {name: given[name] for name in ours}


def _common_test_list(checkpoints: Sequence[str | Path]) -> Path:
    """Returns the test list of the dataset that all runs were trained on.

    Raises:
        MienetError: If a run has none, or they differ, with what is known of each.
    """
    found = [_test_list(home_of(path)) for path in checkpoints]
    lists = {os.path.realpath(one): one for one in found if isinstance(one, Path)}
    if len(lists) == 1 and all(isinstance(one, Path) for one in found):
        return next(iter(lists.values()))
    said = [f"{path}: {one}" for path, one in zip(checkpoints, found, strict=True)]
    raise MienetError(
        "\n  ".join(["the models have no test list in common; give --data LIST_OR_DATASET:", *said])
    )


def _test_list(run: Path) -> Path | str:
    """Returns the test list of the dataset that a run was trained on, or why there is none."""
    recipe = run / "config.yaml"
    if not recipe.is_file():
        return "no run's folder with a config.yaml, which would say what it was trained on"
    try:
        root = load_recipe(recipe).data.root
        if root is None:
            return "trained on lists without a dataset, so its test list is not known"
        if not Path(root).exists():
            return f"its dataset, {root}, is not there"
        found = choose_split(Path(root), "test")
    except MienetError as error:
        return str(error)
    return f"its dataset, {root}, has no test list" if found == Path(root) else found


def _require_same(checkpoints: Sequence[str | Path], device: str, allow_pickle: bool) -> None:
    """Refuses models that do not tell the same classes, or phases and events, apart.

    Raises:
        MienetError: With what each of them lacks.
    """
    first = load(checkpoints[0], device=device, allow_pickle=allow_pickle)
    for path in checkpoints[1:]:
        other = load(path, device=device, allow_pickle=allow_pickle)
        names = str(checkpoints[0]), str(path)
        if isinstance(first, TimelineRecognizer) and isinstance(other, TimelineRecognizer):
            require_same_labels(names[0], first, names[1], other)
        elif isinstance(first, Recognizer) and isinstance(other, Recognizer):
            require_same_classes(names[0], first.classes, names[1], other.classes, "compared")


def _pairs(field: Field, names: Sequence[str]) -> list[Pair]:
    """Returns every two models' differences, with p-values adjusted for the number of pairs."""
    entrants = list(zip(names, field.entrants, strict=True))
    pairs = list(combinations(entrants, 2))
    measures = [measure.name for measure in field.measures]
    differences: list[dict[str, Difference]] = [
        {
            name: paired_difference(first.of_places[name], second.of_places[name], field.groups)
            for name in measures
        }
        for (_, first), (_, second) in pairs
    ]
    adjusted = {
        name: holm_adjusted([found[name].p_value for found in differences]) for name in measures
    }
    tests: list[McNemar | None] = [
        mcnemar_test(first.is_right, second.is_right)
        if first.is_right is not None and second.is_right is not None
        else None
        for (_, first), (_, second) in pairs
    ]
    adjusted_tests = holm_adjusted([test.p_value if test else math.nan for test in tests])
    labels = _label_differences(field)
    of_labels = [one for found in labels for one in found[field.label_figure]]
    adjusted_labels = holm_adjusted(
        [one.p_value if one.has_enough_groups else math.nan for one in of_labels]
    )
    count = len(of_labels) // len(pairs)
    return [
        Pair(
            first,
            second,
            differences[place],
            {name: adjusted[name][place] for name in measures},
            tests[place],
            adjusted_tests[place],
            labels[place],
            adjusted_labels[place * count : (place + 1) * count],
        )
        for place, ((first, _), (second, _)) in enumerate(pairs)
    ]


def _label_differences(field: Field) -> list[dict[str, list[Difference]]]:
    """Returns of every two models the differences of each label, by figure."""
    by_figure = {
        name: label_differences([one.label_ratios[name] for one in field.entrants], field.groups)
        for name in field.entrants[0].label_ratios
    }
    by_pair = zip(*by_figure.values(), strict=True)
    return [dict(zip(by_figure, found, strict=True)) for found in by_pair]
