"""``mienet evaluate``: measure a trained network on labeled clips, or on whole recordings."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jsonargparse import Namespace

from mienet.commands.evaluate_recordings import replaced, run_recordings
from mienet.commands.parser import Parser, add_evaluated, add_options
from mienet.commands.printing import note, percent, say, shown
from mienet.errors import MienetError
from mienet.options import declared
from mienet.view_options import EvaluationOptions, FindingOptions, RecordingEvaluationOptions

if TYPE_CHECKING:
    from mienet.workflows.evaluate import Evaluation

MOST_MISTAKES = 5

FOR_RECORDINGS = declared(FindingOptions)
FOR_CLIPS = {
    name: option
    for name, option in declared(EvaluationOptions).items()
    if name not in declared(RecordingEvaluationOptions)
}
"""Options of one kind of model alone."""


def make_parser() -> Parser:
    """Returns the options of ``mienet evaluate``."""
    parser = Parser(
        description="""Measure a trained network on labeled videos.

  mienet evaluate runs/NAME --data datasets/jumps  on a prepared dataset's test list
  mienet evaluate runs/NAME --data test.csv        on a CSV (path,label)
  mienet evaluate runs/NAME --data test_videos/    on class folders
  mienet evaluate runs/A runs/B --data test.csv    the average of several models of one kind
  mienet evaluate runs/NAME --clips uniform:2 --crops three --short-side 256 --crop-size 256
  mienet evaluate runs/NAME --error-rate 0.05      what "none of these" keeps and costs
  mienet evaluate runs/JUMPS --data datasets/jumps/test.csv     a model of whole recordings

Prints the accuracy of each class and of all: top-1 is the share of videos whose likeliest class is
right, top-5 of those whose right class is among the five likeliest, mean class accuracy the mean of
the classes' own. Writes metrics.json, predictions.csv, mistakes.csv, per_class.csv and
confusion_matrix.png to runs/NAME/evaluation/LIST, where LIST is the list's name.

Of whole recordings it prints how many frames have the right phase, whether phases and events are
found, and how far off their times are, with 95 % intervals over subjects. Writes metrics.json,
phases.csv, events.csv, boundaries.csv, per_video.csv, timelines.png and confusion_matrix.png. The
same command goes on after a kill. The edit score compares the order of phases alone, Cohen's kappa
is agreement beyond chance, mAP the mean over events of the average precision: how well the surest
answers are right.

--order, --tolerance-frames, --overlap, --minimum-seconds, --threshold, --event-threshold and
--capture-fps are for such models alone; --clips, --crops, --short-side, --crop-size, --error-rate,
--average, --batch-size and --num-workers for models of clips.

Without --data it takes the run's validation list. That list chose thresholds and, with train.keep
best, the model, so its accuracy is better than on new videos: report that of a test list."""
    )
    add_evaluated(parser)
    parser.add_argument(
        "--out", type=str | None, help="folder to write to; default: CHECKPOINT/evaluation/LIST"
    )
    add_options(parser, EvaluationOptions)
    add_options(parser, FindingOptions)
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.evaluate_recordings import is_of_recordings

    arguments = options.as_dict()
    paths = arguments["checkpoint"]
    if is_of_recordings(paths):
        _leave_out(arguments, FOR_CLIPS, f"models of clips, and {shown(paths[0])} is of recordings")
        return run_recordings(arguments)
    _leave_out(
        arguments, FOR_RECORDINGS, f"models of recordings, and {shown(paths[0])} is of clips"
    )
    return _run_clips(arguments)


def _leave_out(arguments: dict[str, Any], options: dict[str, Any], what: str) -> None:
    """Takes options of other models out.

    Raises:
        MienetError: If any was given.
    """
    given = [name for name, (_, option) in options.items() if arguments.pop(name) != option.default]
    if given:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise MienetError(f"{names}: for {what}; leave {'it' if len(given) == 1 else 'them'} out")


def _run_clips(arguments: dict[str, Any]) -> int:
    from mienet.workflows.evaluate import evaluate, ignored_summary

    checkpoint, data = arguments.pop("checkpoint"), arguments.pop("data")
    evaluation, out = evaluate(checkpoint, data, **arguments)
    for line in ignored_summary(evaluation):
        note(line)
    if evaluation.num_kept:
        note(
            "what the model says was computed by an earlier run of this command; delete "
            f"{' and '.join(map(shown, evaluation.kept_in))} to compute it anew"
        )
    say("\n".join(_class_table(evaluation)))
    say()
    say("\n".join(_figures(evaluation)))
    for warning in evaluation.warnings():
        say(f"warning: {shown(warning)}")
    say("\n".join(_mistakes(evaluation)))
    say(f"Written: {shown(out)}{replaced(evaluation.replaced, evaluation.source)}")
    return 0


def _class_table(evaluation: "Evaluation") -> Iterator[str]:
    names = [shown(name) for name in evaluation.classes]
    width = max(map(len, names))
    yield f"{'class':{width}}  videos  correct  recall  precision"
    for name, row in zip(names, evaluation.per_class(), strict=True):
        yield (
            f"{name:{width}}  {row['videos']:6}  {row['correct']:7}  {percent(row['recall']):>6}"
            f"  {percent(row['precision']):>9}"
        )


def _figures(evaluation: "Evaluation") -> Iterator[str]:
    """Yields the accuracies, how far they can be trusted, and what they are to be held against."""
    metrics, reference = evaluation.metrics, evaluation.reference
    yield f"list: {shown(evaluation.source)}"
    top5 = f", top-5 {metrics.top5:.1%}" if len(evaluation.classes) > 5 else ""
    yield (
        f"top-1 {metrics.top1:.1%}{top5}, mean class accuracy "
        f"{metrics.mean_class_accuracy:.1%} of {metrics.num_videos} videos"
    )
    for sentence in evaluation.answer_sentences():
        yield shown(sentence)
    over = f"{reference.num_groups} videos"
    if evaluation.group_by:
        over = f"{reference.num_groups} groups of videos (column {shown(evaluation.group_by)})"
    if reference.top1_interval is None:
        one = (
            "group (column " + shown(evaluation.group_by) + ")" if evaluation.group_by else "video"
        )
        yield f"no 95 % interval: all clips are of one {one}, which says nothing about others"
    else:
        low, high = reference.top1_interval
        yield f"95 % interval of top-1: {low:.1%} to {high:.1%}, over {over}"
    commonest = shown(evaluation.classes[reference.commonest_class])
    yield (
        f"for comparison: guessing gives {reference.chance:.1%}, always answering {commonest!r} "
        f"(the commonest class) {reference.commonest_share:.1%}"
    )


def _mistakes(evaluation: "Evaluation") -> Iterator[str]:
    """Yields the first mistakes, the most confident ones."""
    places, classes = evaluation.mistakes(), evaluation.classes
    if places:
        yield "mistakes, the most confident first:"
    for place in places[:MOST_MISTAKES]:
        shares = evaluation.probabilities[place]
        right, taken = classes[evaluation.labels[place]], classes[shares.argmax()]
        path = shown(evaluation.records[place].path)
        yield f"  {shares.max():6.1%}  {path}: {shown(right)}, taken for {shown(taken)}"
    if len(places) > MOST_MISTAKES:
        yield f"  ... and {len(places) - MOST_MISTAKES} more in mistakes.csv"
