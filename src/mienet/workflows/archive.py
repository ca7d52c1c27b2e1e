"""Archives: the classes or timelines of all videos of a long list, in parts, on any machines.

What is said of a video is what ``predict`` and ``timeline`` say of it. Here is what they are asked,
where it is computed, and what becomes of the answers.
"""

import hashlib
import json
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Unpack, cast

import torch

from mienet.errors import MienetError
from mienet.loading import model_digest
from mienet.options import OptionError, checked, declared, option_name
from mienet.progress import progress_bar
from mienet.ray_workers import Cluster, enter_folder, map_with_ray, require_ray
from mienet.rendering.partitions import Partitions
from mienet.video.address import located
from mienet.view_options import (
    ArchiveOptions,
    PredictionArchiveOptions,
    TimelineArchiveOptions,
)
from mienet.workflows.archive_answers import Answers, Item, clips_of, recordings_of

Answer = Callable[[Sequence[Item]], list[str]]
"""Returns the lines of a table about each item."""

NOT_IN_RESULTS = ("device", "allow_pickle")
"""Options on which results are not meant to depend, so that a run may go on with others."""


@dataclass(frozen=True)
class Archive:
    """The videos of a list, and the parts of what is said of them.

    Attributes:
        items: The videos, or the parts of videos that the list names.
        answers: What is said of them.
        partitions: Where it is written.
        cluster: Where it is computed; None is in this process.
        open_answer: Opens the model in the process that computes.
        notes: What a person should know of how videos are read, and of what is done already.
    """

    items: Sequence[Item]
    answers: Answers
    partitions: Partitions
    cluster: Cluster | None
    open_answer: "_Opening"
    notes: list[str] = field(default_factory=list)

    def results(self) -> Iterator[Path]:
        """Yields each part's file when it is written; those of earlier runs are left as they are.

        Raises:
            MienetError: If the folder holds other results, another process writes there, or the
                cluster cannot be used.
            OSError: If a part cannot be written, with its name.
        """
        with self.partitions.opened():
            left = {n: self.items[self.partitions.rows(n)] for n in self.partitions.left()}
            num_left = sum(map(len, left.values()))
            with progress_bar(
                description="Archive",
                unit="video",
                total=len(self.items),
                already_done=len(self.items) - num_left,
            ) as bar:
                for number, lines in self._answered(left):
                    self.partitions.write(number, lines)
                    bar.update(len(lines))
                    yield self.partitions.path(number)

    def _answered(
        self, groups: Mapping[int, Sequence[Item]]
    ) -> Iterator[tuple[int, Sequence[str]]]:
        if not groups:
            return
        if self.cluster is None:
            answer = self.open_answer()
            yield from ((number, answer(items)) for number, items in groups.items())
            return
        yield from map_with_ray(
            self.open_answer,
            groups,
            cluster=self.cluster,
            at_once=self.answers.at_once,
            lost=self.answers.lost,
        )


@dataclass(frozen=True)
class _Opening:
    """Opens the model in a process, as it was opened where the command was given."""

    answers: Answers
    digest: str
    folder: Path
    threads: int | None

    def __call__(self) -> Answer:
        """Returns what answers.

        Raises:
            MienetError: If this machine has another model there, or not the folder.
        """
        enter_folder(self.folder)  # which the list's paths and the model's may start from
        if self.threads is not None:
            torch.set_num_threads(self.threads)
        if model_digest(self.answers.checkpoint) != self.digest:
            raise MienetError(
                f"{platform.node()}: {self.answers.checkpoint} is another model than where "
                "the command was given; all machines need the same"
            )
        return self.answers.open()


@checked()
def predict_archive(
    checkpoint: str | Path,
    videos: str | Path,
    out: str | Path,
    **options: Unpack[PredictionArchiveOptions],
) -> Archive:
    """Returns the archive of a list of clips, whose classes ``results`` finds and writes.

    Parts are ``part-00000.csv`` and so on, with the columns and lines that ``mienet predict --out
    FILE.csv`` writes. A video that cannot be read is a line with its ``problem``.

    Args:
        checkpoint: As for ``predict``.
        videos: A list of videos or of parts of them, or anything else that ``predict`` takes.
        out: Folder for the parts.
        options: See ``mienet.view_options``.

    Raises:
        FileNotFoundError: If there is no such checkpoint or list.
        MienetError: If the checkpoint, the list or an option cannot be used, or ``out`` holds
            results of another model, list or of other options.
    """
    _require_there(videos)
    where, asked = _split(options)
    items, answers, notes = clips_of(str(checkpoint), videos, asked)
    return _archive("predict", items, answers, notes, Path(out), where)


