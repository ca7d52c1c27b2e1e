"""The folder of a demo: one of an earlier demo is replaced, any other is left alone."""

import shutil
from pathlib import Path

from mienet.errors import MienetError

VIDEOS = "videos"
"""Folder in it of the synthetic videos, which have a note on what they are."""
NOTE = "README.txt"
NOTE_START = "These videos are synthetic: a program (mienet."
"""How the notes begin that ``mienet.synthetic`` writes, before the first video."""


def clear_demo_folder(out: Path) -> Path:
    """Empties a demo's folder and returns the one for its videos.

    Raises:
        MienetError: If the folder holds something that no demo made.
    """
    if out.exists() and any(out.iterdir()):
        if not _is_demo(out):
            raise MienetError(f"{out} contains other files; choose another folder with --out")
        shutil.rmtree(out)
    return out / VIDEOS


def _is_demo(folder: Path) -> bool:
    """Returns whether a demo made a folder; others may have notes on their videos, too."""
    note = folder / VIDEOS / NOTE
    return note.is_file() and note.read_bytes().startswith(NOTE_START.encode())
