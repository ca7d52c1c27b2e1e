"""What is in folders: videos, folders of frames, and all else, each with the reason it is ignored.

Every entry of a folder ends in one of two lists, so that nothing is silently missing:

    my_videos/a.mp4                      a video, by its ending
    my_videos/b/img_00001.jpg, ...       b is a video: numbered images, and no videos beside them
    my_videos/IMG_0001.JPG               ignored: an image beside videos
    my_videos/._a.mp4                    ignored: a system file
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mienet.escaping import shown
from mienet.video.endings import IMAGE, VIDEO, kind_of, system_reason

MOST_EXAMPLES = 5
SERVER_FOLDER, SERVER_MARK = "mienet", "about_this_folder.txt"
"""What ``mienet serve`` keeps beside videos, and the file there that tells so."""


@dataclass(frozen=True, order=True)
class Ignored:
    """A file or folder that is no video here, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Found:
    """The videos at a path, sorted, and everything else that lies there."""

    videos: list[Path]
    ignored: list[Ignored]


@dataclass
class _Folder:
    """One folder on the way: what lies directly in it, and the place of its parent in the walk."""

    path: str
    parent: int
    videos: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    has_videos: bool = False
    """Whether a video file lies in it or below it."""
    has_images_below: bool = False


def find(path: Path) -> Found:
    """Returns the videos at ``path``: itself, or all in the folder and its sub-folders.

    A folder with numbered images and without videos, in it or below it, is one video, and is not
    searched for others. A link to a folder is followed once, unless it leads back. A folder that
    cannot be read is ignored, with the reason.

    Raises:
        OSError: If ``path`` itself is a folder that cannot be read.
    """
    if not path.is_dir():
        is_video = kind_of(path.name) == VIDEO and path.exists()
        return Found([path] if is_video else [], [])
    folders, ignored = _walk(path)
    for folder in reversed(folders):
        folder.has_videos = folder.has_videos or bool(folder.videos)
        if folder.parent >= 0:
            parent = folders[folder.parent]
            parent.has_videos |= folder.has_videos
            parent.has_images_below |= folder.has_images_below or bool(folder.images)
    videos: list[Path] = []
    frames: set[int] = set()  # folders of frames, and what is in them
    for place, folder in enumerate(folders):
        if folder.parent in frames:
            frames.add(place)
            ignored.append(Ignored(folder.path, "a folder inside a folder of frames"))
        elif not folder.has_videos and _is_series(folder):
            frames.add(place)
            videos.append(Path(folder.path))
        else:
            videos += map(Path, folder.videos)
            ignored += [Ignored(image, _image_reason(image, folder)) for image in folder.images]
    return Found(sorted(videos), sorted(ignored))


def find_videos(path: Path) -> list[Path]:
    """Returns the videos at ``path`` alone; see ``find``."""
    return find(path).videos


def is_frame_folder(path: Path) -> bool:
    """Returns whether a folder is one video: numbered images, and no videos in it or below it."""
    return path.is_dir() and find(path).videos == [path]


def subfolders(path: Path) -> tuple[list[Path], list[Ignored]]:
    """Returns the folders in a folder, sorted, without those of the system; and what else is there.

    Images count as ignored like any other file.

    Raises:
        OSError: If it cannot be read.
    """
    folders, ignored = [], []
    real = Path(os.path.realpath(path))
    for entry in _entries(str(path)):
        if reason := system_reason(entry.name) or _server_reason(entry):
            ignored.append(Ignored(entry.path, reason))
        elif entry.is_symlink() and Path(os.path.realpath(entry.path)) in (real, *real.parents):
            ignored.append(Ignored(entry.path, "a link back to a folder that holds it"))
        elif _is_folder(entry):
            folders.append(path / entry.name)
        else:
            kind = kind_of(entry.name)
            reason = "a video outside of the class folders" if kind == VIDEO else kind
            ignored.append(Ignored(entry.path, "an image" if kind == IMAGE else reason))
    return folders, ignored


