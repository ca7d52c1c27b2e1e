"""``mienet benchmark``: measure how fast a model is on this machine."""

from typing import TYPE_CHECKING

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_checkpoint, add_options
from mienet.commands.printing import say, shown
from mienet.view_options import ModelOptions

if TYPE_CHECKING:
    from mienet.workflows.benchmark_kinds import RecordingSpeed


def make_parser() -> Parser:
    """Returns the options of ``mienet benchmark``."""
    parser = Parser(
        description="""Measure how fast a model is on this machine, and where the time goes.

  mienet benchmark runs/NAME
  mienet benchmark model/ --video clip.mp4         an exported model, and reading this video
  mienet benchmark runs/NAME --video jump.mp4      of whole recordings: this one's whole timeline
  OMP_NUM_THREADS=1 mienet benchmark runs/NAME     on one thread"""
    )
    add_checkpoint(parser)
    parser.add_argument(
        "--video",
        type=str | None,
        help="video to measure reading on; default: the first of the run's validation list",
    )
    parser.add_argument(
        "--batch-sizes",
        type=list[int] | None,
        help="numbers of clips or windows computed at once; default: 1 and 8 clips, or as many "
        "windows as mienet timeline computes",
    )
    add_options(parser, ModelOptions)
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.benchmark import benchmark

    arguments = options.as_dict()
    found = benchmark(arguments.pop("checkpoint"), **arguments)
    at_once = f"{found.unit}s at once"
    say(f"{found.machine}\n{found.model}\n\n{at_once}   median  90th perc.   throughput")
    for speed in found.speeds:
        say(
            f"{speed.batch_size:{len(at_once)}} {speed.median_seconds:6.3f} s "
            f"{speed.p90_seconds:9.3f} s {speed.per_second:5.1f} {found.unit}s/s"
        )
    say()
    if found.recording is not None:
        _say_recording(found.recording)
    if found.gigaflops is not None:
        rate = found.gigaflops / found.speeds[0].median_seconds * found.speeds[0].batch_size
        say(f"work          {found.gigaflops:.1f} GFLOP a {found.unit}, {rate:.0f} GFLOP/s")
    if found.peak_memory_bytes is not None:
        say(f"peak memory   {found.peak_memory_bytes / 1e6:.0f} MB, the whole process")
    total = sum(found.stages.values())
    title = f"where the time goes, for one {found.unit}"
    say(f"\n{title:34} seconds  share")
    for stage, seconds in found.stages.items():
        bar = "█" * round(40 * seconds / total)
        say(f"{stage:34} {seconds:7.4f} {seconds / total:6.1%}  {bar}")
    return 0


def _say_recording(recording: "RecordingSpeed") -> None:
    title = f"{shown(recording.path)}, {recording.num_frames} frames"
    width = max(len(title), len("computing"))
    say(f"{title:{width}}   seconds  frames/s  times real time")
    for name, seconds in recording.seconds.items():
        say(
            f"{name:{width}} {seconds:9.3f} {recording.num_frames / seconds:9.0f} "
            f"{recording.duration_seconds / seconds:16.1f}"
        )
    say()
