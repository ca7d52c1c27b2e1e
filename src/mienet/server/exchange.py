"""Labels from other programs' files, and for them."""

import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from mienet.curation.pool import KeptProcess, LostError
from mienet.files import named_errors
from mienet.labeling.timeline_formats import write_timelines
from mienet.labeling.timelines import AnnotatedVideo, Mark, Timelines, in_order
from mienet.server.disk import disk_problem
from mienet.server.label_archive import LabelFile, read_label_file
from mienet.server.label_files import FINISHED, NEW, LabelFiles, OutdatedError
from mienet.server.library import Library, brief
from mienet.server.marks import as_values, problems_of
from mienet.server.probing import Prober
from mienet.server.refusal import RefusedError

MOST_NAME_BYTES = 200
OWN_TABLES = ("csv", "json")
"""Formats that name videos by their paths below the folder; programs are told whole paths."""


@dataclass
class Imported:
    """What became of a file of labels.

    Attributes:
        read: Videos that have these labels now.
        same: Videos whose finished labels were these already.
        kept: Videos that had other labels before, which were kept.
        problems: What could not be used, and why.
        notes: What a person should know about how it was read.
    """

    read: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Exchange:
    """Labels in and out.

    Args:
        library: The videos.
        prober: What is known of them.
        labels: Where labels are.
        process: Reads files that somebody has given, with limits.
        folder: For files on the way.
    """

    def __init__(
        self,
        library: Library,
        prober: Prober,
        labels: LabelFiles,
        process: KeptProcess,
        folder: Path,
    ) -> None:
        self.library, self.prober, self.labels = library, prober, labels
        self.process, self.folder = process, folder

    def take(self, name: str, content: bytes, *, replaces: bool) -> Imported:
        """Saves the labels of a file of any format as finished labels.

        Args:
            name: The file's name, by which some formats are known.
            content: The file.
            replaces: Whether labels that a video has are replaced; they are moved to ``removed``.

        Raises:
            RefusedError: If nothing of it can be used.
        """
        found = self._read(name, content)
        done = Imported(problems=list(found.problems), notes=[*map(self._named, found.notes)])
        by_video: dict[str, list[AnnotatedVideo]] = {}
        for one in found.videos:
            video = Path(one.path).relative_to(self.library.folder).as_posix()
            by_video.setdefault(video, []).append(one)
        for video, several in by_video.items():
            if len(several) > 1:
                names = ", ".join(repr(one.observation or one.name) for one in several)
                what = f"{len(several)} sets of labels ({names}); export one of them"
                done.problems.append(f"{video}: {what}")
                continue
            try:
                self._take_one(video, several[0], done, replaces=replaces)
            except OSError as error:
                done.problems.append(f"{video}: not imported: {disk_problem(error)}")
        done.problems = [*map(self._named, done.problems)]
        return done

    def give(self, videos: Iterable[str], format_name: str) -> tuple[str, bytes]:
        """Returns the finished labels of videos for a program: a file's name, and the file.

        Several files are in a ZIP.

        Raises:
            RefusedError: If no labels are finished.
            MienetError: If some cannot be read or written.
        """
        finished = [content for video in videos if (content := self._finished(video, format_name))]
        if not finished:
            raise RefusedError(404, "no labels are finished; finish those of a video first")
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            try:
                files = write_timelines(finished, Path(place), format_name)
            except ValueError as error:
                raise RefusedError(400, f"format {format_name!r}: {error}") from error
            if len(files) == 1:
                return files[0].name, files[0].read_bytes()
            return f"{format_name}.zip", _zipped(Path(place), files)

    def _finished(self, video: str, format_name: str) -> AnnotatedVideo | None:
        labels = self.labels.read(video)
        if labels.problem:
            raise RefusedError(409, labels.problem)
        if labels.state != "finished" or labels.content is None:
            return None
        facts = self.prober.usable(video)
        path = "" if format_name in OWN_TABLES else str(self.library.folder / video)
        return replace(
            labels.content,
            path=path,
            fps=facts.fps or None,
            duration_seconds=facts.duration_seconds,
        )

    def _read(self, name: str, content: bytes) -> Timelines:
        base = PurePosixPath(PureWindowsPath(name).name).name
        length = len(base.encode("utf-8", "surrogatepass"))
        if not base.strip(". ") or length > MOST_NAME_BYTES or not base.isprintable():
            raise RefusedError(400, f"name: {brief(name)} is no file's name, such as 'jumps.boris'")
        place = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            with named_errors(Path(base)):
                (place / base).write_bytes(content)
            found = self.process.run(read_label_file, LabelFile(place / base, self.library.folder))
        except LostError as error:
            raise RefusedError(400, f"{base}: cannot be read: {error}") from error
        finally:
            shutil.rmtree(place, ignore_errors=True)
        if isinstance(found, str):
            raise RefusedError(400, self._named(found))
        return found

    def _named(self, message: str) -> str:
        """Returns a message about a file as it is called where it came from."""
        return re.sub(rf"{re.escape(str(self.folder))}/[^/]+/", "", message)

    def _take_one(
        self, video: str, found: AnnotatedVideo, done: Imported, *, replaces: bool
    ) -> None:
        facts = self.prober.facts(video)
        name = self.library.problem_of_name(video)
        problems = [f"{video}: {problem}" for problem in (name, facts.problem) if problem]
        content = replace(found, name=video, path="", observation="")
        problems = problems or problems_of(content, facts.duration_seconds)
        if problems:
            done.problems += problems
            return
        current = self.labels.read(video)
        if current.state == FINISHED and _says_same(current.content, content):
            done.same.append(video)
            return
        if current.state != NEW and not replaces:
            done.kept.append(video)
            return
        lost = {what for mark in in_order(found) for what in _not_kept(mark)}
        try:
            self.labels.replace(_plain(content), current.version)
        except OutdatedError as error:
            done.problems.append(f"{video}: {error}; import it again")
            return
        done.read.append(video)
        if lost:
            done.notes.append(f"{video}: {', '.join(sorted(lost))} are not kept")


def _says_same(one: AnnotatedVideo | None, other: AnnotatedVideo) -> bool:
    """Returns whether two sets of labels of a video are the same.

    Not of how sure a model was, which programs do not keep, and to the millisecond, as they count.
    """
    return one is not None and _what_is_said(one) == _what_is_said(other)


def _what_is_said(video: AnnotatedVideo) -> list[tuple[Any, ...]]:
    return [
        (
            *(mark["kind"], mark["label"], mark["subject"], round(mark["start_seconds"], 3)),
            None if mark["end_seconds"] is None else round(mark["end_seconds"], 3),
        )
        for mark in as_values(video)
    ]


def _not_kept(mark: Mark) -> list[str]:
    return [f"{name}s" if name != "modifiers" else name
            for name in ("tier", "annotator", "modifiers") if getattr(mark, name)]  # fmt: skip


def _plain(video: AnnotatedVideo) -> AnnotatedVideo:
    """Returns a video with what the page knows of marks alone."""
    return replace(
        video,
        intervals=tuple(
            replace(mark, tier="", annotator="", modifiers=()) for mark in video.intervals
        ),
        events=tuple(replace(mark, tier="", annotator="", modifiers=()) for mark in video.events),
    )


def _zipped(folder: Path, files: Iterable[Path]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(folder).as_posix())
    return file.getvalue()
