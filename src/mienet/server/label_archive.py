"""Files of labels as they come, one or a ZIP of several; read in a process with limits."""

import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from mienet.annotations.records import AnnotationError
from mienet.errors import MienetError, in_one_line
from mienet.labeling.spreadsheets import UNPACKING
from mienet.labeling.timeline_formats import find_timeline_format, read_timelines
from mienet.labeling.timelines import Timelines

ENCRYPTED = 1
"""The bit that a ZIP sets for a file with a password."""

MOST_FILES, MOST_UNPACKED_BYTES = 10_000, 256 << 20
"""Of a ZIP; a table of labels has some hundred bytes for a video."""


@dataclass(frozen=True)
class LabelFile:
    """A file of labels, alone in a folder, and the folder of the videos that it is about."""

    path: Path
    videos: Path


def read_label_file(file: LabelFile) -> Timelines | str:
    """Returns what a file of labels says, or why it cannot be read."""
    path = file.path
    try:
        if path.suffix.lower() == ".zip":
            path = _unpacked(path)
        elif find_timeline_format(path) is None:
            return (
                f"{path} is neither a video nor labels of videos; give labels of BORIS, ELAN or "
                "Label Studio, or a table with path, label, start_seconds and end_seconds"
            )
        return read_timelines(path, videos=file.videos, skip_broken=True)
    except AnnotationError as error:
        return "\n".join(error.first)  # there is no command to run again
    except (MienetError, OSError) as error:
        return str(error)
    except UNPACKING as error:
        return f"{path}: cannot be unpacked ({in_one_line(error)}); pack it again"


def _unpacked(path: Path) -> Path:
    """Returns the folder of a ZIP's files; what their paths are in it does not matter.

    Raises:
        MienetError: If it holds too much, or two files of a name.
    """
    folder = path.with_suffix("")
    folder.mkdir()
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) > MOST_FILES:
            raise MienetError(f"{path}: {len(members)} files; accepted are {MOST_FILES}")
        if any(member.flag_bits & ENCRYPTED for member in members):
            raise MienetError(f"{path}: is encrypted; pack it without a password")
        left = MOST_UNPACKED_BYTES
        for member in members:
            name = PurePosixPath(PureWindowsPath(member.filename).name).name
            with archive.open(member) as packed:
                content = packed.read(left + 1)  # what is there, whatever its header says
            left -= len(content)
            if left < 0:
                most = MOST_UNPACKED_BYTES >> 20
                raise MienetError(f"{path}: unpacks to more than {most} MB")
            if (folder / name).exists():
                raise MienetError(f"{path}: has two files {name!r}; give them in two ZIPs")
            (folder / name).write_bytes(content)
    return folder
