"""``mienet agree``: how well two observers agree, or an observer and a model."""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonargparse import Namespace
from jsonargparse.typing import NonNegativeInt, PositiveFloat

from mienet.commands.parser import Parser
from mienet.commands.printing import frames_text, note, number_text, percent, say, share_text, shown

if TYPE_CHECKING:
    from mienet.workflows.agree import Agreement, Figure, RecordingAgreement

MOST_CONFUSED = 5
MOST_NAMED = 5


def make_parser() -> Parser:
    """Returns the options of ``mienet agree``."""
    parser = Parser(
        description="""Compare two observers of the same videos, or an observer and a model.

  mienet agree ann.csv bob.csv --videos my_videos/     whole recordings, in any annotation format
  mienet agree ann.eaf timelines/ --videos videos/     a folder that mienet timeline --out wrote
  mienet agree both.csv both.csv --annotators ann bob --fps 25     frames of 25 per second
  mienet agree ann.eaf bob.eaf --videos videos/ --tiers phases --subjects s1    of several of them
  mienet agree both.eaf both.eaf --videos videos/ --tiers phases_ann phases_bob
  mienet agree clips_ann.csv clips_bob.csv        lists of labeled clips (path,label)
  mienet agree clips_ann.csv sorted_by_bob/       or class folders of them (CLASS/VIDEO)

Prints Cohen's kappa (agreement beyond chance: 1 is full, 0 as by guessing) over all frames and for
each label, with and without a tolerance; which labels are confused; how far apart boundaries and
events are, and who is later. In brackets are 95 % intervals over subjects, or else over recordings.
Stretches that one file says are unlabeled do not count; frames in no phase are "(background)", a
label like others. Recordings are matched by their names, whatever folders and endings.

With --out there are agreement.json (all figures), labels.csv, confusion.csv, events.csv,
disagreements.csv (every stretch to discuss, the longest first) and timelines.png."""
    )
    parser.add_argument("first", help="the first observer's file or folder of annotations")
    parser.add_argument("second", help="the second observer's, or a folder of timelines")
    parser.add_argument(
        "--videos",
        type=str | None,
        help="folder of the videos, whose frames are compared; default: frames at the rate that "
        "the annotations state",
    )
    parser.add_argument(
        "--fps",
        type=PositiveFloat | None,
        help="frames per second to compare at, where no videos are given; also of annotations that "
        "count frames; default: as the annotations state",
    )
    parser.add_argument(
        "--tolerance-frames",
        type=NonNegativeInt,
        default=2,
        help="how far apart events may be to be the same, and labels for the second kappa",
    )
    parser.add_argument(
        "--annotators",
        nargs="+",
        default=[],
        help="two names: whose marks count in the first file, and in the second ('' for all)",
    )
    parser.add_argument(
        "--observations",
        nargs="+",
        default=[],
        help="two names of observations, likewise",
    )
    parser.add_argument(
        "--tiers",
        nargs="+",
        default=[],
        help="layers of annotations that count, each in one of the files or both; default: all; of "
        "one file that is given twice two names, the first's and the second's",
    )
    parser.add_argument(
        "--subjects",
        nargs="+",
        default=[],
        help="subjects whose marks count in both files; default: all",
    )
    parser.add_argument(
        "--clips",
        action="store_true",
        help="take tables with start_seconds and end_seconds for lists of clips that were cut "
        "before, not for marks in recordings",
    )
    parser.add_argument("--out", type=str | None, help="folder for tables and a picture")
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.agree import RecordingAgreement, agree

    arguments = options.as_dict()
    found = agree(arguments.pop("first"), arguments.pop("second"), **arguments)
    for line in _notes(found):
        note(line)
    say(f"first:  {shown(found.first)}\nsecond: {shown(found.second)}")
    if isinstance(found, RecordingAgreement):
        say("\n".join(_recordings(found)))
        tables = [list(_labels(found, "frames")) if found.phases else []]
        tables.append(list(_events(found)))
    else:
        say(f"{_count(int(found.table.sum()), 'clip')}; {_groups(found)}")
        tables = [list(_labels(found, "clips"))]
    for table in filter(None, tables):
        say()
        say("\n".join(table))
    if options.out is not None:
        say()
        say(f"Written: {shown(options.out)}")
        if isinstance(found, RecordingAgreement):
            picture = shown(Path(options.out, "timelines.png"))
            say(f"Look at {picture}, and discuss disagreements.csv")
    return 0


def _notes(found: "Agreement") -> Iterator[str]:
    yield from map(shown, found.notes)
    for names, title in ((found.only_first, found.first), (found.only_second, found.second)):
        if names:
            more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            listed = ", ".join(map(shown, names[:MOST_NAMED]))
            yield f"only in {shown(title)}, and not compared: {listed}{more}"
    for who, title in (("first", found.first), ("second", found.second)):
        if labels := [label for label, user in found.one_sided_labels() if user == who]:
            listed = ", ".join(repr(shown(label)) for label in labels)
            yield f"only {shown(title)} uses {listed}; look whether it is written alike in both"


