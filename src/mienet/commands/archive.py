"""``--list`` of ``predict`` and ``timeline``: a long list, results in parts."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonargparse import Namespace

from mienet.commands.parser import Parser
from mienet.commands.printing import note, say, shown
from mienet.files import is_standard_output
from mienet.options import OptionError, declared
from mienet.view_options import ArchiveOptions

if TYPE_CHECKING:
    from mienet.workflows.archive import Archive

MOST_NAMED = 5


def add_list(parser: Parser) -> None:
    """Adds the list of an archive; its other options are ``ArchiveOptions``."""
    parser.add_argument(
        "--list",
        type=str | None,
        help="in place of videos: a list of many, whose results go to the folder --out in parts",
    )


def is_archive(options: Namespace) -> bool:
    """Returns whether a list is given in place of videos.

    Raises:
        OptionError: If both are, or neither.
    """
    if bool(options.videos) == (options.list is not None):
        given = "not both" if options.videos else "such as clip.mp4"
        raise OptionError(f"give VIDEOS or --list FILE, {given}")
    return options.list is not None


def without_archive(options: Namespace) -> dict[str, Any]:
    """Returns the options for videos.

    Raises:
        OptionError: If one that is of lists alone is given.
    """
    arguments: dict[str, Any] = options.as_dict()
    del arguments["list"]
    given = [
        f"--{name.replace('_', '-')}"
        for name, (_, option) in declared(ArchiveOptions).items()
        if arguments.pop(name) != option.default
    ]
    if given:
        raise OptionError(f"{', '.join(given)}: of --list FILE alone, which is not given")
    return arguments


def write_archive(
    make: Callable[..., "Archive"], options: Namespace, *, not_taken: Mapping[str, object]
) -> int:
    """Computes what is left of an archive and returns the exit code: 1 if videos have problems.

    Args:
        make: Returns the archive of a checkpoint, a list, a folder and options.
        options: As they were given.
        not_taken: Options that say what to do with few videos, with their defaults.

    Raises:
        OptionError: If one of these is given, or no folder.
    """
    arguments = options.as_dict()
    del arguments["videos"]
    out = arguments.pop("out")
    if given := [name for name, default in not_taken.items() if arguments.pop(name) != default]:
        raise OptionError(f"--{', --'.join(given)}: of videos alone, and not of --list")
    if out is None or is_standard_output(out):
        raise OptionError("--list needs a folder for the results; give one with --out results/")
    archive = make(arguments.pop("checkpoint"), arguments.pop("list"), out, **arguments)
    for line in archive.notes:
        note(line)
    try:
        for _ in archive.results():
            pass
    except KeyboardInterrupt:
        note(f"the same command goes on from here: {out}")
        raise
    partitions = archive.partitions
    problems = partitions.problems()
    where = f"{shown(out)} ({partitions.num_videos} video(s) in {partitions.count} part(s))"
    say(f"Written: {where}")
    if problems:
        say(f"{sum(problems.values())} with a problem, in {_named(list(problems))}")
    return 1 if problems else 0


def _named(parts: Sequence[Path]) -> str:
    more = f" and {len(parts) - MOST_NAMED} more" if len(parts) > MOST_NAMED else ""
    return ", ".join(shown(part.name) for part in parts[:MOST_NAMED]) + more
