"""Scripts that would start themselves again and again are told so before any process starts.

A process that is started afresh imports the program that started it. Where that is a script whose
calls do not stand under ``if __name__ == "__main__":``, the new process makes these calls too.
"""

import ast
import multiprocessing
import sys
from pathlib import Path
from types import FrameType

from mienet.errors import MienetError

ADVICE = """\
it reads videos in processes that are started afresh, and each of them would run this script again.
  Put what the script does under this line, indented by four spaces:
    if __name__ == "__main__":"""


class UnguardedScriptError(MienetError):
    """A script that calls the library at its top level, where processes have to be started."""


def require_main_guard() -> None:
    """Stops a call that would start processes afresh from an unguarded script.

    Raises:
        UnguardedScriptError: If the running line of the script is not under the guard.
    """
    frame = _script_frame(sys._getframe(1))
    if frame is None:
        return
    path, line = frame.f_globals.get("__file__"), frame.f_lineno
    if path is None or not _is_unguarded(Path(path), line):
        return
    raise UnguardedScriptError(f"{path}:{line}: {ADVICE}")


def require_main_guard_unless_forked() -> None:
    """Does the same for processes of the default kind, which are forked on some systems.

    Raises:
        UnguardedScriptError: As ``require_main_guard``.
    """
    # Asked so, the default is not yet settled, and the program may still choose another.
    method = multiprocessing.get_start_method(allow_none=True)
    if (method or multiprocessing.get_all_start_methods()[0]) != "fork":
        require_main_guard()


def _script_frame(frame: FrameType | None) -> FrameType | None:
    """Returns the frame of the script's own lines, if a call came from there."""
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_globals.get("__name__") in (
            "__main__",
            "__mp_main__",  # the script, run again by a process that it started
        ):
            return frame
        frame = frame.f_back
    return None


def _is_unguarded(path: Path, line: int) -> bool:
    """Returns whether a line of a script runs also where the script is only imported."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, ValueError, SyntaxError):  # no script of Python, so it is not imported
        return False
    for node in ast.walk(tree):
        if not isinstance(node, ast.If) or not _mentions_name(node.test):
            continue
        body_end = node.body[-1].end_lineno or 0
        leaves_early = any(isinstance(o, ast.NotEq) for o in ast.walk(node.test))
        if node.lineno <= line <= body_end or (leaves_early and node.lineno < line):
            return False
    return True


def _mentions_name(test: ast.expr) -> bool:
    return any(isinstance(n, ast.Name) and n.id == "__name__" for n in ast.walk(test))
