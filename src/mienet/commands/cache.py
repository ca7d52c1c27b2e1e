"""``mienet cache``: what is kept of videos for training, and a way to delete it."""

from jsonargparse import Namespace

from mienet.commands.parser import Parser
from mienet.commands.printing import say, shown


def make_parser() -> Parser:
    """Returns the options of ``mienet cache``."""
    parser = Parser(
        description="""Show or delete the small frames that trainings keep.

  mienet cache                 where they are, and how much they take
  mienet cache --delete        delete them; the next training decodes its videos anew

A training keeps small frames of its videos, so that each is decoded once and not every epoch.
Its option --data.cache_gigabytes limits them, and those that are not used for longest go first."""
    )
    parser.add_argument(
        "--delete", action="store_true", help="delete all that is kept; no run needs it"
    )
    parser.add_argument(
        "--folder",
        type=str | None,
        help="the folder, if a training was given one with --data.cache",
    )
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.cache import cache

    found = cache(options.folder, delete=options.delete)
    verb = "Deleted from" if options.delete else "Kept in"
    say(f"{verb} {shown(found.folder)}: {found.num_videos} videos, {found.num_bytes / 1e9:.2f} GB")
    return 0