def _recordings(found: "RecordingAgreement") -> Iterator[str]:
    count = len(found.recordings)
    frames = _count(found.num_frames, "frame")
    yield f"{_count(count, 'recording')}, {frames} that both have labeled"
    yield f"compared: {shown(found.clock)}"
    # Without folders, which one file has and the other has not; the tables have whole paths.
    names = [shown(re.split(r"[\\/]", one.path)[-1]) for one in found.recordings]
    more = f" and {count - MOST_NAMED} more" if count > MOST_NAMED else ""
    yield f"recordings: {', '.join(names[:MOST_NAMED])}{more}"
    yield _groups(found)


def _groups(found: "Agreement") -> str:
    if found.num_groups == 1:
        return f"no 95 % intervals: all are of one {found.groups_are}, which says nothing of others"
    few = ", which are too narrow for so few" if found.has_few_groups else ""
    return f"in brackets 95 % intervals over {_count(found.num_groups, found.groups_are)}{few}"


def _labels(found: "Agreement", things: str) -> Iterator[str]:
    """Yields the table of labels, and the figures over all of them."""
    from mienet.workflows.agree import RecordingAgreement

    rows = found.label_rows()
    width = _width([row["label"] for row in rows], f"label ({things})")
    yield f"{f'label ({things})':{width}}    first   second     both  kappa against all others"
    for row in rows:
        yield (
            f"{shown(row['label']):{width}} {row['first']:8} {row['second']:8} {row['both']:8}  "
            f"{number_text(row['kappa'])}"
        )
    figures = found.figures
    yield f"Cohen's kappa {_figure(figures['kappa'])}{_reading(found)}"
    if isinstance(found, RecordingAgreement):
        yield (
            f"within {_count(found.tolerance_frames, 'frame')} "
            f"{_figure(figures['kappa_within_tolerance'])}: of the first's frames "
            f"{number_text(figures['kappa_by_first'].value)}, of the second's "
            f"{number_text(figures['kappa_by_second'].value)}"
        )
    yield (
        f"agree on {share_text(figures['agreement'])} of {things}; by chance it would be "
        f"{figures['agreement_by_chance'].value:.1%}"
    )
    confused = found.confused_rows()
    for row in confused[:MOST_CONFUSED]:
        what = things.removesuffix("s") if row["count"] == 1 else things
        said = shown(row["first"]), shown(row["second"])
        yield f"  {row['count']:6} {what}: the first says {said[0]}, the second {said[1]}"
    if len(confused) > MOST_CONFUSED:
        yield f"  ... and {len(confused) - MOST_CONFUSED} more pairs of labels"
    if isinstance(found, RecordingAgreement):
        row = found.boundaries()
        yield (
            f"boundaries within half a second: {row['shared']} shared, {row['only_first']} only in "
            f"the first, {row['only_second']} only in the second"
        )
        if row["shared"]:
            yield (
                f"  apart by {_distance(row, 'median')} (median), {_distance(row, 'mean')} (mean); "
                f"{_who_is_later(row)}"
            )


def _events(found: "RecordingAgreement") -> Iterator[str]:
    rows = found.event_rows()
    if not rows:
        return
    width = _width([row["label"] for row in rows], "event")
    yield (
        f"{'event':{width}}   first  second  shared  only first  only second     F1  "
        f"{'apart by (median)':18}  {'(mean)':18}  second later by (mean)"
    )
    for row in rows:
        apart = (
            f"{_distance(row, 'median'):18}  {_distance(row, 'mean'):18}  "
            f"{row['mean_difference_frames']:+.2f} frames, {row['mean_difference_ms']:+.0f} ms"
        )
        yield (
            f"{shown(row['label']):{width}}  {row['first']:6}  {row['second']:6}  "
            f"{row['shared']:6}  {row['only_first']:10}  {row['only_second']:11}  "
            f"{percent(row['f1']):>5}  {apart if row['pairs'] else '-'}"
        )
    yield (
        f"shared: within {_count(found.tolerance_frames, 'frame')}; F1 of all events "
        f"{share_text(found.figures['event_f1'])}; distances are of pairs within half a second"
    )


def _who_is_later(row: dict[str, Any]) -> str:
    frames, ms = row["mean_difference_frames"], row["mean_difference_ms"]
    if abs(frames) < 0.005:
        return "neither is later on average"
    who = "second" if frames > 0 else "first"
    return (
        f"the {who} is later by {frames_text(abs(frames))}, {number_text(abs(ms), 0)} ms on average"
    )


def _reading(found: "Agreement") -> str:
    if found.landis_koch is None:
        return " (undefined: both use one label alone)"
    return f": {found.landis_koch!r} by the convention of Landis and Koch (1977)"


def _distance(row: dict[str, Any], name: str) -> str:
    return f"{frames_text(row[f'{name}_frames'])}, {number_text(row[f'{name}_ms'], 0)} ms"


def _figure(figure: "Figure") -> str:
    if math.isnan(figure.low):
        return number_text(figure.value)
    return f"{number_text(figure.value)} ({number_text(figure.low)} to {number_text(figure.high)})"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _width(names: Sequence[str], title: str) -> int:
    return max(len(shown(name)) for name in (*names, title))
