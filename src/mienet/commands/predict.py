"""``mienet predict``: recognise the action in videos."""

import sys

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_allow_pickle, add_checkpoint, add_views


def make_parser() -> Parser:
    """Returns the options of ``mienet predict``."""
    parser = Parser(
        description="""Recognise the action in videos.

  mienet predict runs/NAME clip.mp4 other.avi frames_folder/
  mienet predict runs/NAME videos/ --out result.json

Prints the likeliest classes with their probabilities. A video that cannot be read is reported at
the end, and does not stop the others; the exit code is then 1."""
    )
    add_checkpoint(parser)
    parser.add_argument(
        "videos", nargs="+", help="video files, folders of frames, or folders of videos"
    )
    parser.add_argument("--top", type=int, default=5, help="classes to print for each video")
    parser.add_argument("--out", type=str | None, help="JSON file to write every probability to")
    add_views(parser)
    add_allow_pickle(parser)
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.predict import predict, write_json

    found = predict(
        options.checkpoint,
        options.videos,
        clips=options.clips,
        crops=options.crops,
        device=options.device,
        allow_pickle=options.allow_pickle,
    )
    for prediction in found.predictions:
        print(prediction.path)
        ranked = zip(prediction.probabilities, prediction.classes, strict=True)
        for probability, name in list(ranked)[: options.top]:
            print(f"  {probability:6.1%}  {name}")
    if options.out:
        write_json(options.out, found)
        print(f"Written: {options.out}")
    for problem in found.problems:
        sys.stderr.write(f"mienet: error: {problem}\n")
    return 1 if found.problems else 0
