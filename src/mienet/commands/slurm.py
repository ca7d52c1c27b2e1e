"""``mienet slurm``: a batch script that trains on a cluster."""

from argparse import SUPPRESS

from jsonargparse import Namespace
from jsonargparse.typing import NonNegativeInt, PositiveInt

from mienet.commands.parser import Parser
from mienet.commands.printing import say, shown
from mienet.commands.train import RecipeParser, add_training, unnamed
from mienet.config import GROUPS, RunConfig
from mienet.shell import quoted


def make_parser(arguments: list[str]) -> Parser:
    """Returns the options of ``mienet slurm``."""
    parser = RecipeParser(
        description="""Write a batch script that trains on a cluster with SLURM.

  mienet slurm train small --data.root datasets/jumps --train.name first \\
    --nodes 4 --gpus-per-node 8 --time 12:00:00 --out first.sh

All options of mienet train can be given. The script starts one process for each GPU. Before its
time is over, and if a node fails, the job starts again and goes on after the last finished epoch.
Nothing is submitted: read the script, change it for your cluster, and give it to sbatch."""
    )
    parser.usage = "mienet slurm [options] train RECIPE"
    parser.add_argument("command", choices=["train"], help="what the job does: train")
    found = unnamed(arguments)
    add_training(parser, found[1:] if found[:1] == ["train"] else found)
    for action in parser._actions:
        if action.dest.split(".")[0] in GROUPS:
            action.help = SUPPRESS
    parser.add_argument("--nodes", type=PositiveInt, required=True, help="computers")
    parser.add_argument(
        "--gpus-per-node",
        type=NonNegativeInt,
        required=True,
        help="GPUs of each, and processes; 0 is one process, which computes with the CPU",
    )
    parser.add_argument(
        "--time",
        type=str,
        required=True,
        help="most time at once, such as 12:00:00 or, with days, 2-00:00:00",
    )
    parser.add_argument("--out", type=str, required=True, help="the script, such as job.sh")
    parser.add_argument(
        "--cpus-per-task",
        type=PositiveInt,
        default=8,
        help="CPUs of each process; all but one read videos",
    )
    parser.add_argument("--partition", type=str | None, help="where the cluster runs it")
    parser.add_argument("--account", type=str | None, help="whom the cluster charges")
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.slurm import write_batch_script

    groups = {group: config(**options[group].as_dict()) for group, config in GROUPS.items()}
    write_batch_script(
        options.out,
        options.recipe,
        RunConfig(**groups),
        nodes=options.nodes,
        gpus_per_node=options.gpus_per_node,
        time=options.time,
        cpus_per_task=options.cpus_per_task,
        partition=options.partition,
        account=options.account,
    )
    say(f"Written: {shown(options.out)}\nNext: {quoted(['sbatch', options.out])}")
    return 0
