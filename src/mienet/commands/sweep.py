"""``mienet sweep``: many trainings, and one table of them."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_jobs
from mienet.commands.printing import aligned, note, say, shown
from mienet.yaml_files import read_yaml

if TYPE_CHECKING:
    from mienet.workflows.search import SearchTable, SearchTrial
    from mienet.workflows.sweep import SweepTable, Trial, TrialResult


def make_parser() -> Parser:
    """Returns the options of ``mienet sweep``."""
    parser = Parser(
        description="""Train many models, test each on unseen videos, and compare them in one table.

  mienet sweep family.yaml                  networks x folds x seeds; results in sweeps/family/
  mienet sweep family.yaml --seeds [0,1,2] --group-by subject --folds 5
  mienet sweep sweeps/family                the table and pictures again, without training

The plan is a YAML file. This one compares two networks, with five folds of whole subjects:

  recipe: small                     a shipped recipe, or a YAML file
  list: labels.csv                  path,label,subject
  group_by: subject
  folds: 5                          or "each" (leave one subject out), or {column: NAME}
  options: {model.pretrained: imagenet}
  vary:
    network:
      mie_net: {}
      tsn: {model.motion: none, model.temporal: none}

Of the other keys of a plan, each may be left out:
  root: videos/                     folder that the list's paths start from; default: the list's own
  exclude_classes: [unclassified]   classes of the list that no training sees
  reference: mie_net                variant that the others are compared with; default: the first
  seeds: [0, 1, 2]                  numbers that fix each training's randomness; default: [0]

An axis of vary may also be an option with its values, such as model.num_segments: [4, 8]. With
training: [0.1, 0.25, 0.5, 1] parts of the training subjects are learned from, for a learning curve;
with clips_per_class: [5] so many clips of each class.

In place of vary, search finds options by 30 trainings, stopping those that lag behind:

  search:
    number: 30
    train.learning_rate: {log: [0.0001, 0.01]}      or {from: 0, to: 0.5}, or a list of values

They are judged by groups set apart from the training videos (data.val_fraction); the best is then
tested once, beside the recipe as it is, with the first fold. Needs the extra search:
pip install 'mienet[search]'.

Kill it at any moment: the same command goes on. What fails is told, skipped, and tried again by the
next call. Each training keeps its last epoch, so that held-out videos choose nothing.

The folder gets trials.csv and answers.csv (small tables from which all else is drawn), table.csv,
table.md and sweep.png, and a run for each training in trials/."""
    )
    parser.add_argument("plan", help="a YAML file, or the folder of a sweep")
    parser.add_argument("--out", type=str | None, help="folder; default: sweeps/NAME of the plan")
    parser.add_argument(
        "--folds", type=int | str | None, help='in place of the plan\'s: a number, or "each"'
    )
    parser.add_argument(
        "--group-by", type=str | None, help="in place of the plan's: the column of what is alike"
    )
    parser.add_argument("--seeds", type=list[int] | None, help="in place of the plan's: [0,1,2]")
    add_jobs(parser)
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code: 1 where a trial failed."""
    arguments = options.as_dict()
    plan = Path(arguments.pop("plan"))
    is_folder = plan.is_dir()
    if is_folder and (given := [name for name, value in arguments.items() if value]):
        said = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        note(f"{said} without effect: {shown(plan)} is a sweep, whose table is drawn")
    if _has_search(plan / "plan.yaml" if is_folder else plan):
        return _run_search(plan, arguments)
    from mienet.workflows.sweep import sweep
    from mienet.workflows.sweep_table import sweep_table

    table = sweep_table(plan) if is_folder else sweep(plan, told=_tell, **arguments)
    _say_table(table)
    for problem in table.problems:
        note(f"left out: {shown(problem)}")
    picture = "learning_curve.png" if table.has_parts else "sweep.png"
    say(f"Written: {shown(table.folder)}; look at {shown(table.folder / picture)}")
    return 1 if table.problems else 0


def _has_search(path: Path) -> bool:
    """Returns whether a plan is that of a search; what is no plan is told by what reads it."""
    with suppress(OSError, ValueError):
        content = read_yaml(path)
        return isinstance(content, Mapping) and bool(content.get("search"))
    return False


def _run_search(plan: Path, arguments: dict[str, Any]) -> int:
    from mienet.workflows.search import search
    from mienet.workflows.search_table import search_table

    table = search_table(plan) if plan.is_dir() else search(plan, told=_tell, **arguments)
    _say_table(table)
    if table.test:
        say()
        _say_table(table.test)
    for problem in table.problems:
        note(f"left out: {shown(problem)}")
    say(f"Written: {shown(table.folder)}; look at {shown(table.folder / 'search.png')}")
    if table.best:
        say(f"Train with what was found: {shown(table.command)}")
    return 1 if table.problems else 0


def _say_table(table: "SweepTable | SearchTable") -> None:
    say("\n".join(aligned(table.cells())))
    for sentence in table.sentences():
        say(sentence)


def _tell(trial: "Trial | SearchTrial", result: "TrialResult") -> None:
    if result.state == "failed":
        note(f"{shown(trial.name)} failed: {shown(result.problem)}")
        return
    score = "" if result.score is None else f", score {100 * result.score:.1f}"
    say(f"{shown(trial.name)}: {'stopped early' if result.state == 'stopped' else 'done'}{score}")