def _walk(root: Path) -> tuple[list[_Folder], list[Ignored]]:
    """Returns all folders from ``root`` down, parents first, and what is neither video nor image.

    Links wait until all else is seen, so that a folder is found under its own name.
    """
    folders: list[_Folder] = []
    ignored: list[Ignored] = []
    own = os.path.realpath(root)
    above = {str(parent) for parent in Path(own).parents}
    seen: dict[str, str] = {}
    waiting: list[tuple[str, int, bool]] = [(str(root), -1, False)]
    links: list[tuple[str, int, bool]] = []
    while waiting or links:
        path, parent, is_link = waiting.pop() if waiting else links.pop(0)
        real = os.path.realpath(path)
        if is_link and (real in above or real in seen):
            ignored.append(Ignored(path, f"a link to {seen.get(real, real)}, which holds it or is "
                                   "searched already"))  # fmt: skip
            continue
        seen[real] = path
        folder, place = _Folder(path, parent), len(folders)
        try:
            entries = _entries(path)
        except OSError as error:
            if parent < 0:
                raise
            ignored.append(Ignored(path, f"cannot be read: {error.strerror}"))
            continue
        folders.append(folder)
        for entry in reversed(entries):
            if reason := system_reason(entry.name) or _server_reason(entry):
                ignored.append(Ignored(entry.path, reason))
            elif _is_folder(entry):
                line = links if entry.is_symlink() else waiting
                line.append((entry.path, place, entry.is_symlink()))
            elif reason := _sort_file(entry, folder):
                ignored.append(Ignored(entry.path, reason))
    return folders, ignored


def _server_reason(entry: "os.DirEntry[str]") -> str:
    """Returns why a folder's copies of videos are not searched; empty if it is another folder."""
    is_mine = entry.name == SERVER_FOLDER and os.path.exists(f"{entry.path}/{SERVER_MARK}")  # noqa: PTH110
    return "what mienet serve keeps" if is_mine else ""


def _entries(path: str) -> list["os.DirEntry[str]"]:
    with os.scandir(path) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, for one
        return False


def _sort_file(entry: "os.DirEntry[str]", folder: _Folder) -> str:
    """Adds a file to the folder's videos or images, or returns why it is neither."""
    try:
        is_file = entry.is_file()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not is_file:
        return "a link to nothing" if entry.is_symlink() else "no regular file"
    kind = kind_of(entry.name)
    if kind == VIDEO:
        folder.videos.append(entry.path)
    elif kind == IMAGE:
        folder.images.append(entry.path)
    else:
        return kind
    return ""


def _is_series(folder: _Folder) -> bool:
    """Returns whether the images are numbered; a single one does not outweigh images below."""
    names = (os.path.basename(image) for image in folder.images)  # noqa: PTH119
    numbered = sum(re.fullmatch(r".*?\d+\.[^.]+", name) is not None for name in names)
    return numbered > (1 if folder.has_images_below else 0)


def _image_reason(path: str, folder: _Folder) -> str:
    if path.lower().endswith(".webp") and _is_animated_webp(path):
        return "an animated WebP, which cannot be decoded; convert it to mp4"
    if folder.has_videos:
        return "an image beside videos"
    return "an image that is in no numbered series, such as img_00001.jpg"


def _is_animated_webp(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            head = file.read(21)
    except OSError:
        return False
    return head[8:16] == b"WEBPVP8X" and len(head) == 21 and bool(head[20] & 2)


def ignored_lines(ignored: Iterable[Ignored]) -> list[str]:
    """Returns a line for every reason, with the number and some names, for the screen."""
    return [
        f"ignored {len(paths)} ({reason}): {_examples(paths)}"
        for reason, paths in by_reason(ignored).items()
    ]


def by_reason(ignored: Iterable[Ignored]) -> dict[str, list[str]]:
    """Returns the paths by reason, the most frequent first."""
    found: dict[str, list[str]] = {}
    for entry in ignored:
        found.setdefault(entry.reason, []).append(entry.path)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def _examples(paths: list[str]) -> str:
    more = f" and {len(paths) - MOST_EXAMPLES} more" if len(paths) > MOST_EXAMPLES else ""
    return ", ".join(shown(path) for path in paths[:MOST_EXAMPLES]) + more


class PresentFiles:
    """Which files are there, by listing each folder once, as long lists name few folders."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}

    def __contains__(self, path: str) -> bool:
        folder, _, name = path.rpartition(os.sep)
        # Again if it is not listed, as some disks do not tell capitals from small letters.
        return name in self.names(folder) or os.path.exists(path)  # noqa: PTH110

    def names(self, folder: str) -> set[str]:
        """Returns the names in a folder; none if it is not there."""
        if folder not in self._names:
            try:
                self._names[folder] = set(os.listdir(folder or "."))  # noqa: PTH208
            except OSError:
                self._names[folder] = set()
        return self._names[folder]
