"""``mienet pull``: get a model from a hub."""

from jsonargparse import Namespace

from mienet.commands.parser import Parser
from mienet.commands.printing import say, shown
from mienet.shell import command


def make_parser() -> Parser:
    """Returns the options of ``mienet pull``."""
    parser = Parser(
        description="""Get a model from a hub (huggingface.co), to a folder of your own.

  mienet pull user/model                   to runs/model
  mienet pull user/model@v1 --out jumps/   of a revision: a branch, a tag or a commit
  mienet predict hf:user/model clip.mp4    without a folder: hf:user/model stands where a model does

Models come as weights and text; nothing that is fetched can run code. What was fetched before is
found in the hub's cache, without a network too (HF_HUB_OFFLINE=1). Private models need a token: log
in with hf auth login, or set HF_TOKEN. Needs the extra hub: pip install 'mienet[hub]'."""
    )
    parser.add_argument("model", help="USER/MODEL on the hub, or USER/MODEL@REVISION")
    parser.add_argument("--out", type=str | None, help="the folder; default: runs/MODEL")
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.pull import pull

    pulled = pull(options.model, options.out)
    state = "is there already" if pulled.was_there else f"{len(pulled.files)} files"
    say(f"{shown(pulled.folder)}: {state}, revision {pulled.commit[:12]}")
    use = "timeline" if pulled.kind == "recordings" else "predict"
    say(f"Next: {command(use, pulled.folder, 'VIDEO')}")
    return 0
