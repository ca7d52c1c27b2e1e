"""What is in folders: videos, folders of frames, and whether a file is there."""

import os
from pathlib import Path

from mienet.data.video import VIDEO_SUFFIXES, has_frames


def is_video(path: Path) -> bool:
    """Returns whether a path looks like a video: by its ending, or a folder of images."""
    if path.is_dir():
        return has_frames(path)
    return path.suffix.lower() in VIDEO_SUFFIXES


def find_videos(path: Path) -> list[Path]:
    """Returns the videos at ``path``, sorted: itself, or all in the folder and its sub-folders.

    A folder of images is one video, and is not searched for others.
    """
    if is_video(path):
        return [path]
    if not path.is_dir():
        return []
    inside = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    return [video for entry in inside for video in find_videos(entry)]


class PresentFiles:
    """Which files are there, by listing each folder once, as long lists name few folders."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}

    def __contains__(self, path: str) -> bool:
        folder, _, name = path.rpartition(os.sep)
        names = self._names.get(folder)
        if names is None:
            names = set(os.listdir(folder)) if os.path.isdir(folder) else set()  # noqa: PTH112, PTH208
            self._names[folder] = names
        # Again if it is not listed, as some disks do not tell capitals from small letters.
        return name in names or os.path.exists(path)  # noqa: PTH110
