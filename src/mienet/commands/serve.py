"""``mienet serve``: a page to watch, label and correct videos, and to train on them."""

import os
import sys
import webbrowser
from pathlib import Path

from jsonargparse import Namespace
from jsonargparse.typing import NonNegativeInt

from mienet.commands.parser import Parser, add_options
from mienet.commands.printing import note, say, shown
from mienet.errors import MienetError
from mienet.view_options import SelectionOptions


def make_parser() -> Parser:
    """Returns the options of ``mienet serve``."""
    parser = Parser(
        description="""Open a page to watch, label and correct videos, and to train on them.

  mienet serve --videos my_videos/                 label from nothing
  mienet serve runs/NAME --videos my_videos/       look at what a model says, and correct it
  mienet serve runs/NAME --videos my_videos/ --camera 0     and watch live what it says
  mienet serve runs/CLIPS --videos my_videos/ --error-rate 0.05     or "none of these"

The page is in the browser of this computer. Labels are kept at every change, as tables in
my_videos/mienet/labels and drafts; the videos stay as they are. Ctrl-C stops the server; nothing
that was saved is lost, however it ends. At --host 0.0.0.0 other computers of the network can open
the page, with the token in the address that is printed; it is another one at every start unless the
environment variable MIENET_TOKEN has one. Needs the extra serve:
pip install 'mienet[serve]'."""
    )
    parser.add_argument(
        "checkpoint",
        nargs="?",
        type=str | None,
        default=None,
        help="a run's or model's folder, its model.safetensors, or hf:user/model; default: label "
        "from nothing",
    )
    parser.add_argument("--videos", type=str | None, default=None, help="folder of the videos")
    parser.add_argument(
        "--camera",
        type=str,
        default="",
        help="what to watch live: a camera's number such as 0, a stream's address such as "
        "rtsp://camera/1, or a video file, which is played as a stream",
    )
    add_options(parser, SelectionOptions)
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen at; default: this computer alone"
    )
    parser.add_argument(
        "--port", type=NonNegativeInt, default=8000, help="port to listen at; 0 takes a free one"
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the page's address without opening it"
    )
    return parser


def run(options: Namespace) -> int:
    """Runs the command and returns the exit code."""
    from mienet.server.running import TOKEN_VARIABLE, prepare_server, require_model

    if options.videos is None:
        if options.checkpoint is not None:
            require_model(Path(options.checkpoint))  # it may be the folder that is missing
        raise MienetError("--videos is missing: give the folder of the videos")
    server = prepare_server(
        options.videos,
        options.checkpoint,
        host=options.host,
        port=int(options.port),
        camera=options.camera,
        token=os.environ.get(TOKEN_VARIABLE, ""),
        error_rate=options.error_rate,
    )
    for line in server.notes:
        note(line)
    say(f"The page: {server.url}")
    say(f"Labels are kept in {shown(server.settings.folder / 'mienet')}")
    say("Ctrl-C stops the server.")
    if not options.no_browser and _has_window():
        webbrowser.open(server.url)
    server.run()
    say("Stopped.")
    return 0


def _has_window() -> bool:
    """Returns whether a browser has somewhere to open; those of terminals are not wanted."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
