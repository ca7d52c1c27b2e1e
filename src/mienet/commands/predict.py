"""``mienet predict``: recognize the action in videos."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from jsonargparse import Namespace
from jsonargparse.typing import PositiveInt

from mienet.commands.archive import add_list, is_archive, without_archive, write_archive
from mienet.commands.parser import Parser, add_checkpoint, add_options
from mienet.commands.printing import complain, note, say, shown
from mienet.files import is_standard_output
from mienet.video_parts import part_in_words
from mienet.view_options import ArchiveOptions, PredictionOptions

if TYPE_CHECKING:
    from mienet.workflows.predict import FailedVideo, Prediction, Result


def make_parser() -> Parser:
    """Returns the options of ``mienet predict``."""
    parser = Parser(
        description="""Recognize the action in videos.

  mienet predict runs/NAME clip.mp4 other.avi frames_folder/
  mienet predict runs/NAME videos/ --out result.csv
  mienet predict runs/NAME parts.csv --out - | jq .classes[0]     for other programs
  mienet predict runs/NAME videos/ --error-rate 0.05     "none of these" rather than a guess
  mienet predict runs/NAME --list 100k.csv --out results/ --engine ray     in parts, by many workers

Prints the likeliest classes with their probabilities as they are computed. A CSV may name parts of
videos: path,start_seconds,end_seconds; paths start from the folder of the CSV. A video that cannot
be read is reported, and does not stop the others; the exit code is then 1. With --out FILE, a
command that was stopped resumes when it is given again, and so with --list, which writes
part-00000.csv and so on to the folder --out."""
    )
    parser.takes_standard_output = True
    add_checkpoint(parser)
    parser.add_argument(
        "videos",
        nargs="*",
        help="video files, addresses of some (s3://..., https://...), folders of videos, folders "
        "of frames, or CSVs of paths or parts",
    )
    add_list(parser)
    parser.add_argument("--top", type=PositiveInt, default=5, help="classes to print per video")
    parser.add_argument(
        "--out",
        type=str | None,
        help="write every probability: .jsonl, .csv (both grow video by video), .json, or - for "
        "JSON lines on standard output and nothing else; with --list, a folder",
    )
    add_options(parser, PredictionOptions)
    add_options(parser, ArchiveOptions)
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    if is_archive(options):
        from mienet.workflows.archive import predict_archive

        return write_archive(predict_archive, options, not_taken={"top": 5})
    from mienet.workflows.predict import predict_to_file, prepare_work

    arguments = without_archive(options)
    top, out = arguments.pop("top"), arguments.pop("out")
    inputs = arguments.pop("checkpoint"), arguments.pop("videos")
    if out is None:
        work = prepare_work(*inputs, **arguments)
        results = work.results()
    else:
        work, results = predict_to_file(out, *inputs, **arguments)
    for line in work.notes:
        note(line)
    if work.num_done:
        note(f"{work.num_done} video(s) are done already, {len(work.records)} left: {out}")
    quiet = out is not None and is_standard_output(out)
    try:
        failed = _print_all((result for _, result in results), 0 if quiet else top)
    except KeyboardInterrupt:
        if out is not None and not quiet:
            note(f"the same command goes on from here: {out}")
        raise
    if out is not None and not quiet:
        say(f"Written: {shown(out)}")
    return 1 if failed else 0


def _print_all(results: "Iterable[Result]", top: int) -> int:
    """Prints each result when it comes, and returns how many are none."""
    from mienet.workflows.predict import FailedVideo

    failed = 0
    for result in results:
        if isinstance(result, FailedVideo):
            failed += 1
            complain(result.problem)
        elif top:
            _print(result, top)
    return failed


def _print(prediction: "Prediction", top: int) -> None:
    lines = [shown(prediction.path) + _part(prediction)]
    if prediction.is_answered is False:
        lines[0] += f": {prediction.answer} (familiarity {prediction.familiarity:.2f})"
    ranked = zip(prediction.probabilities, prediction.classes, strict=True)
    lines += [f"  {share:6.1%}  {shown(name)}" for share, name in list(ranked)[:top]]
    say("\n".join(lines))


def _part(result: "Prediction | FailedVideo") -> str:
    """Returns which part of a video a result is about, such as ``, 1.5 to 3.0 seconds``."""
    part = part_in_words(
        result.start_seconds, result.end_seconds, result.start_frame, result.end_frame
    )
    return f", {part}" if part else ""
