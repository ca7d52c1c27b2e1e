"""``mienet prepare``: from videos and their labels to checked lists, of clips or of recordings."""

import re
from collections.abc import Sequence
from typing import Any, NoReturn

from jsonargparse import Namespace
from jsonargparse.typing import NonNegativeInt, PositiveFloat

from mienet.commands.parser import Parser, add_processes, add_quick, processes_of
from mienet.commands.printing import say, shown
from mienet.errors import MienetError
from mienet.shell import command

OF_CLIPS = ("annotations", "classes", "frame_pattern")
OF_RECORDINGS = ("tiers", "subjects", "observations", "annotators", "fps", "capture_fps")


class PrepareParser(Parser):
    """A parser that says how labels and videos are given, where both are given as the source."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Prints the message and exits with code 2."""
        if match := re.search(r"unrecognized arguments: ([^-\s]\S*)", message):
            message = (
                f"prepare takes one source, the labels, and there is {match[1]}, too; the folder "
                "of the videos goes after --videos: "
                f"{command('prepare', 'labels.csv', '--videos', 'my_videos/', '--out', 'DATASET')}"
            )
        super().error(message, ex)


def make_parser() -> Parser:
    """Returns the options of ``mienet prepare``."""
    parser = PrepareParser(
        description="""Check videos and their labels, split them, and write lists and a report.

  mienet prepare my_videos/ --out datasets/jumps               videos in my_videos/CLASS/
  mienet prepare labels.csv --videos my_videos/ --out datasets/jumps --group-by athlete
  mienet prepare my_videos/ --paths '{label}/{athlete}_{take}' --group-by athlete --out ...
  mienet prepare subjects.csv --videos my_videos/ --paths '{label}_{take}' --out ...
  mienet prepare diving48 --videos rgb/ --annotations Diving48_V2_*.json --out datasets/diving48
  mienet prepare something-v2 --videos 20bn-something-something-v2/ --annotations labels/ --out ...
  mienet prepare sljd --frames SLJD/ --out datasets/sljd

Whole recordings, with intervals and events marked in BORIS, ELAN, Label Studio and others, or in a
CSV (path,label,start_seconds,end_seconds,subject; an empty end is an event):
  mienet prepare boris_export.csv --videos videos/ --group-by subject --out datasets/jumps
  mienet prepare elan_files/ --videos videos/ --paths '{subject}_{take}' --tiers phases --out ...
  mienet prepare marks.csv --recordings --videos videos/ --group-by subject --out datasets/jumps
Then: mienet train timeline --data.root datasets/jumps

Formats of published datasets: diving48, something-v2, sljd, tsn, ucf101, hmdb51, kinetics. Their
annotations are given, or lie in a folder annotations among or beside the videos: SLJD/annotations/.
The videos stay where they are. All are opened and decoded, the second time only new or changed
ones.
With --paths and a CSV, the names tell some columns and the CSV others: its rows find their videos
by path or by name, with or without the ending. A row without a video, or a video without a row, is
an error.
Then: mienet train small --data.root datasets/jumps (clips; few for five to twenty of each class)"""
    )
    parser.add_argument(
        "source",
        help="class folders, a CSV (path,label,...), a folder with one CSV, a list (path label), "
        "a format's name; or a file or folder of annotations of whole recordings",
    )
    parser.add_argument("--out", required=True, help="folder to write the dataset to")
    parser.add_argument(
        "--videos",
        "--frames",
        type=str | None,
        help="folder that the paths start from; default: the source's own",
    )
    parser.add_argument(
        "--annotations",
        nargs="+",
        default=[],
        help="a published format's files, or their folder; default: the folder annotations in that "
        "of the videos, or beside it",
    )
    parser.add_argument(
        "--split",
        type=str | None,
        help="fractions for training, validation and test, or 0.8,0.2 without test, or of whole "
        "recordings 1, all for training; default: 0.7,0.15,0.15",
    )
    parser.add_argument(
        "--group-by",
        type=str | None,
        help="column of the CSV or name in --paths, such as athlete: each athlete is in one "
        "split only (of recordings: subject, or a name in --paths)",
    )
    parser.add_argument(
        "--paths",
        type=str | None,
        help="what folder and file names tell: '{label}/{athlete}_{take}' for landing/anna_1.mp4",
    )
    parser.add_argument("--classes", type=str | None, help="file of class names; default: as found")
    parser.add_argument("--exclude-classes", nargs="+", default=[], help="classes to leave out")
    _add_options_of_recordings(parser)
    parser.add_argument(
        "--frame-pattern",
        type=str | None,
        help="names of the images, where a video is a folder of them: img_{:05d}.jpg",
    )
    parser.add_argument(
        "--seed",
        type=NonNegativeInt,
        default=0,
        help="number that fixes the choice among equal splits",
    )
    parser.add_argument(
        "--skip-broken",
        action="store_true",
        help="leave out clips, videos and marks that cannot be used, and empty class folders",
    )
    add_quick(parser)
    add_processes(parser)
    return parser


