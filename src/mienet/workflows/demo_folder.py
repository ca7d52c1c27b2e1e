"""The folder of a demo: one of an earlier demo is replaced, any other is left alone."""

import shutil
from pathlib import Path

from mienet.errors import MienetError

VIDEOS = "videos"
"""Folder in it of the synthetic videos, which have a note on what they are."""


def clear_demo_folder(out: Path) -> Path:
    """Empties a demo's folder and returns the one for its videos.

    Raises:
        MienetError: If the folder holds something that no demo made.
    """
    if out.exists() and any(out.iterdir()):
        if not (out / VIDEOS / "README.txt").exists():
            raise MienetError(f"{out} contains other files; choose another folder with --out")
        shutil.rmtree(out)
    return out / VIDEOS
