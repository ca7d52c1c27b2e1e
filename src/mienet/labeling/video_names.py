r"""Which file a program's annotations mean by a video's name.

Annotations are written on other computers: ``C:\lab\jump 1.avi``, ``file:///data/jump%201.mp4``,
``/data/upload/1/3f2a1b4c-jump_1.mp4``, or ``jump_1`` alone. What all have in common is the name at
the end, perhaps without its ending.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from mienet.annotations.discovery import find_videos
from mienet.annotations.spelling import fold
from mienet.video.endings import VIDEO_SUFFIXES

_UPLOAD = re.compile(r"[0-9a-f]{8}-(?=.)")
"""What Label Studio writes before the names of uploaded files."""
ACTIVITYNET = "v_"
"""What ActivityNet writes before the names of videos in some lists, and not in others."""
MOST_NAMED = 3


def parts_of(name: str) -> tuple[str, ...]:
    r"""Returns the folders and the file of a video's name, whichever system or URL wrote it.

    >>> parts_of(r"C:\lab\jump 1.avi")
    ('C:', 'lab', 'jump 1.avi')
    >>> parts_of("https://lab.org/data/jump%201.mp4?sign=abc")
    ('data', 'jump 1.mp4')
    """
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+://", name):
        url = urlsplit(name)
        # A name with its ending is whole; before that, # belongs to it, as stores write it.
        is_whole = not url.fragment or stem(url.path) != url.path
        name = unquote(url.path if is_whole else f"{url.path}#{url.fragment}")
        query = url.query
    else:
        query = name.partition("?")[2] if "/local-files/" in name else ""
    if local := parse_qs(query).get("d"):  # Label Studio's /data/local-files/?d=folder/a.mp4
        name = local[0]
    return tuple(part for part in re.split(r"[\\/]+", name) if part not in ("", "."))


def base_name(name: str) -> str:
    """Returns the last part of a video's name."""
    parts = parts_of(name)
    return parts[-1] if parts else ""


def stem(name: str) -> str:
    """Returns a file's name without a video's ending, if it has one."""
    head, dot, ending = name.rpartition(".")
    return head if dot and head and f".{ending.lower()}" in VIDEO_SUFFIXES else name


def spellings(name: str) -> Iterator[str]:
    """Yields the names that a file may have, the likeliest first, with and without endings."""
    base = base_name(name)
    for written in dict.fromkeys((base, unquote(base))):
        yield written
        if prefix := _UPLOAD.match(written):
            yield written[prefix.end() :]
        yield written.removeprefix(ACTIVITYNET)


class UnknownVideoError(ValueError):
    """A name that none of the videos has."""


class VideoNames:
    """The videos that names may mean: all in a folder, or those given.

    Args:
        videos: The folder, or the videos.
        takes_whole_paths: Whether a name that is a whole path of a file here means that file,
            wherever it is.
    """

    def __init__(self, videos: Path | Iterable[Path], *, takes_whole_paths: bool = False) -> None:
        self.takes_whole_paths = takes_whole_paths
        self.where = str(videos) if isinstance(videos, Path) else "the videos given"
        self.videos = find_videos(videos) if isinstance(videos, Path) else list(videos)
        self._by_path = (
            {video.relative_to(videos).as_posix(): video for video in self.videos}
            if isinstance(videos, Path)
            else {}
        )
        self._by_name: dict[str, list[Path]] = {}
        for video in self.videos:
            names = {video.name, stem(video.name)}
            names |= {name.removeprefix(ACTIVITYNET) for name in names}
            for key in names | set(map(fold, names)):
                self._by_name.setdefault(key, []).append(video)

    def find(self, name: str) -> Path:
        """Returns the one video that ``name`` means.

        A path below the folder of the videos counts first, then the whole name of a file, then its
        name without the ending; of several files of one name the one whose folders are those of
        ``name``.

        Raises:
            UnknownVideoError: If there is none.
            ValueError: If the name is empty, or if there are several.
        """
        if not name:
            raise ValueError("names no video")
        if self.takes_whole_paths and Path(name).is_absolute() and Path(name).exists():
            return Path(name)
        if name in self._by_path:
            return self._by_path[name]
        tries = list(spellings(name))
        tries += [stem(one) for one in tries]
        for one in dict.fromkeys((*tries, *map(fold, tries))):
            if found := self._by_name.get(one):
                return self._only(name, found)
        raise UnknownVideoError(
            f"unknown video {name!r}: none of the {len(self.videos)} videos in {self.where} is "
            f"called {base_name(name)!r}, with any ending; rename it, or give the videos' folder"
        )

    def _only(self, name: str, found: list[Path]) -> Path:
        if len(found) > 1:
            parts = parts_of(name)[:-1]
            common = [_common_end(parts, video.parent.parts) for video in found]
            found = [
                video for video, count in zip(found, common, strict=True) if count == max(common)
            ]
        if len(found) > 1:
            shown = ", ".join(map(str, found[:MOST_NAMED]))
            raise ValueError(f"{name!r} may mean several videos: {shown}; give them other names")
        return found[0]


def pair_names(first: Sequence[str], second: Sequence[str]) -> list[tuple[str, str]]:
    """Returns which names of two lists mean the same video, in the order of the first list.

    Equal names do; the others are matched as ``VideoNames`` matches them, either way round.

    Args:
        first: Names as somebody wrote them, each once.
        second: The same of somebody else.

    Raises:
        ValueError: With all names that may mean several videos of the other list.
    """
    equal = set(first) & set(second)
    mine, theirs = ([n for n in names if n not in equal] for names in (first, second))
    problems: list[str] = []
    links = set(_links(mine, theirs, problems))
    links |= {(name, other) for other, name in _links(theirs, mine, problems)}
    partners: dict[str, set[str]] = {}
    for name, other in links:
        partners.setdefault(name, set()).add(other)
        partners.setdefault(other, set()).add(name)
    problems += [
        f"{name!r} may mean several videos: {', '.join(sorted(others))}; give them other names"
        for name, others in sorted(partners.items())
        if len(others) > 1 and not any(repr(name) in problem for problem in problems)
    ]
    if problems:
        raise ValueError("\n  ".join(problems))
    other_of = dict(links) | {name: name for name in equal}
    return [(name, other_of[name]) for name in first if name in other_of]


def _links(
    names: Sequence[str], others: Sequence[str], problems: list[str]
) -> Iterator[tuple[str, str]]:
    """Yields each name with the one of the others that it means, and adds what is not clear."""
    by_path: dict[Path, str] = {}
    for other in others:
        path = Path(*parts_of(other))
        if path in by_path:
            problems.append(f"{by_path[path]!r} and {other!r} mean the same video; keep one name")
        by_path[path] = other
    known = VideoNames(by_path)
    for name in names:
        try:
            yield name, by_path[known.find(name)]
        except UnknownVideoError:
            continue
        except ValueError as error:
            problems.append(str(error))


def _common_end(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Returns how many parts two paths have in common, from their ends."""
    count = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        count += 1
    return count
