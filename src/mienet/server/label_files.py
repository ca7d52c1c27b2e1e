"""Labels of videos, a table for each: read, saved whole, moved between unfinished and finished.

``sub/jump.mp4`` has its labels in ``labels/sub/jump.mp4.csv`` once they are finished and in
``drafts/sub/jump.mp4.csv`` before, so that no two videos share a file, and the folder ``labels`` is
a source for ``mienet prepare``. A request to save names the version that it was made from: who has
an older one is refused, and loses nothing.
"""

import hashlib
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from mienet.annotations.records import AnnotationError
from mienet.files import make_folder, sync_folder, write_whole
from mienet.labeling.timeline_formats import read_timelines
from mienet.labeling.timeline_tables import write_timeline_table
from mienet.labeling.timelines import AnnotatedVideo
from mienet.server.places import Places
from mienet.server.refusal import RefusedError

NEW, DRAFT, FINISHED = "new", "draft", "finished"

COARSE_SECONDS = 2.0
"""Within which two changes of a file may have one time, as clocks of disks are coarse."""


@dataclass(frozen=True)
class Labels:
    """A video's labels as they are on the disk.

    Attributes:
        state: "new" where there are none, "draft" or "finished".
        version: The start of the file's SHA-256; empty where there are none.
        content: What is labeled; None where there are none, or they cannot be read.
        problem: Why they cannot be read; empty if they can.
    """

    state: str = NEW
    version: str = ""
    content: AnnotatedVideo | None = None
    problem: str = ""


class OutdatedError(Exception):
    """Labels were to be saved that were made from another version than the current one.

    Attributes:
        current: The labels on the disk.
    """

    def __init__(self, current: Labels) -> None:
        super().__init__("the labels have changed meanwhile")
        self.current = current


