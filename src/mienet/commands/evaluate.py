"""``mienet evaluate``: measure a trained network on labeled videos."""

from typing import Literal

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_allow_pickle, add_frame_pattern, add_views
from mienet.commands.printing import note, say, shown


def make_parser() -> Parser:
    """Returns the options of ``mienet evaluate``."""
    parser = Parser(
        description="""Measure a trained network on labeled videos.

  mienet evaluate runs/NAME                        on the run's own validation videos
  mienet evaluate runs/NAME --data test.csv        on a CSV (path,label)
  mienet evaluate runs/NAME --data test_videos/    on class folders
  mienet evaluate runs/A runs/B --data test.csv    the average of several models
  mienet evaluate runs/NAME --clips uniform:2 --crops three --short-side 256 --crop-size 256

Prints top-1, top-5 and mean class accuracy, and writes metrics.json, predictions.csv,
per_class.csv and confusion_matrix.png to runs/NAME/evaluation."""
    )
    parser.add_argument(
        "checkpoint",
        nargs="+",
        help="a run's or model's folder, or its model.safetensors; several are averaged",
    )
    parser.add_argument(
        "--data",
        type=str | None,
        help="class folders, CSV or list; null: the run's validation list",
    )
    parser.add_argument("--root", type=str | None, help="folder that the list's paths start from")
    parser.add_argument(
        "--out", type=str | None, help="folder to write to; null: CHECKPOINT/evaluation"
    )
    add_views(parser)
    parser.add_argument(
        "--average",
        type=Literal["logits", "probabilities"],
        default="logits",
        help="what is averaged over several models",
    )
    add_frame_pattern(parser)
    add_allow_pickle(parser)
    parser.add_argument("--batch-size", type=int, default=8, help="views (clips x crops) per step")
    parser.add_argument(
        "--num-workers", type=int | None, help="processes that read videos; null: one per CPU"
    )
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.evaluate import evaluate, ignored_summary, per_class

    arguments = options.as_dict()
    checkpoint, data = arguments.pop("checkpoint"), arguments.pop("data")
    evaluation, out = evaluate(checkpoint, data, **arguments)
    for line in ignored_summary(evaluation):
        note(line)
    names = [shown(name) for name in evaluation.classes]
    width = max(map(len, names))
    say(f"{'class':{width}}  videos  correct  recall  precision")
    for name, row in zip(names, per_class(evaluation), strict=True):
        say(
            f"{name:{width}}  {row['videos']:6}  {row['correct']:7}  {row['recall']:6.1%}"
            f"  {row['precision']:9.1%}"
        )
    metrics = evaluation.metrics
    top5 = f", top-5 {metrics.top5:.1%}" if len(evaluation.classes) > 5 else ""
    say(
        f"\ntop-1 {metrics.top1:.1%}{top5}, mean class accuracy "
        f"{metrics.mean_class_accuracy:.1%} of {metrics.num_videos} videos\nWritten: {shown(out)}"
    )
    return 0
