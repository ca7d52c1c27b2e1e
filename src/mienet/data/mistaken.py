"""What was given in place of a model: arguments are easily swapped."""

from itertools import chain, islice
from pathlib import Path

from mienet.data.manifest import is_prepared
from mienet.data.resolve import LIST_SUFFIXES
from mienet.video.endings import IMAGE, VIDEO, kind_of

MOST_ENTRIES = 10_000


def data_kind(path: Path) -> str | None:
    """Returns what data a path holds, such as ``a video``, judged by names; None if it is none."""
    if not path.is_dir():
        return _file_kind(path)
    if is_prepared(path):
        return "a prepared dataset"
    names = (p.name for p in islice(chain(path.glob("*"), path.glob("*/*")), MOST_ENTRIES))
    kinds = {kind_of(name) for name in names if kind_of(name) != IMAGE or _is_numbered(name)}
    if VIDEO in kinds:
        return "a folder of videos"
    return "a folder of frames" if IMAGE in kinds else None


def _file_kind(path: Path) -> str | None:
    if kind_of(path.name) == VIDEO:
        return "a video"
    return "a list of videos" if path.suffix.lower() in LIST_SUFFIXES else None


def _is_numbered(name: str) -> bool:
    return Path(name).stem[-1:].isdigit()
