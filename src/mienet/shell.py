"""Commands as they can be typed: with this program's own name, and quoted for the shell."""

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

NAME = "mienet"


def command(*words: object) -> str:
    """Returns a command of this program to print, such as ``.venv/bin/mienet predict 'a b' VIDEO``.

    It begins as this program was called, so that it works where the last one did.
    """
    return quoted([program(), *map(str, words)])


def command_anywhere(*words: object) -> str:
    """Returns a command as ``command`` does, for any folder; paths in it have to be whole."""
    return quoted([program(anywhere=True), *map(str, words)])


def program(*, anywhere: bool = False) -> str:
    """Returns ``mienet``, or its path where that is how it was called; whole, for any folder."""
    own = Path(sys.argv[0])
    if not was_called():
        return NAME
    found = shutil.which(NAME)
    if found and own.exists() and Path(found).samefile(own):
        return NAME
    return str(own.absolute()) if anywhere else str(own)


def was_called() -> bool:
    """Returns whether this process is the command, rather than a script that uses the package."""
    return Path(sys.argv[0]).stem == NAME


def quoted(words: Sequence[str]) -> str:
    """Returns words as one line for this system's shell."""
    if os.name == "nt":
        from subprocess import list2cmdline

        return list2cmdline(words)
    return shlex.join(words)
