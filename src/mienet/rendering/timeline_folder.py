"""A folder of timelines: tables, pictures and labels, which goes on where it stopped after a kill.

What is found is kept in ``timelines.jsonl``, a line a recording; the tables are written from it.
Labels that a person has corrected are not replaced.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from typing import Any

from mienet.destinations import begins, require_own, require_writable
from mienet.errors import MienetError
from mienet.files import Journal, keep_folder, named_errors, write_whole
from mienet.labeling.timeline_formats import timeline_texts
from mienet.labeling.timelines import AnnotatedVideo
from mienet.rendering.overlay import is_overlay, write_overlay
from mienet.rendering.plots import PNG_START
from mienet.rendering.timeline_tables import (
    PROBABILITIES_START,
    annotated_video,
    events_csv,
    phases_csv,
    probabilities_csv,
    read_probabilities,
    subjects_csv,
    summary_csv,
)
from mienet.rendering.timelines import draw_timeline
from mienet.rendering.written_labels import LABELS_NAME, WrittenLabels
from mienet.timelines.result import Timeline
from mienet.video.address import located

JOURNAL_NAME = "timelines.jsonl"
TABLES = ("phases.csv", "events.csv", "summary.csv", "subjects.csv")

Signature = Sequence[Any]
"""What tells a recording from one that was changed: JSON values, the path first."""


class TimelineFolder:
    """Where timelines of some recordings are written.

    Args:
        out: The folder; it is made when there is something to write.
        paths: The recordings.
        settings: What all timelines in it have in common, such as the model: JSON values.
        overlay: Whether each recording is written as a video with its phases and events, too.
        probabilities: Whether each recording's probabilities at every frame are written, too.
        frame_pattern: Names of the images in folders of frames, for these videos.
        subjects: Who is in recordings, by path; None if nobody is known.
        programs: Keys of ``TIMELINE_FORMATS``; labels are written to a folder of that name each.

    Raises:
        MienetError: If the folder holds timelines with other settings, files of others or labels
            that were corrected which would be replaced, or is a file; if labels of two recordings
            would have one name.
        OSError: If it cannot be written.
    """

    def __init__(
        self,
        out: Path,
        paths: Sequence[str],
        settings: Mapping[str, Any],
        *,
        overlay: bool = False,
        probabilities: bool = False,
        frame_pattern: str | None = None,
        subjects: Mapping[str, str] | None = None,
        programs: Sequence[str] = (),
    ) -> None:
        require_writable(out, [])
        starts = {JOURNAL_NAME: r'\{"model": ', LABELS_NAME: r'\{"file": '}
        filled = [name for name in programs if any((out / name).glob("*"))]
        written = (*TABLES, JOURNAL_NAME, *([LABELS_NAME] if programs else []), *filled)
        require_own(out, written, [JOURNAL_NAME], by="mienet timeline", starts=starts)
        self.out = out
        self.paths = paths
        self._settings = dict(settings)
        self._overlay = overlay
        self._probabilities = probabilities
        self._frame_pattern = frame_pattern
        self._subjects = subjects or {}
        self._programs = programs
        self._journal = Journal(out / JOURNAL_NAME)
        entries = self._journal.read()
        for entry in entries:
            if {key: entry.get(key) for key in settings} != settings:
                raise MienetError(
                    f"{self._journal.path} holds timelines of another model or of other options; "
                    "give another --out, or delete it"
                )
        self._done = {tuple(entry["signature"]): entry["timeline"] for entry in entries}
        earlier = {entry["signature"][0]: entry["name"] for entry in entries}
        self._names = _names(paths, earlier)
        new = [
            file.name
            for path in dict.fromkeys(paths)
            if path not in earlier
            for kind, file in self._targets(path).items()
            # A command that was killed may have left its own before they were noted.
            if file.exists() and not _is_own(kind, file)
        ]
        require_own(out, new, [], by="mienet timeline")
        self._labels = WrittenLabels(out)
        self._labels.require_unchanged(self._label_texts([_without_marks(path) for path in paths]))

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Keeps the folder for this process while the block lasts; without timelines it is empty.

        Raises:
            MienetError: If another process has it.
            OSError: If it cannot be written.
        """
        was_there = self.out.is_dir()
        with named_errors(self.out):
            self.out.mkdir(parents=True, exist_ok=True)
        with self._journal.path.open("ab") as kept:
            keep_folder(self.out, kept)
            try:
                yield
            finally:
                if not os.fstat(kept.fileno()).st_size:
                    self._journal.path.unlink(missing_ok=True)
                    if not was_there:
                        with suppress(OSError):
                            self.out.rmdir()

    def known(self, signature: Signature) -> dict[str, Any] | None:
        """Returns what an earlier run found, if all that is wanted of it is there."""
        if all(file.exists() for file in self._targets(signature[0]).values()):
            return self._done.get(tuple(signature))
        return None

    def add(self, signature: Signature, timeline: Timeline) -> None:
        """Draws a timeline and notes it, while ``opened``; from now on its recording is done."""
        targets = self._targets(signature[0])
        draw_timeline(timeline, targets["picture"])
        if self._overlay:
            write_overlay(timeline, targets["overlay"], frame_pattern=self._frame_pattern)
        if self._probabilities:
            write_whole(targets["probabilities"], probabilities_csv(timeline))
        entry = {"signature": list(signature), "name": self._names[signature[0]]}
        self._journal.append(self._settings | entry | {"timeline": timeline.to_dict()})

    def write_tables(self) -> None:
        """Writes the tables of all timelines, and labels for other programs; none without any.

        Raises:
            MienetError: If a program's format lacks something, or labels of before were corrected.
        """
        by_path = kept_timelines(self.out)
        found = [
            by_path[path] | {"subject": self._subjects.get(path, "")}
            for path in self.paths
            if path in by_path
        ]
        if not found:
            return
        write_whole(self.out / "phases.csv", phases_csv(found))
        if any(timeline.get("event_names") for timeline in found):
            write_whole(self.out / "events.csv", events_csv(found))
        write_whole(self.out / "summary.csv", summary_csv(found))
        if self._subjects:
            write_whole(self.out / "subjects.csv", subjects_csv(found))
        self._labels.write(self._label_texts([annotated_video(line) for line in found]))

    def _label_texts(self, videos: Sequence[AnnotatedVideo]) -> dict[str, str]:
        """Returns labels for all programs, by the names of their files in the folder."""
        texts = {}
        for program in self._programs if videos else ():
            try:
                written = timeline_texts(videos, program)
            except ValueError as error:
                raise MienetError(f"{self.out / program}: {error}") from error
            texts.update({f"{program}/{file}": text for file, text in written.items()})
        return texts

    def _targets(self, path: str) -> dict[str, Path]:
        """Returns the files that are to be there of a recording, by what they are."""
        name = self._names[path]
        targets = {"picture": self.out / f"{name}.png"}
        if self._overlay:
            targets["overlay"] = self.out / f"{name}_phases.mp4"
        if self._probabilities:
            targets["probabilities"] = self.out / probabilities_name(name)
        return targets