def _add_options_of_recordings(parser: Parser) -> None:
    parser.add_argument(
        "--recordings",
        action="store_true",
        help="take a CSV of intervals for marks in whole recordings, not for a list of clips",
    )
    for name, what in (
        ("tiers", "layers of annotations that count"),
        ("subjects", "subjects whose marks count"),
        ("observations", "observations, or else files, that count where a video has several"),
        ("annotators", "people whose marks count where a video has several"),
    ):
        parser.add_argument(
            f"--{name}", nargs="+", default=[], help=f"of recordings: {what}; default: all"
        )
    parser.add_argument(
        "--fps",
        type=PositiveFloat | None,
        help="of recordings: frames per second of annotations that count frames; default: as they "
        "or the videos say",
    )
    parser.add_argument(
        "--capture-fps",
        type=PositiveFloat | None,
        help="of recordings: frames per second at which the camera took them, as in slow motion, "
        "so that times become those of reality; default: the files' clocks",
    )


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.recordings_source import find_why_recordings

    arguments = options.as_dict()
    arguments["decode"] = not arguments.pop("quick")
    arguments["jobs"] = processes_of(arguments)
    arguments["split"] = _fractions(arguments["split"])
    given = arguments.pop("recordings")
    why = "" if given else find_why_recordings(arguments["source"])
    if given or why:
        _refuse(arguments, OF_CLIPS, "clips", why or "--recordings was given")
        if why:
            say(f"Whole recordings, as {why}.\n")
        dataset, following = _prepare_recordings(arguments)
    else:
        _refuse(arguments, OF_RECORDINGS, "recordings", "this is a source of clips")
        dataset, following = _prepare_clips(arguments)
    for reason, names in _by_reason(dataset.excluded).items():
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        say(f"\nexcluded {len(names)} ({reason}): {', '.join(map(shown, names[:5]))}{more}")
    say(
        f"\nWritten: {shown(dataset.folder)}\nLook at: {shown(dataset.folder / 'report.html')}\n"
        f"{following}"
    )
    return 0


def _refuse(arguments: dict[str, Any], names: Sequence[str], kind: str, why: str) -> None:
    """Raises an error if options of the other kind of dataset are given, or drops them."""
    given = [f"--{name.replace('_', '-')}" for name in names if arguments.pop(name)]
    if given:
        raise MienetError(f"{', '.join(given)}: for {kind} alone, but {why}; leave out {given[0]}")


def _prepare_clips(arguments: dict[str, Any]) -> tuple[Any, str]:
    from mienet.workflows.check import summary
    from mienet.workflows.prepare import only_class, prepare, recipe_for

    inspection, dataset = prepare(arguments.pop("source"), **arguments)
    say("\n".join(summary(inspection)))
    if (only := only_class(dataset)) is not None:
        return dataset, (
            f"Not to be trained with yet: all training clips are of one class, {shown(only)}; "
            "there is nothing to tell it from. Add clips of another class, such as of no action, "
            "and run mienet prepare again"
        )
    return dataset, _training(recipe_for(dataset), dataset)


def _prepare_recordings(arguments: dict[str, Any]) -> tuple[Any, str]:
    from mienet.workflows.check_recordings import recordings_summary
    from mienet.workflows.prepare_recordings import prepare_recordings

    inspection, dataset = prepare_recordings(arguments.pop("source"), **arguments)
    say("\n".join(recordings_summary(inspection)))
    return dataset, _training("timeline", dataset)


def _training(recipe: str, dataset: Any) -> str:
    return f"Next: {shown(command('train', recipe, '--data.root', dataset.folder))}"


def _by_reason(excluded: list[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in excluded:
        found.setdefault(entry.reason, []).append(str(entry))
    return found


def _fractions(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(part) for part in text.strip("[]").split(",")]
    except ValueError:
        raise MienetError(
            f"--split takes numbers with commas between them, such as 0.7,0.15,0.15; got {text!r}"
        ) from None
