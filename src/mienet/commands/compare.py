"""``mienet compare``: models side by side, and which differences are more than chance."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_options, add_root
from mienet.commands.printing import aligned, note, percent, say, shown
from mienet.view_options import ComparisonOptions

if TYPE_CHECKING:
    from mienet.workflows.compare import Lead, Measure, ModelComparison, Pair

MOST_LABELS = 5


def make_parser() -> Parser:
    """Returns the options of ``mienet compare``."""
    parser = Parser(
        description="""Compare models side by side: is one better, or is it chance?

  mienet compare runs/A runs/B                     on the test list of the runs' dataset
  mienet compare runs/A runs/B --data test.csv --out comparison/
  mienet compare runs/A runs/B runs/C --ensemble   and the mean of what they say
  mienet compare runs/A runs/B --no-speed          without measuring time and memory

All are models of clips, or all are of recordings, with the same classes, or phases and events. They
are measured on the same videos with the same views. Evaluations that are up to date are used;
others are made in the models' folders, as mienet evaluate does.

Prints figures with 95 % intervals, parameters, work, time and memory, then who is ahead. A
difference is outside the noise if its interval over groups (subjects, or else videos) excludes 0,
and if chance alone would give as much in less than 5 % of cases; for top-1 McNemar's exact test
must say so, too. P-values are corrected for the number of pairs (by Holm: the more are tested, the
clearer each has to be). The recall of each class, or the F1 of each phase and event, is tested
alike, and corrected for all of them together.

With --out there are comparison.json, comparison.csv, differences.csv, per_class.csv and
differences.png, and of an ensemble ensemble.html, the page that mienet report writes. --order,
--tolerance-frames, --overlap, --minimum-seconds, --threshold, --event-threshold and --capture-fps
are for models of recordings alone; --clips, --crops, --short-side, --crop-size, --batch-size and
--num-workers for models of clips."""
    )
    parser.add_argument(
        "checkpoints", nargs="+", help="two runs' or models' folders, or hf:user/model, or more"
    )
    parser.add_argument(
        "--data",
        type=str | None,
        help="a prepared dataset, class folders, CSV or list; default: the test list of the "
        "dataset that all runs were trained on",
    )
    add_root(parser)
    parser.add_argument("--out", type=str | None, help="folder for tables and a picture")
    parser.add_argument(
        "--ensemble",
        action="store_true",
        help="also compare the mean of the models' probabilities",
    )
    parser.add_argument(
        "--no-speed",
        action="store_true",
        help="leave out parameters, work, time and memory, which take some seconds a model",
    )
    add_options(parser, ComparisonOptions)
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code: 1 where a video could not be used."""
    from mienet.workflows.compare import compare

    arguments = options.as_dict()
    speed = not arguments.pop("no_speed")
    found = compare(arguments.pop("checkpoints"), arguments.pop("data"), speed=speed, **arguments)
    if found.kept:
        note(f"evaluated before, and not again: {', '.join(map(shown, found.kept))}")
    if found.replaced:
        note(
            f"evaluated anew: {', '.join(map(shown, found.replaced))}; earlier results of this "
            "list, of other options, videos or weights, are replaced"
        )
    for problem in found.problems:
        note(f"left out: {shown(problem)}")
    say("\n".join(_head(found)))
    say()
    say("\n".join(aligned(_figure_rows(found))))
    if machine := next((one.cost.machine for one in found.models if one.cost), None):
        say(f"measured on {machine}; memory is of the whole process")
    say()
    say("\n".join(_leads(found)))
    if labels := list(_label_rows(found)):
        say()
        say("\n".join(aligned(labels)))
        say(shown(found.label_summary()))
    for model in found.models:
        for warning in model.warnings:
            say(f"warning: {shown(model.name)}: {shown(warning)}")
    if options.out is not None:
        say(f"Written: {shown(options.out)}")
        say(f"Look at {shown(Path(options.out, 'differences.png'))}")
        if options.ensemble:
            say(f"The ensemble's page: {shown(Path(options.out, 'ensemble.html'))}")
    return 1 if found.problems else 0


def _head(found: "ModelComparison") -> Iterator[str]:
    yield f"list: {shown(found.source)}"
    what = f"{found.num_videos} {'recording' if found.kind == 'recordings' else 'video'}"
    what += "s" * (found.num_videos != 1)
    if found.num_groups == 1:
        yield f"{what}; no 95 % intervals: all are of one {shown(found.groups_are)}"
        return
    over = f"{found.num_groups} {shown(found.groups_are)}s"
    few = ", which are too narrow for so few" if found.has_few_groups else ""
    yield f"{what}; in brackets 95 % intervals over {over}{few}"


def _figure_rows(found: "ModelComparison") -> Iterator[list[str]]:
    """Yields the rows of the table of figures: its title, then a cell for each model."""
    models = found.models
    yield ["", *(shown(model.name) for model in models)]
    for measure in found.measures:
        figures = [model.figures[measure.name] for model in models]
        if measure.is_share:
            yield [measure.title, *(_with_interval(f, percent, 100, 1) for f in figures)]
        else:
            cells = (_with_interval(f, _frames, 1, 2) for f in figures)
            yield [measure.title, *cells]
    if models[0].counts:
        for name, title in (("missed", "boundaries missed"), ("invented", "boundaries invented")):
            total = models[0].counts["boundaries_true"]
            of_all = f" of {total}" if name == "missed" else ""
            yield [title, *(f"{one.counts[f'boundaries_{name}']}{of_all}" for one in models)]
    if not all(model.cost for model in models):
        return
    unit = next(model.cost.unit for model in models if model.cost)
    rows: list[tuple[str, str, Callable[[float], str]]] = [
        ("parameters", "num_parameters", lambda value: f"{value / 1e6:.2f} million"),
        (f"work a {unit}", "gigaflops", lambda value: f"{value:.2f} GFLOP"),
        (f"time a {unit}", "median_seconds", lambda value: f"{1000 * value:.1f} ms"),
        ("peak memory", "peak_memory_bytes", lambda value: f"{value / 1e6:.0f} MB"),
    ]
    for title, name, text in rows:
        values = [getattr(model.cost, name) for model in models]
        yield [title, *("-" if value is None else text(value) for value in values)]


