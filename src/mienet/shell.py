"""Commands to print: started as the user started this one, and quoted for the user's shell."""

import os
import shlex
import shutil
import sys
from pathlib import Path


def command(*words: object) -> str:
    """Returns a ``mienet`` command that can be typed, such as ``mienet evaluate 'runs/my run'``."""
    return quoted([program(), *map(str, words)])


def program() -> str:
    """Returns ``mienet``, or its path where that is how it was started."""
    own = Path(sys.argv[0])
    if own.stem != "mienet":
        return "mienet"
    found = shutil.which("mienet")
    return "mienet" if found and own.exists() and Path(found).samefile(own) else str(own.absolute())


def quoted(words: list[str]) -> str:
    """Returns words as one line of the user's shell."""
    if os.name == "nt":
        from subprocess import list2cmdline

        return list2cmdline(words)
    return shlex.join(words)