class LabelFiles:
    """The labels of the videos of one folder.

    Args:
        places: Where they are.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self._lock = threading.RLock()
        self._known: dict[Path, tuple[tuple[int, int], Labels]] = {}

    def read(self, video: str) -> Labels:
        """Returns the labels of a video; a file that has not changed is not read again.

        Labels that are both in ``drafts`` and in ``labels`` are a problem: which of them count, a
        person has to say; so is a file that cannot be opened.
        """
        draft, finished = self._file(video, DRAFT), self._file(video, FINISHED)
        with self._lock:  # a file that is moved meanwhile would be seen in neither place
            found = self._read_one(video, finished, FINISHED)
            begun = self._read_one(video, draft, DRAFT)
        if found.state == FINISHED and begun.state == DRAFT:
            problem = f"{video} has finished labels and others begun; delete {finished} or {draft}"
            return Labels(FINISHED, found.version, None, problem)
        return begun if found.state == NEW else found

    def save(self, content: AnnotatedVideo, version: str, *, is_finished: bool) -> Labels:
        """Saves the labels of a video, and returns them; the disk has them then.

        A power cut after that loses nothing.

        Args:
            content: With the video's path below the folder as its name.
            version: The version that they were made from; empty if there was none.
            is_finished: Whether they are whole.

        Raises:
            OutdatedError: If another version is on the disk.
            RefusedError: If that cannot be read; what is in it would be lost.
            OSError: If they cannot be written; the former ones are still there then.
        """
        video = content.name
        (text,) = write_timeline_table([content]).values()
        wanted = FINISHED if is_finished else DRAFT
        with self._lock:
            current = self.read(video)
            if current.version != version:
                raise OutdatedError(current)
            if current.problem:
                raise RefusedError(
                    409, f"not saved, as it would replace what cannot be read: {current.problem}"
                )
            # Written where the former ones are, and moved: at every moment there is one file.
            state = wanted if current.state == NEW else current.state
            file, target = self._file(video, state), self._file(video, wanted)
            make_folder(target.parent)
            make_folder(file.parent)
            write_whole(file, text, durable=True)
            _move(file, target)
            return self._read_one(video, target, wanted)

    def replace(self, content: AnnotatedVideo, version: str) -> None:
        """Saves finished labels in place of any others, of which ``removed`` gets a copy.

        Also of those that cannot be read. At every moment there are the old ones or the new ones.

        Args:
            content: With the video's path below the folder as its name.
            version: The version of those that are there; empty if there are none.

        Raises:
            OutdatedError: If another version is on the disk.
            OSError: If they cannot be written; the former ones are still there then.
        """
        video = content.name
        (text,) = write_timeline_table([content]).values()
        draft, finished = self._file(video, DRAFT), self._file(video, FINISHED)
        with self._lock:
            current = self.read(video)
            if current.version != version:
                raise OutdatedError(current)
            there = [file for file in (draft, finished) if file.is_file()]
            make_folder(finished.parent)
            copies: list[Path] = []
            try:
                for file in there:
                    copies.append(self._to_remove(video))
                    write_whole(copies[-1], file.read_bytes(), durable=True)
                last = there[-1] if there else finished
                write_whole(last, text, durable=True)
                _move(last, finished)
            except BaseException:
                for copy in copies:
                    copy.unlink(missing_ok=True)
                raise
            draft.unlink(missing_ok=True)

    def rename(self, videos: Iterable[str], kind: str, label: str, to: str) -> list[str]:
        """Gives a label another name in the labels of videos, and returns the videos that had it.

        Args:
            videos: Paths below the folder.
            kind: "phase" or "event".
            label: The name until now.
            to: The name from now on, which may be in use already.

        Raises:
            RefusedError: If labels of some cannot be read; nothing is changed then.
            OSError: If they cannot be written.
        """
        with self._lock:
            found = {video: self.read(video) for video in videos}
            if problems := [labels.problem for labels in found.values() if labels.problem]:
                raise RefusedError(409, "\n  ".join(["nothing was renamed:", *problems]))
            renamed = []
            for video, labels in found.items():
                if labels.content is None:
                    continue
                changed = _renamed(labels.content, kind, label, to)
                if changed != labels.content:
                    self.save(changed, labels.version, is_finished=labels.state == FINISHED)
                    renamed.append(video)
            return renamed

    def videos(self) -> list[str]:
        """Returns the paths below the folder that there are labels of, whatever is there now."""
        folders = self.places.labels, self.places.drafts
        found = (file.relative_to(folder) for folder in folders for file in folder.rglob("*.csv"))
        return sorted({file.as_posix().removesuffix(".csv") for file in found})

    def follow(self, video: str, to: str) -> None:
        """Gives a video's labels to another one without labels, as which it is there now.

        Raises:
            RefusedError: If there are none that can be read, or the other one has labels.
            OSError: If they cannot be written; the former ones are still there then.
        """
        with self._lock:
            labels = self.read(video)
            if labels.content is None or labels.problem:
                raise RefusedError(409, labels.problem or f"there are no labels of {video}")
            if self.read(to).state != NEW:
                raise RefusedError(409, f"{to} has labels of its own; {video}'s are kept")
            moved = replace(labels.content, name=to)
            self.save(moved, "", is_finished=labels.state == FINISHED)
            file = self._file(video, labels.state)
            file.unlink()
            sync_folder(file.parent)

    def remove(self, video: str, version: str) -> None:
        """Moves the labels of a video to ``removed``, where nothing reads them.

        Raises:
            OutdatedError: If another version is on the disk.
            OSError: If they cannot be moved.
        """
        with self._lock:
            current = self.read(video)
            if current.version != version:
                raise OutdatedError(current)
            if current.state == NEW:
                return
            _move(self._file(video, current.state), self._to_remove(video))

    def labels_in_use(self, videos: Iterable[str]) -> tuple[list[str], list[str]]:
        """Returns what phases and what events are called in the labels of videos, the first first.

        So a label that is new changes neither the numbers nor the colors of those before it.
        """
        contents = [self.read(video).content for video in videos]
        read = [content for content in contents if content is not None]
        phases = dict.fromkeys(mark.label for content in read for mark in content.intervals)
        events = dict.fromkeys(mark.label for content in read for mark in content.events)
        return list(phases), list(events)

    def _to_remove(self, video: str) -> Path:
        """Returns a new name for labels of a video that are given up, and makes its folder."""
        moment = datetime.now(UTC).strftime("%Y-%m-%d_%H-%M-%S_%f")
        target = self.places.removed / f"{video}.{moment}.csv"
        make_folder(target.parent)
        return target

    def _file(self, video: str, state: str) -> Path:
        folder = self.places.labels if state == FINISHED else self.places.drafts
        return folder / f"{video}.csv"

    def _read_one(self, video: str, file: Path, state: str) -> Labels:
        try:
            status = file.stat()
        except OSError as error:
            is_none = isinstance(error, FileNotFoundError) and not file.is_symlink()
            return Labels() if is_none else Labels(state, "", None, _unreadable(file, error))
        signature = status.st_mtime_ns, status.st_size
        known = self._known.get(file)
        if known is not None and known[0] == signature:
            return known[1]
        found = _read(video, file, state)
        # What has just changed may change again and keep its time and size: it is not kept.
        if time.time() - status.st_mtime >= COARSE_SECONDS:
            self._known[file] = signature, found
        return found


def _move(file: Path, target: Path) -> None:
    """Moves a file, and waits until the disk has it there."""
    if file != target:
        file.replace(target)
        for folder in {target.parent, file.parent}:
            sync_folder(folder)


def _read(video: str, file: Path, state: str) -> Labels:
    try:
        version = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
        found = read_timelines(file).videos
    except OSError as error:
        return Labels(state, "", None, _unreadable(file, error))
    except AnnotationError as error:
        return Labels(state, version, None, "\n".join(error.first))
    others = [one.name for one in found if one.name != video]
    if others or len(found) != 1:
        names = ", ".join(map(repr, others or [video]))
        problem = f"{file}: labels of {names}, where those of {video!r} alone belong"
        return Labels(state, version, None, problem)
    return Labels(state, version, found[0])


def _renamed(content: AnnotatedVideo, kind: str, label: str, to: str) -> AnnotatedVideo:
    if kind == "phase":
        phases = content.intervals
        return replace(
            content,
            intervals=tuple(replace(m, label=to) if m.label == label else m for m in phases),
        )
    events = tuple(replace(m, label=to) if m.label == label else m for m in content.events)
    return replace(content, events=events)


def _unreadable(file: Path, error: OSError) -> str:
    said = (error.strerror or str(error)).lower()
    return f"{file}: cannot be read ({said}); make it readable, or move it away"
