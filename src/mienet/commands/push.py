"""``mienet push``: share a model on a hub."""

from jsonargparse import Namespace

from mienet.commands.parser import Parser, add_checkpoint
from mienet.commands.printing import note, say, shown
from mienet.shell import command


def make_parser() -> Parser:
    """Returns the options of ``mienet push``."""
    parser = Parser(
        description="""Share a model on a hub (huggingface.co), with a card that says what it is.

  mienet push runs/NAME user/model --license cc-by-nc-4.0 --preview card/   look first, push nothing
  mienet push runs/NAME user/model --license cc-by-nc-4.0
  mienet predict hf:user/model clip.mp4                               used by others

What is pushed: the weights, their description, and a card filled from the run: classes, sizes of
its lists, figures with intervals of its evaluations, recipe and limits. What is not: videos, their
names, names of subjects, paths. Exported models in the run's folder go beside it, but those that
can run code. You need an account: log in with hf auth login, or set HF_TOKEN. Needs the extra hub:
pip install 'mienet[hub]'."""
    )
    add_checkpoint(parser)
    parser.add_argument("repository", help="USER/MODEL on the hub; made if there is none")
    parser.add_argument(
        "--license",
        required=True,
        help="under which others may use the model, by the hub's name, such as apache-2.0, "
        "cc-by-4.0 or cc-by-nc-4.0; whose videos it learned from may decide it",
    )
    parser.add_argument(
        "--private", action="store_true", help="let nobody else see it until you say so there"
    )
    parser.add_argument(
        "--exported",
        type=str,
        nargs="*",
        default=None,
        help="folders of exported models of it, to go beside it; default: those in its folder",
    )
    parser.add_argument(
        "--about", type=str | None, help="a file of Markdown to put into the card, in your words"
    )
    parser.add_argument(
        "--preview",
        type=str | None,
        help="write what would be pushed to this folder, to look at, and push nothing",
    )
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.workflows.push import prepare_push, push_prepared, write_prepared

    prepared = prepare_push(
        options.checkpoint,
        options.repository,
        license=options.license,
        exported=options.exported,
        about=options.about,
    )
    for line in prepared.notes:
        note(line)
    for name, size in prepared.sizes().items():
        say(f"{size / 1e6:10.3f} MB  {shown(name)}")
    if options.preview is not None:
        write_prepared(prepared, options.preview)
        say(f"Written, and not pushed: {shown(options.preview)}")
        return 0
    pushed = push_prepared(prepared, private=options.private)
    for name in pushed.deleted:
        note(f"deleted there, as it was of an earlier model: {shown(name)}")
    say(
        f"Pushed: {shown(pushed.url)}, {'private' if pushed.is_private else 'public'}, "
        f"revision {pushed.commit[:12]}"
    )
    say(f"Next: {command('pull', prepared.repository)}")
    return 0