@checked()
def timeline_archive(
    checkpoint: str | Path,
    videos: str | Path,
    out: str | Path,
    *,
    window_seconds: float | Sequence[float] | None = None,
    **options: Unpack[TimelineArchiveOptions],
) -> Archive:
    """Returns the archive of a list of recordings, whose timelines ``results`` finds and writes.

    Parts are tables with a line for each phase and event; the columns are ``MARK_COLUMNS`` of
    ``mienet.rendering.timeline_tables``. A recording without any has one line, one that cannot be
    read a line with its ``problem``.

    Args:
        checkpoint: As for ``timeline``.
        videos: A list of recordings, or anything else that ``timeline`` takes; columns as there.
        out: Folder for the parts.
        window_seconds: As for ``timeline``.
        options: See ``mienet.view_options``.

    Raises:
        FileNotFoundError: If there is no such checkpoint or list.
        MienetError: As ``predict_archive``.
    """
    _require_there(videos)
    where, asked = _split(options)
    items, answers, notes = recordings_of(
        str(checkpoint), videos, {"window_seconds": window_seconds, **asked}
    )
    return _archive("timeline", items, answers, notes, Path(out), where)


def _require_there(videos: str | Path) -> None:
    """Refuses a mistyped list, which would be a video that is missing, and take the folder.

    Raises:
        FileNotFoundError: If it is not there.
    """
    place = located(videos)
    if isinstance(place, Path) and not place.exists():
        raise FileNotFoundError(f"{videos}: no such list; give a CSV with the column path")


def _split(options: Mapping[str, Any]) -> tuple[ArchiveOptions, dict[str, Any]]:
    """Returns the options of archives, and the others."""
    own = declared(ArchiveOptions)
    where = {name: value for name, value in options.items() if name in own}
    others = {name: value for name, value in options.items() if name not in own}
    return cast(ArchiveOptions, where), others


def _archive(
    command: str,
    items: Sequence[Item],
    answers: Answers,
    notes: Sequence[str],
    out: Path,
    where: ArchiveOptions,
) -> Archive:
    cluster = _cluster(where, answers.options["device"])
    digest = model_digest(answers.checkpoint)
    asked = {name: value for name, value in answers.options.items() if name not in NOT_IN_RESULTS}
    settings = {"command": command, "model": digest, "list": _digest(items, answers.key), **asked}
    partitions = Partitions(out, settings, len(items), where["partition_size"], answers.header)
    partitions.check()
    notes = list(notes)
    if done := partitions.count - len(partitions.left()):
        notes.append(f"{done} of {partitions.count} part(s) are there already: {out}")
    threads = where["threads"] if cluster is None else cluster.threads
    opening = _Opening(answers, digest, Path.cwd(), threads)
    return Archive(items, answers, partitions, cluster, opening, notes)


def _cluster(where: ArchiveOptions, device: str) -> Cluster | None:
    """Returns where Ray is to compute; None is not with Ray.

    Raises:
        OptionError: If options do not fit each other.
        MissingExtraError: If Ray is not installed.
    """
    if where["engine"] != "ray":
        if given := [n for n in ("ray_address", "workers") if where[n] is not None]:  # type: ignore[literal-required]
            raise OptionError(
                f"{' and '.join(map(option_name, given))}: of engine ray alone; give it, too"
            )
        return None
    require_ray()
    if ":" in device:
        raise OptionError(
            f"{option_name('device')} is {device!r}; Ray gives each worker a GPU: give cuda"
        )
    gpus = 1 if device == "cuda" else 0
    return Cluster(where["ray_address"], where["workers"], where["threads"] or 1, gpus)


def _digest(items: Sequence[Item], key: Callable[[Any], Sequence[Any]]) -> str:
    """Returns what tells a list from any other, by what it names in which order."""
    digest = hashlib.sha256()
    for item in items:
        digest.update((json.dumps(key(item)) + "\n").encode())
    return digest.hexdigest()
