"""``mienet train``: train a network on labeled videos."""

from argparse import SUPPRESS
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jsonargparse import Namespace

from mienet.commands.parser import Parser
from mienet.commands.printing import say, shown
from mienet.config import GROUPS, ConfigError, RunConfig, find_recipe, recipe_names
from mienet.yaml_files import read_yaml

CHANGED_MOST = ("data.root", "train.name", "train.epochs", "data.batch_size", "model.pretrained")


class RecipeParser(Parser):
    """A parser whose defaults come from a recipe, which may leave a group empty."""

    def get_defaults(self, *args: Any, **kwargs: Any) -> Namespace:
        """Returns the defaults; what a recipe has of a group without options, ``data:``, is none.

        The parser itself would take the whole group for null.
        """
        found = super().get_defaults(*args, **kwargs)
        for name, group in GROUPS.items():
            if name in found and found[name] is None:
                found[name] = Namespace(**vars(group()))
        return found


def make_parser(arguments: list[str]) -> Parser:
    """Returns the options of ``mienet train``."""
    found = unnamed(arguments)
    defaults = (
        f"The defaults below are those of recipe {found[0]}; null means: not set."
        if found
        else "The defaults below are of no recipe; mienet train RECIPE --help shows a recipe's."
    )
    parser = RecipeParser(
        description=f"""Train a network on labeled videos.

  mienet train small --data.root my_videos         videos in my_videos/CLASS/
  mienet train small --data.root datasets/jumps    what mienet prepare wrote
  mienet train small --data.root videos --data.train train.csv --data.val val.csv
  mienet train sljd --data.root SLJD/frames --data.train train.txt --data.val val.txt
  mienet train my_recipe.yaml --train.epochs 20    your own YAML file; options win over it

A recipe is a file of options. These are there:
  timeline                          phases and events of whole recordings, some dozens or more
  small                             about a hundred to a few thousand clips, on one computer
  small_long                        longer, on smaller, distorted clips, in twice the time
  small_plus                        small with mie_net_plus, which sees which way things move
  few                               five to twenty clips of each class
  sljd, diving48, something_v2      the MIE-Net authors' values for their datasets
  pan_lite_diving48, pan_lite_something_v2, tanet_diving48, tanet_something_v2, tsm_diving48,
  tsm_something_v2                  other networks, with their authors' values
  demo, demo_timeline               the synthetic videos of mienet demo

{defaults}
Everything is written to runs/NAME: the model (of the best or the last epoch: --train.keep), all
options, logs for TensorBoard."""
    )
    parser.usage = "mienet train RECIPE [--GROUP.OPTION VALUE ...]"
    add_training(parser, found)
    _list_first(parser, CHANGED_MOST)
    return parser


def add_training(parser: Parser, recipes: Sequence[str]) -> None:
    """Adds the recipe and the groups of options, with the defaults of the recipe that is named.

    Args:
        parser: The command's parser.
        recipes: What may be a recipe among the command's arguments: one, or none.

    Raises:
        ConfigError: If there are several, or as ``find_recipe`` does.
    """
    parser.add_argument("recipe", help="name of a shipped recipe, or a YAML file")
    for group, config in GROUPS.items():
        parser.add_class_arguments(config, group)
    if len(recipes) > 1:
        raise ConfigError(
            f"train takes one recipe, got {', '.join(map(repr, recipes))}; an option with several "
            "values takes them as one: --data.scales [1.0,0.875]"
        )
    # Looked up before parsing, because it gives the options' defaults.
    if recipes and read_yaml(file := _recipe_file(recipes[0])):  # the parser takes no empty one
        parser.default_config_files = [str(file)]


def _list_first(parser: Parser, names: Sequence[str]) -> None:
    """Moves options to a group of their own before all others; whole groups' files are not listed.

    A recipe gives the groups' values, and says where it is wrong.
    """
    first = parser.add_argument_group("Changed most often")
    others = [group for group in parser._action_groups if group is not first]
    parser._action_groups = [others[0], first, *others[1:]]
    by_name = {
        action.dest: (group, action)
        for group in parser._action_groups
        for action in group._group_actions
    }
    for name in GROUPS:
        by_name[name][1].help = SUPPRESS
    for name in names:
        group, action = by_name[name]
        group._group_actions.remove(action)
        first._group_actions.append(action)


def unnamed(arguments: Sequence[str]) -> list[str]:
    """Returns what is no option and no option's value among arguments, wherever it stands.

    Every option of ``train`` and ``slurm`` but ``--help`` takes exactly one value.
    """
    found: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            found += rest
        elif not argument.startswith("-"):
            found.append(argument)
        elif "=" not in argument and argument not in ("-h", "--help"):
            next(rest, None)
    return found


def _recipe_file(recipe: str) -> Path:
    path = Path(recipe)
    is_shipped = recipe.replace("-", "_") in recipe_names()
    if path.exists() and not is_shipped and path.suffix not in (".yaml", ".yml"):
        from mienet.workflows.recipe_argument import refuse_data

        refuse_data(path)
    return find_recipe(recipe)


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.train import is_first_process, next_steps, train

    groups = {group: config(**options[group].as_dict()) for group, config in GROUPS.items()}
    run = train(RunConfig(**groups), name=options.recipe.rsplit("/")[-1].removesuffix(".yaml"))
    if not is_first_process():
        return 0
    use = "timeline" if groups["timeline"].head else "predict"
    say(f"\nTrained: {shown(run)}\n{next_steps(run, groups['data'], use=use)}")
    return 0
