"""``mienet suggest``: which videos to label next."""

from jsonargparse import Namespace
from jsonargparse.typing import PositiveInt

from mienet.commands.parser import Parser, add_checkpoint, add_options
from mienet.commands.printing import note, say, shown
from mienet.view_options import ModelOptions


def make_parser() -> Parser:
    """Returns the options of ``mienet suggest``."""
    parser = Parser(
        description="""Say which videos to label next: those that a model would learn most from.

  mienet suggest runs/NAME videos/
  mienet suggest runs/NAME videos/ --number 20 --out next.csv
  mienet suggest runs/NAME videos/ --labeled labels.csv      leave out what has labels already

The first are those that the model is in most doubt about and that are unlike what is labeled or
chosen before: by their features for models of clips, by their names for models of recordings.
Videos that the run has learned from or was validated with are left out.

"The model doubts 85% of it": 0% is sure, 100% is undecided; of a clip between its two likeliest
classes, of a recording as the mean over its frames. "Familiarity 0.99": how like the most alike
labeled or chosen clip its features are; 1 is the same, 0 has nothing in common."""
    )
    add_checkpoint(parser)
    parser.add_argument("videos", nargs="+", help="videos, folders of videos, or lists")
    parser.add_argument(
        "--labeled",
        type=str | None,
        help="a list (its paths start from its folder), folder or dataset of videos to leave out",
    )
    parser.add_argument("--number", type=PositiveInt, default=10, help="of suggestions at most")
    parser.add_argument("--out", type=str | None, help="a CSV with the columns video and reason")
    add_options(parser, ModelOptions)
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code: 1 where a video could not be read."""
    from mienet.workflows.suggest import suggest_videos

    arguments = options.as_dict()
    found = suggest_videos(arguments.pop("checkpoint"), arguments.pop("videos"), **arguments)
    for line in found.notes:
        note(shown(line))
    for problem in found.problems:
        note(f"left out: {shown(problem)}")
    if found.num_labeled:
        note(f"{found.num_labeled} videos have labels already and are left out")
    if not found.is_by_features:
        note("videos are told apart by their names, as the model keeps no features of others")
    for place, suggestion in enumerate(found.videos, start=1):
        say(f"{place:3}. {shown(suggestion.video)}")
        say(f"     {shown(suggestion.reason)}")
    if options.out is not None:
        say(f"Written: {shown(options.out)}")
    return 1 if found.problems else 0
