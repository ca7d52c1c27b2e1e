"""The videos of a folder: which there are, and which file a request means."""

import os
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from mienet.annotations.discovery import SERVER_FOLDER, find
from mienet.escaping import shown
from mienet.server.refusal import RefusedError
from mienet.server.settings import Limits
from mienet.video.endings import VIDEO, kind_of

MOST_SHOWN_CHARACTERS = 80
MOST_PART_BYTES = 200
"""Of a file's name: 255 are possible, and labels, frames and copies add to it."""
NOT_IN_NAMES = ("Cc", "Cs", "Zl", "Zp")
"""Categories of characters: control, lone surrogates, line and paragraph ends."""


@dataclass(frozen=True)
class Listed:
    """A video in the folder.

    Attributes:
        video: Its path below the folder, with ``/``; bytes that are no UTF-8 as escapes.
        size_bytes: Of the file; 0 of a folder of images.
        problem: Why it cannot be used; empty if it may be.
    """

    video: str
    size_bytes: int
    problem: str = ""


class Library:
    """The videos of a folder.

    Args:
        folder: Absolute, links followed.
        limits: How long a name may be.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder, self.limits = folder, limits

    def videos(self) -> list[Listed]:
        """Returns all videos, sorted, without opening one.

        A folder of images and a link out of the folder are listed with the reason why they are not
        used.

        Raises:
            OSError: If the folder cannot be read.
        """
        return [self._listed(path) for path in find(self.folder).videos]

    def find(self, video: str) -> Path:
        """Returns the file that a path below the folder means.

        Raises:
            RefusedError: If it is no regular video file in the folder, after links are followed.
        """
        if problem := self.problem_of_name(video):
            raise RefusedError(400, problem)
        path = self.folder / video
        if not path.is_file():
            what = "it is a folder" if path.is_dir() else "there is no such file"
            raise RefusedError(
                404, f"video: {brief(video)}: {what} in the folder of the videos; reload the list"
            )
        if not self._is_inside(path):
            raise RefusedError(
                403, f"video: {brief(video)} is a link out of the folder of the videos; copy it"
            )
        return path

    def problem_of_name(self, video: str) -> str:
        """Returns why a text cannot be a video's path below the folder; empty if it can.

        A path with ``..``, an absolute one, one of the server's own folder, and hidden files are
        none, whichever system's separators they have.
        """
        length = len(video.encode("utf-8", "surrogatepass"))
        if not video or length > self.limits.name_bytes:
            return (
                f"video: a path of {length} bytes; accepted are 1 to {self.limits.name_bytes} bytes"
            )
        if "\\" in video or any(unicodedata.category(c) in NOT_IN_NAMES for c in video):
            return f"video: {brief(video)} has a character that no path here may have"
        parts = video.split("/")
        if any(len(part.encode()) > MOST_PART_BYTES for part in parts):
            return f"video: {brief(video)} has a name of more than {MOST_PART_BYTES} bytes"
        hidden = any(part.startswith(".") or not part for part in parts)
        if hidden or os.path.isabs(video) or ":" in parts[0][:2]:  # noqa: PTH117
            return (
                f"video: {brief(video)} is no path below the folder of the videos, such as "
                "'jumps/ann.mp4'; hidden files are not served"
            )
        if parts[0] == SERVER_FOLDER:
            return f"video: {brief(video)} is in the server's own folder"
        if kind_of(parts[-1]) != VIDEO:
            return f"video: {brief(video)} is no video by its ending, such as .mp4 or .mov"
        return ""

    def _listed(self, path: Path) -> Listed:
        video = path.relative_to(self.folder).as_posix()
        try:
            status = path.stat()
        except OSError as error:
            return Listed(_as_text(video), 0, f"cannot be read: {error.strerror}")
        if stat.S_ISDIR(status.st_mode):
            problem = "a folder of images, which browsers cannot play; make a video of it"
            return Listed(_as_text(video), 0, problem)
        problem = self.problem_of_name(video)
        if not problem and not self._is_inside(path):
            problem = "a link out of the folder of the videos; copy the file"
        return Listed(_as_text(video), status.st_size, problem)

    def _is_inside(self, path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self.folder)


def _as_text(video: str) -> str:
    """Returns a path as JSON can have it."""
    return video.encode("utf-8", "backslashreplace").decode()


def brief(name: str) -> str:
    """Returns a name for a message, cut if it is long."""
    text = repr(shown(name))
    return text if len(text) <= MOST_SHOWN_CHARACTERS else f"{text[:MOST_SHOWN_CHARACTERS]}...'"
