"""``mienet timeline``: phases and events of whole recordings."""

from typing import TYPE_CHECKING

from jsonargparse import Namespace

from mienet.commands.archive import add_list, is_archive, without_archive, write_archive
from mienet.commands.parser import Parser, add_checkpoint, add_options
from mienet.commands.printing import complain, note, say, shown
from mienet.view_options import ArchiveOptions, TimelineOptions, WrittenFormat

if TYPE_CHECKING:
    from mienet.workflows.timeline import Found


def make_parser() -> Parser:
    """Returns the options of ``mienet timeline``."""
    parser = Parser(
        description="""Find phases and events in whole recordings: when, how long, how sure.

  mienet timeline runs/NAME jump.mp4
  mienet timeline runs/NAME recordings/ --out timelines/ --write boris elan
  mienet timeline runs/CLIP_MODEL jump.mp4 --window-seconds 0.3 0.6 1 --in-order
  mienet timeline runs/NAME --list 100k.csv --out results/ --engine ray     by many workers

A model of whole recordings reads them as it learned to. A model of clips, one phase each, looks at
windows that slide over the recording, about as long as those clips; --window-seconds sets them.
With --out there are tables (phases.csv, events.csv, summary.csv) and a picture of every recording.
A list's column subject gives subjects.csv, too, and its column capture_fps each camera's rate.
The paths of a list start from the folder that it lies in.
With --list there are tables of phases and events alone, part-00000.csv and so on.
After a kill the same command resumes where it stopped. A recording that cannot be read is
reported, and the exit code is then 1."""
    )
    add_checkpoint(parser)
    parser.add_argument(
        "videos",
        nargs="*",
        help="video files, addresses of some (s3://..., https://...), folders of frames, folders "
        "of videos, or lists",
    )
    add_list(parser)
    parser.add_argument(
        "--window-seconds",
        type=float,
        nargs="+",
        help="of a model of clips: lengths of the windows, whose probabilities are averaged; "
        "default: those of the clips that it was trained on",
    )
    parser.add_argument("--out", type=str | None, help="folder for tables and pictures")
    parser.add_argument(
        "--write",
        type=WrittenFormat,
        nargs="+",
        default=[],
        help="programs to write labels for, in order to correct them there: boris, elan, "
        "label-studio, srt, csv, json",
    )
    parser.add_argument(
        "--overlay",
        action="store_true",
        help="write each recording with phases and events drawn over it, too: an MP4 for browsers",
    )
    parser.add_argument(
        "--probabilities",
        action="store_true",
        help="write the probabilities of all labels at every frame, too, to NAME_probabilities.csv",
    )
    add_options(parser, TimelineOptions)
    add_options(parser, ArchiveOptions)
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    if is_archive(options):
        from mienet.workflows.archive import timeline_archive

        not_taken = {"write": [], "overlay": False, "probabilities": False}
        return write_archive(timeline_archive, options, not_taken=not_taken)
    from mienet.workflows.timeline import prepare_timelines

    arguments = without_archive(options)
    work = prepare_timelines(arguments.pop("checkpoint"), arguments.pop("videos"), **arguments)
    for line in work.notes:
        note(line)
    failed = done = 0
    for found in work.results():
        if found.timeline is None:
            failed += 1
            complain(found.problem)
        else:
            done += 1
            _print(found)
    if options.out is not None and done:
        say(f"Written: {shown(options.out)}")
    return 1 if failed else 0


def _print(found: "Found") -> None:
    timeline = found.timeline or {}
    rows = [
        (p["start_seconds"], f"{p['start_seconds']:8.2f} to {p['end_seconds']:8.2f} s", p)
        for p in timeline["phases"]
    ]
    # What an earlier version kept has no events.
    for event in timeline.get("events", []):
        rows.append((event["time_seconds"], f"{event['time_seconds']:8.2f} s, event", event))
    lines = [shown(found.path) + ("" if found.is_new else ", done before")]
    lines += [
        f"  {times:22}  {mark['confidence']:4.0%}  {shown(mark['label'])}"
        for _, times, mark in sorted(rows, key=lambda row: row[0])
    ]
    say("\n".join(lines if rows else [*lines, "  nothing is likely enough"]))
