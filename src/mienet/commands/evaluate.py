"""``mienet evaluate``: measure a trained network on labelled videos."""

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_allow_pickle, add_checkpoint, add_views


def make_parser() -> Parser:
    """Returns the options of ``mienet evaluate``."""
    parser = Parser(
        description="""Measure a trained network on labelled videos.

  mienet evaluate runs/NAME                        on the run's own validation videos
  mienet evaluate runs/NAME --data test.csv        on a CSV (path,label)
  mienet evaluate runs/NAME --data test_videos/    on class folders

Prints top-1, top-5 and mean class accuracy, and writes metrics.json, predictions.csv,
per_class.csv and confusion_matrix.png to runs/NAME/evaluation."""
    )
    add_checkpoint(parser)
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
    add_allow_pickle(parser)
    parser.add_argument("--batch-size", type=int, default=8, help="views (clips x crops) per step")
    parser.add_argument(
        "--num-workers", type=int | None, help="processes that read videos; null: one per processor"
    )
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
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
