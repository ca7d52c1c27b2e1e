"""``mienet sweep``: many trainings, and one table of them."""

from pathlib import Path
from typing import TYPE_CHECKING

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_jobs
from mienet.commands.printing import aligned, note, say, shown

if TYPE_CHECKING:
    from mienet.workflows.sweep import Trial, TrialResult


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

An axis of vary may also be an option with its values, such as model.num_segments: [4, 8]. With
training: [0.1, 0.25, 0.5, 1] parts of the training subjects are learned from, for a learning curve;
with clips_per_class: [5] so many clips of each class.

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
    from mienet.workflows.sweep import sweep
    from mienet.workflows.sweep_table import sweep_table

    arguments = options.as_dict()
    plan = Path(arguments.pop("plan"))
    if plan.is_dir():
        given = [f"--{name.replace('_', '-')}" for name, value in arguments.items() if value]
        if given:
            note(
                f"{', '.join(given)} without effect: {shown(plan)} is a sweep, whose table is drawn"
            )
        table = sweep_table(plan)
    else:
        table = sweep(plan, told=_tell, **arguments)
    say("\n".join(aligned(table.cells())))
    for sentence in table.sentences():
        say(sentence)
    for problem in table.problems:
        note(f"left out: {shown(problem)}")
    say(f"Written: {shown(table.folder)}; look at {shown(table.folder / 'sweep.png')}")
    return 1 if table.problems else 0


def _tell(trial: "Trial", result: "TrialResult") -> None:
    if result.state == "failed":
        note(f"{shown(trial.name)} failed: {shown(result.problem)}")
        return
    say(f"{shown(trial.name)}: done")
