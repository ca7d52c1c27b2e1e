"""``mienet extract``: the frames of videos as images."""

from typing import Literal

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_processes, processes_of
from mienet.commands.printing import complain, say


def make_parser() -> Parser:
    """Returns the options of ``mienet extract``."""
    parser = Parser(
        description="""Write the frames of videos as images, for tools that need them.

  mienet extract my_videos/ --out frames/ --short-side 256
  mienet extract my_videos/ --out frames/ --format png --frame-pattern '{:06d}.png'

mienet itself trains and predicts straight from video, which needs less disk and is faster. A run
that was stopped resumes where it was; a video's folder appears when all its frames are written."""
    )
    parser.add_argument("videos", help="a folder of videos and sub-folders, or one video")
    parser.add_argument(
        "--out", required=True, help="folder to write to, with the same sub-folders"
    )
    parser.add_argument("--format", type=Literal["jpg", "png"], default="jpg", help="of the images")
    parser.add_argument("--quality", type=int, default=95, help="of jpg images, 1 to 100")
    parser.add_argument(
        "--short-side", type=int | None, help="most pixels of the shorter side; default: as it is"
    )
    parser.add_argument(
        "--frame-pattern", type=str | None, help="names of the images; default: img_{:05d}.jpg"
    )
    parser.add_argument(
        "--deinterlace",
        action="store_true",
        help="deinterlace frames that are marked as interlaced",
    )
    add_processes(parser)
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.extract import extract, ignored_summary

    arguments = options.as_dict()
    jobs = processes_of(arguments)
    found = extract(arguments.pop("videos"), jobs=jobs, **arguments)
    frames = sum(entry.num_frames for entry in found.done)
    say(f"{options.out}: {frames} frames of {len(found.done)} video(s)")
    for line in ignored_summary(found):
        say(line)
    for problem in found.problems:
        complain(problem)
    return 1 if found.problems else 0
