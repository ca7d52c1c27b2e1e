"""``mienet report``: one page about a model, for those who will use it."""

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_evaluated, add_options
from mienet.commands.printing import note, say, shown
from mienet.view_options import ModelOptions


def make_parser() -> Parser:
    """Returns the options of ``mienet report``."""
    parser = Parser(
        description="""Write a page about a model: what it is good for, and where it fails.

  mienet report runs/NAME --data datasets/jumps      on a prepared dataset's test list
  mienet report runs/NAME --data test.csv --out page.html
  mienet report runs/NAME                            on the run's own validation list
  mienet report runs/A runs/B --data test.csv        on the mean of what several models say

For models of clips and of whole recordings. One HTML file, which opens without a network: what
the model is good for in plain words, figures with 95 % intervals beside those of guessing and of
the commonest answer, and what was wrong, to look at. Of recordings, a strip of true and predicted
phases plays the video at the clicked moment, as long as page and videos keep their places.

The model is evaluated as mienet evaluate does it. What that command has computed for this list is
used, with the options that it was given, such as --error-rate: for others, run it with them before.
Without --data it takes the run's validation list, which may have chosen the model: report a test
list."""
    )
    add_evaluated(parser)
    parser.add_argument(
        "--out",
        type=str | None,
        help="the page; default: CHECKPOINT/evaluation/LIST/report.html, of several "
        "evaluation_average/LIST/report.html in the first one's folder",
    )
    parser.add_argument(
        "--learning-curve",
        type=str | None,
        help="folder of a sweep with parts of the training videos: what more labels would bring",
    )
    add_options(parser, ModelOptions)
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code: 1 where a recording could not be used."""
    from mienet.workflows.report import report

    arguments = options.as_dict()
    found = report(arguments.pop("checkpoint"), arguments.pop("data"), **arguments)
    if found.num_kept:
        note(
            f"{found.num_kept} of {found.num_kept + found.num_computed} results are of an earlier "
            f"evaluation; to compute them anew, delete {' and '.join(map(shown, found.kept_in))}"
        )
    for problem in found.problems:
        note(f"left out: {shown(problem)}")
    for sentence in found.headline:
        say(shown(sentence))
    for warning in found.warnings:
        say(f"warning: {shown(warning)}")
    say(f"Written: {shown(found.path)}")
    return 1 if found.problems else 0