def _leads(found: "ModelComparison") -> Iterator[str]:
    """Yields for each measure who is best, and how far ahead of each other."""
    for measure in found.measures:
        best = found.leader(measure)
        figure = best.figures[measure.name].value
        text = percent(figure) if measure.is_share else _frames(figure)
        leads = found.leads(measure)
        if all(lead.verdict == "the same" for lead in leads):
            yield f"{measure.title}: all have {text}"
            continue
        yield f"{measure.title}: {shown(best.name)} is best with {text}"
        for lead in leads:
            yield f"  {_ahead(lead, measure, found.groups_are)}"
            if measure.name == "top1" and lead.pair.mcnemar:
                yield f"    {_mcnemar(lead, best.name)}"
    if len(found.pairs) > 1:
        yield f"p-values are corrected for {len(found.pairs)} pairs (by Holm); intervals are not"
    if found.has_few_groups:
        yield (
            f"with so few {shown(found.groups_are)}s differences look clearer than they are; "
            "more of them would tell"
        )


def _ahead(lead: "Lead", measure: "Measure", groups_are: str) -> str:
    other = shown(lead.other)
    if lead.verdict == "the same":
        return f"{other} is as good"
    by, low, high = lead.ahead_by, lead.low, lead.high
    if measure.is_share:
        said, ends = f"{100 * by:.1f} points", f"{100 * low:.1f} to {100 * high:.1f}"
    else:
        said, ends = _frames(by), f"{low:.2f} to {high:.2f}"
    ends = "no interval" if math.isnan(low) else f"{ends}; p = {_p(lead.p_value)}"
    verdict = lead.verdict.replace("groups", f"{shown(groups_are)}s")
    return f"ahead of {other} by {said} ({ends}): {verdict}"


def _mcnemar(lead: "Lead", best: str) -> str:
    test = lead.pair.mcnemar
    assert test is not None  # as for all clips
    alone = (test.num_only_first, test.num_only_second)
    ours, theirs = alone if lead.pair.first == best else alone[::-1]
    return (
        f"{ours} video{'s' * (ours != 1)} it alone has right, {theirs} {shown(lead.other)} alone: "
        f"McNemar's exact "
        f"test p = {_p(lead.pair.mcnemar_adjusted)}"
    )


def _label_rows(found: "ModelComparison") -> Iterator[list[str]]:
    """Yields the classes, phases and events of which models differ most, as a table.

    Those outside the noise come first.
    """
    rows = []
    for place, row in enumerate(found.models[0].label_rows):
        pair = min(found.pairs, key=lambda pair: _least_alike(found, pair, place))
        key = _least_alike(found, pair, place)
        if key[1] < 0:
            values = [model.label_rows[place][found.label_figure] for model in found.models]
            cells = [shown(row["label"]), str(row["true"]), *map(percent, values)]
            rows.append((key, [*cells, _label_difference(found, pair, place)]))
    if not rows:
        return
    rows.sort(key=lambda row: row[0])
    title = f"differs most ({found.label_figure_title})"
    yield [title, "true", *(shown(model.name) for model in found.models), "difference"]
    yield from (cells for _, cells in rows[:MOST_LABELS])


def _least_alike(found: "ModelComparison", pair: "Pair", place: int) -> tuple[bool, float]:
    """Returns what sorts pairs and labels: those outside the noise first, then by difference."""
    value = pair.labels[found.label_figure][place].value
    is_clear = pair.label_verdict(found.label_figure, place) == "outside the noise"
    return not is_clear, 0.0 if math.isnan(value) else -abs(value)


def _label_difference(found: "ModelComparison", pair: "Pair", place: int) -> str:
    difference = pair.labels[found.label_figure][place]
    low, high = difference.low, difference.high
    better, other = pair.second, pair.first
    if difference.value < 0:
        better, other, low, high = other, better, 0.0 - high, 0.0 - low
    ends = "no interval" if math.isnan(low) else f"{100 * low:.1f} to {100 * high:.1f}"
    if not math.isnan(p_value := pair.labels_adjusted[place]):
        ends += f"; p = {_p(p_value)}"
    verdict = pair.label_verdict(found.label_figure, place)
    return (
        f"{shown(better)} ahead of {shown(other)} by {100 * abs(difference.value):.1f} points "
        f"({ends}): {verdict.replace('groups', f'{shown(found.groups_are)}s')}"
    )


def _with_interval(figure: Any, text: Callable[[float], str], scale: int, digits: int) -> str:
    said = text(figure.value)
    if math.isnan(figure.low):
        return said
    return f"{said} ({scale * figure.low:.{digits}f} to {scale * figure.high:.{digits}f})"


def _frames(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f} frames"


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.3f}"
