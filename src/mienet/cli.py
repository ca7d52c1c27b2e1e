"""The command line: parse, call one workflow, print. Heavy imports wait until a command runs."""

import re
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import Any, Literal, NoReturn

from jsonargparse import ArgumentParser, DefaultHelpFormatter, Namespace

from mienet import __version__
from mienet.config import GROUPS, RunConfig, closest, find_recipe, option_names, recipe_names
from mienet.errors import MienetError


class HelpFormatter(DefaultHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the line breaks of descriptions, which hold examples."""


class Parser(ArgumentParser):
    """A parser whose errors are one message, with the nearest option for a mistyped one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Without abbreviations, --train.epoch is a mistake here as it is in a recipe.
        super().__init__(*args, formatter_class=HelpFormatter, allow_abbrev=False, **kwargs)

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Prints the message and exits with code 2."""
        if match := re.search(r"(?:unrecognized arguments:|does not accept option) (\S+)", message):
            near = closest(match[1].split("=")[0], option_names())
            message += f" (did you mean {near}?)" if near else ""
        if match := re.search(r"invalid choice: '([\w-]+)' \(choose from (.*)\)", message):
            near = closest(match[1], re.findall(r"[\w-]+", match[2]))
            message += f"; did you mean {near}?" if near else ""
        if "arguments are required: train.recipe" in message:
            message = f"train needs a recipe: a YAML file, or one of {', '.join(recipe_names())}"
        command = self.prog.replace(" [options]", "")
        sys.stderr.write(f"mienet: error: {message}\nSee: {command} --help\n")
        sys.exit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code: 0 for success, 1 for an error of the input."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = _build_parser(arguments).parse_args(arguments)
        run = {
            "train": _train,
            "evaluate": _evaluate,
            "predict": _predict,
            "load-released": _load_released,
            "export": _export,
            "benchmark": _benchmark,
            "demo": _demo,
        }[options.subcommand]
        return run(options[options.subcommand])
    except (MienetError, FileNotFoundError) as error:
        sys.stderr.write(f"mienet: error: {_message(error)}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("mienet: stopped\n")
        return 130


def _build_parser(arguments: list[str]) -> Parser:
    parser = Parser(
        prog="mienet",
        description="""Fine-grained action recognition in video.

  mienet demo                                      the whole job on made videos, in minutes
  mienet train small --data.root my_videos         videos in my_videos/CLASS/
  mienet evaluate runs/NAME --data test.csv        accuracy, per class too
  mienet predict runs/NAME clip.mp4                ranked classes
  mienet export runs/NAME --out model/             one file, for faster engines and other programs

Each command explains itself: mienet COMMAND --help""",
    )
    parser.add_argument("--version", action="version", version=f"mienet {__version__}")
    commands = parser.add_subcommands(metavar="COMMAND", title="commands", description=None)
    # The recipe is looked up before parsing, because it gives the options' defaults.
    train_arguments = arguments[1:] if arguments[:1] == ["train"] else []
    for name, subparser in (
        ("train", _train_parser(train_arguments)),
        ("evaluate", _evaluate_parser()),
        ("predict", _predict_parser()),
        ("load-released", _load_released_parser()),
        ("export", _export_parser()),
        ("benchmark", _benchmark_parser()),
        ("demo", _demo_parser()),
    ):
        commands.add_subcommand(name, subparser, help=(subparser.description or "").split("\n")[0])
    return parser


def _train_parser(arguments: list[str]) -> Parser:
    parser = Parser(
        description=f"""Train a network on labelled videos.

  mienet train small --data.root my_videos         videos in my_videos/CLASS/
  mienet train small --data.root videos --data.train train.csv --data.val val.csv
  mienet train sljd --data.root SLJD/frames --data.train train.txt --data.val val.txt
  mienet train my_recipe.yaml --train.epochs 20    your own YAML file; options win over it

Shipped recipes: {", ".join(recipe_names())}. The defaults shown below are the named recipe's.
Everything is written to runs/NAME: the best model, the resolved recipe, logs for TensorBoard."""
    )
    parser.usage = "mienet train RECIPE [--GROUP.OPTION VALUE ...]"
    parser.add_argument("recipe", help="name of a shipped recipe, or a YAML file")
    for group, config in GROUPS.items():
        parser.add_class_arguments(config, group)
    if arguments and not arguments[0].startswith("-"):
        parser.default_config_files = [str(find_recipe(arguments[0]))]
    return parser


def _evaluate_parser() -> Parser:
    parser = Parser(
        description="""Measure a trained network on labelled videos.

  mienet evaluate runs/NAME                        on the run's own validation videos
  mienet evaluate runs/NAME --data test.csv        on a CSV (path,label)
  mienet evaluate runs/NAME --data test_videos/    on class folders

Prints top-1, top-5 and mean class accuracy, and writes metrics.json, predictions.csv,
per_class.csv and confusion_matrix.png to runs/NAME/evaluation."""
    )
    _add_checkpoint(parser)
    parser.add_argument(
        "--data",
        type=str | None,
        help="class folders, CSV or list; null: the run's validation list",
    )
    parser.add_argument("--root", type=str | None, help="folder that the list's paths start from")
    parser.add_argument(
        "--out", type=str | None, help="folder to write to; null: CHECKPOINT/evaluation"
    )
    _add_views(parser)
    parser.add_argument("--batch_size", type=int, default=8, help="videos per step")
    parser.add_argument(
        "--num_workers", type=int | None, help="processes that read videos; null: one per processor"
    )
    return parser


def _predict_parser() -> Parser:
    parser = Parser(
        description="""Recognise the action in videos.

  mienet predict runs/NAME clip.mp4 other.avi frames_folder/
  mienet predict runs/NAME videos/ --out result.json

Prints the likeliest classes with their probabilities. A video that cannot be read is reported at
the end, and does not stop the others; the exit code is then 1."""
    )
    _add_checkpoint(parser)
    parser.add_argument(
        "videos", nargs="+", help="video files, folders of frames, or folders of videos"
    )
    parser.add_argument("--top", type=int, default=5, help="classes to print for each video")
    parser.add_argument("--out", type=str | None, help="JSON file to write every probability to")
    _add_views(parser)
    return parser


def _load_released_parser() -> Parser:
    parser = Parser(
        description="""Make one of the authors' released checkpoints usable.

  mienet load-released ckpt.best.pth.tar --classes names.txt --out model/
  mienet predict model/ clip.mp4"""
    )
    parser.add_argument("checkpoint", help="the authors' .pth.tar")
    parser.add_argument(
        "--classes", required=True, help="class names in the labels' order: one a line, or JSON"
    )
    parser.add_argument("--out", required=True, help="folder to write model.safetensors to")
    parser.add_argument(
        "--num_segments",
        type=int | None,
        help="segments it was trained with; null: the published 3 for 10 classes (SLJD), 8 else",
    )
    return parser


def _export_parser() -> Parser:
    parser = Parser(
        description="""Write a trained network as one file for another engine.

  mienet export runs/NAME --out model/                              ONNX, float32
  mienet export runs/NAME --out model/ --format openvino --precision int8
  mienet predict model/ clip.mp4                                    used like any other model

The model takes uint8 RGB clips and returns logits; classes, sampling and normalisation are in
model.json beside it. It is compared with the original on up to 50 of the run's validation videos,
and written only if it agrees. onnx and openvino are extras: pip install 'mienet[openvino]'."""
    )
    _add_checkpoint(parser)
    parser.add_argument("--out", required=True, help="folder to write to")
    parser.add_argument(
        "--format", type=Literal["onnx", "openvino", "torch"], default="onnx", help="the engine"
    )
    parser.add_argument(
        "--precision",
        type=Literal["float32", "bfloat16", "int8"],
        default="float32",
        help="float32; bfloat16 (openvino, torch); int8 (onnx, openvino), the fastest",
    )
    parser.add_argument(
        "--data",
        type=str | None,
        help="videos to compare on: a folder, a list or a file; null: the run's validation list",
    )
    parser.add_argument(
        "--calibration",
        type=str | None,
        help="videos that int8 takes its ranges from; null: the run's training list",
    )
    parser.add_argument(
        "--tolerance",
        type=float | None,
        help="largest difference of a probability; null: 0.001 in float32, else 0.02",
    )
    return parser


def _benchmark_parser() -> Parser:
    parser = Parser(
        description="""Measure how fast a model is on this machine, and where the time goes.

  mienet benchmark runs/NAME
  mienet benchmark model/ --video clip.mp4         an exported model, and reading this video
  OMP_NUM_THREADS=1 mienet benchmark runs/NAME     on one thread"""
    )
    _add_checkpoint(parser)
    parser.add_argument(
        "--video",
        type=str | None,
        help="video to measure reading on; null: the first of the run's validation list",
    )
    parser.add_argument(
        "--batch_sizes", type=list[int], default=[1, 8], help="clips computed at once"
    )
    _add_device(parser)
    return parser


def _demo_parser() -> Parser:
    parser = Parser(
        description="""Show the whole job on made videos, in minutes and from nothing.

  mienet demo
  mienet demo --rgb_only true --out runs/demo_tsn    TSN, for comparison

Draws videos of standing long jumps (by computer: no real people), trains a small MIE-Net to tell
the ten phases of a jump apart, evaluates it on athletes and scenes it has not seen, and predicts
a clip."""
    )
    parser.add_argument("--out", default="runs/demo", help="folder to write everything to")
    parser.add_argument("--seed", type=int, default=0, help="of the videos and the training")
    parser.add_argument(
        "--rgb_only", type=bool, default=False, help="train TSN, which sees no motion, instead"
    )
    return parser


def _add_checkpoint(parser: Parser) -> None:
    parser.add_argument("checkpoint", help="a run's or model's folder, or its model.safetensors")


def _add_views(parser: Parser) -> None:
    parser.add_argument(
        "--clips",
        type=Literal["centre", "two", "dense"],
        default="centre",
        help="clips per video to average over: 1, 2 or 10",
    )
    parser.add_argument(
        "--crops", type=Literal["one", "three"], default="one", help="crops per clip: 1 or 3"
    )
    _add_device(parser)


def _add_device(parser: Parser) -> None:
    parser.add_argument(
        "--device", default="auto", help="cpu, cuda, ...; auto takes a GPU if there is one"
    )


def _train(options: Namespace) -> int:
    from mienet.workflows.train import train

    groups = {group: config(**options[group].as_dict()) for group, config in GROUPS.items()}
    run = train(RunConfig(**groups), name=options.recipe.rsplit("/")[-1].removesuffix(".yaml"))
    print(f"\nTrained: {run}\nNext: mienet evaluate {run}\n      mienet predict {run} VIDEO")
    return 0


def _evaluate(options: Namespace) -> int:
    from mienet.workflows.evaluate import evaluate, per_class

    arguments = options.as_dict()
    checkpoint, data = arguments.pop("checkpoint"), arguments.pop("data")
    evaluation, out = evaluate(checkpoint, data, **arguments)
    width = max(len(name) for name in evaluation.classes)
    print(f"{'class':{width}}  videos  correct  recall  precision")
    for row in per_class(evaluation):
        print(
            f"{row['class']:{width}}  {row['videos']:6}  {row['correct']:7}  {row['recall']:6.1%}"
            f"  {row['precision']:9.1%}"
        )
    metrics = evaluation.metrics
    top5 = f", top-5 {metrics.top5:.1%}" if len(evaluation.classes) > 5 else ""
    print(
        f"\ntop-1 {metrics.top1:.1%}{top5}, mean class accuracy "
        f"{metrics.mean_class_accuracy:.1%} of {metrics.num_videos} videos\nWritten: {out}"
    )
    return 0


def _predict(options: Namespace) -> int:
    from mienet.workflows.predict import predict, write_json

    found = predict(
        options.checkpoint,
        options.videos,
        clips=options.clips,
        crops=options.crops,
        device=options.device,
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


def _load_released(options: Namespace) -> int:
    from mienet.workflows.convert import load_released

    recognizer = load_released(
        options.checkpoint, options.classes, options.out, num_segments=options.num_segments
    )
    clip_format = recognizer.clip_format
    print(
        f"{options.out}: MIE-Net, {len(recognizer.classes)} classes, {clip_format.num_segments} "
        f"segments of {clip_format.frames_per_segment} frames\n"
        f"Next: mienet predict {options.out} VIDEO"
    )
    return 0


def _export(options: Namespace) -> int:
    from mienet.workflows.export import export

    arguments = options.as_dict()
    checkpoint, out = arguments.pop("checkpoint"), arguments.pop("out")
    agreement = export(checkpoint, out, **arguments)
    print(
        f"{out}: {options.format}, {options.precision}; compared with the original on "
        f"{agreement.clips} clips: the same top-1 on {agreement.same_top1}, probabilities within "
        f"{agreement.largest_difference:.1e} (accepted: {agreement.tolerance:g})\n"
        f"Next: mienet predict {out} VIDEO"
    )
    return 0


def _benchmark(options: Namespace) -> int:
    from mienet.workflows.benchmark import benchmark

    found = benchmark(
        options.checkpoint,
        video=options.video,
        batch_sizes=options.batch_sizes,
        device=options.device,
    )
    print(f"{found.machine}\n{found.model}\n\nclips at once   median  90 % below   throughput")
    for speed in found.speeds:
        print(
            f"{speed.batch_size:13} {speed.median_seconds:6.3f} s {speed.slowest_seconds:9.3f} s "
            f"{speed.clips_per_second:5.1f} clips/s"
        )
    print()
    if found.gigaflops is not None:
        rate = found.gigaflops / found.speeds[0].median_seconds * found.speeds[0].batch_size
        print(f"work          {found.gigaflops:.1f} GFLOP a clip, {rate:.0f} GFLOP/s")
    if found.peak_memory_bytes is not None:
        print(f"peak memory   {found.peak_memory_bytes / 1e6:.0f} MB, the whole process")
    total = sum(found.stages.values())
    print(f"\n{'where the time goes, for one clip':34} seconds  share")
    for stage, seconds in found.stages.items():
        bar = "█" * round(40 * seconds / total)
        print(f"{stage:34} {seconds:7.4f} {seconds / total:6.1%}  {bar}")
    return 0


def _demo(options: Namespace) -> int:
    from mienet.workflows.demo import demo

    demo(options.out, seed=options.seed, rgb_only=options.rgb_only)
    return 0


def _message(error: Exception) -> str:
    """Returns the error's own words, also when it comes out of a loader's worker process."""
    return str(error).strip().rsplit(f"{type(error).__name__}: ", 1)[-1]
