"""``mienet benchmark``: measure how fast a model is on this machine."""

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_checkpoint, add_options
from mienet.commands.printing import say
from mienet.view_options import ModelOptions


def make_parser() -> Parser:
    """Returns the options of ``mienet benchmark``."""
    parser = Parser(
        description="""Measure how fast a model is on this machine, and where the time goes.

  mienet benchmark runs/NAME
  mienet benchmark model/ --video clip.mp4         an exported model, and reading this video
  OMP_NUM_THREADS=1 mienet benchmark runs/NAME     on one thread"""
    )
    add_checkpoint(parser)
    parser.add_argument(
        "--video",
        type=str | None,
        help="video to measure reading on; default: the first of the run's validation list",
    )
    parser.add_argument(
        "--batch-sizes", type=list[int], default=[1, 8], help="numbers of clips computed at once"
    )
    add_options(parser, ModelOptions)
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.benchmark import benchmark

    arguments = options.as_dict()
    found = benchmark(arguments.pop("checkpoint"), **arguments)
    say(f"{found.machine}\n{found.model}\n\nclips at once   median  90th perc.   throughput")
    for speed in found.speeds:
        say(
            f"{speed.batch_size:13} {speed.median_seconds:6.3f} s {speed.p90_seconds:9.3f} s "
            f"{speed.clips_per_second:5.1f} clips/s"
        )
    say()
    if found.gigaflops is not None:
        rate = found.gigaflops / found.speeds[0].median_seconds * found.speeds[0].batch_size
        say(f"work          {found.gigaflops:.1f} GFLOP a clip, {rate:.0f} GFLOP/s")
    if found.peak_memory_bytes is not None:
        say(f"peak memory   {found.peak_memory_bytes / 1e6:.0f} MB, the whole process")
    total = sum(found.stages.values())
    say(f"\n{'where the time goes, for one clip':34} seconds  share")
    for stage, seconds in found.stages.items():
        bar = "█" * round(40 * seconds / total)
        say(f"{stage:34} {seconds:7.4f} {seconds / total:6.1%}  {bar}")
    return 0