def _without_marks(path: str) -> AnnotatedVideo:
    """Returns a recording of which no marks are known yet, for the names of its labels' files."""
    return AnnotatedVideo(path, path=path, fps=1.0, duration_seconds=1.0)


def _is_own(kind: str, file: Path) -> bool:
    """Returns whether a file of a recording is one that is written here, by what it says."""
    if kind == "overlay":
        return is_overlay(file)
    return begins(file, {"picture": PNG_START, "probabilities": PROBABILITIES_START}[kind])


def probabilities_name(name: str) -> str:
    """Returns the name of the table of probabilities of a recording whose files have a name."""
    return f"{name}_probabilities.csv"


def kept_timelines(folder: Path) -> dict[str, dict[str, Any]]:
    """Returns the timelines that are kept in a folder, by path, as ``Timeline.to_dict`` gives them.

    Of a recording that was changed and computed anew it is the last one.
    """
    kept = (entry["timeline"] for entry in Journal(folder / JOURNAL_NAME).entries())
    return {timeline["path"]: timeline for timeline in kept}


def kept_probabilities(folder: Path, path: str) -> Timeline:
    """Returns a recording's timeline with the probabilities that were written of it.

    Raises:
        FileNotFoundError: If there are none.
    """
    found = [e for e in Journal(folder / JOURNAL_NAME).peek() if e["timeline"]["path"] == path]
    table = folder / probabilities_name(found[-1]["name"]) if found else folder / path
    if not table.exists():
        raise FileNotFoundError(2, "no probabilities are kept of this recording", str(table))
    return read_probabilities(found[-1]["timeline"], table)


def _names(paths: Sequence[str], earlier: Mapping[str, str]) -> dict[str, str]:
    """Returns the name of every recording's files: its own, numbered from the second alike.

    Names of earlier runs stay, so that no recording's picture is replaced by another's.
    """
    names = dict(earlier)
    taken = set(names.values())
    for path in paths:
        if path not in names:
            stem = located(path).stem
            candidates = chain([stem], (f"{stem}_{number}" for number in count(2)))
            names[path] = next(name for name in candidates if name not in taken)
            taken.add(names[path])
    return names
