"""Prediction: ranked classes for videos, those that cannot be read reported beside the others."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, Unpack

from torch import Tensor

from mienet.annotations.discovery import Ignored, ignored_lines
from mienet.annotations.records import VideoRecord
from mienet.curation.probe import video_signature
from mienet.data.clips import num_views
from mienet.data.manifest import holds_recordings
from mienet.data.resolve import resolve_videos
from mienet.data.sampling import ClipChoice
from mienet.data.transforms import CropChoice
from mienet.errors import MienetError, VideoError
from mienet.files import whole_file
from mienet.loading import holds_model, load_clip_model, model_digest
from mienet.metrics.selection import Selection
from mienet.options import checked
from mienet.prediction import FailedVideo, Prediction, Result
from mienet.progress import progress_bar
from mienet.recognizer import Recognizer
from mienet.rendering.result_files import Key, Target, Unfinished, write_results
from mienet.rendering.results import PART_COLUMNS, CsvColumns, json_document, to_bytes
from mienet.shell import command
from mienet.video.address import Address, is_address, located
from mienet.view_options import PredictionOptions
from mienet.workflows.selecting import select_for, selection_note

__all__ = [
    "FailedVideo",
    "Prediction",
    "Predictions",
    "Result",
    "Work",
    "iterate_predictions",
    "part_of",
    "predict",
    "predict_to_file",
    "prepare_work",
    "recognize",
    "write_json",
]


@dataclass(frozen=True)
class Predictions:
    """The predictions of all readable videos, and what is wrong with the others."""

    predictions: list[Prediction]
    problems: list[str]


@dataclass
class Work:
    """What there is to predict.

    Attributes:
        recognizer: The model.
        records: The videos, or parts of them.
        failed: Paths at which no videos can be found, with the reason.
        clips: Clips per video to average over.
        crops: Crops per clip to average over.
        selection: When an answer is given; None always gives it.
        num_done: Videos of an earlier run that are not computed again.
        notes: What became of an earlier run, and what is ignored.
    """

    recognizer: Recognizer
    records: list[VideoRecord]
    failed: list[FailedVideo]
    clips: ClipChoice
    crops: CropChoice
    selection: Selection | None = None
    num_done: int = 0
    notes: list[str] = field(default_factory=list)

    def results(self) -> Iterator[tuple[VideoRecord, Result]]:
        """Yields every video with its result, as it is computed."""
        yield from ((VideoRecord(str(failed.path), None), failed) for failed in self.failed)
        yield from recognize(
            self.recognizer,
            self.records,
            clips=self.clips,
            crops=self.crops,
            least_familiarity=None if self.selection is None else self.selection.threshold,
        )


@checked()
def predict(
    checkpoint: str | Path, videos: Sequence[str | Path], **options: Unpack[PredictionOptions]
) -> Predictions:
    """Returns ranked classes for every video; see ``iterate_predictions``, which takes less memory.

    Args:
        checkpoint: A run's or model's folder, or its file.
        videos: Video files, addresses of some, folders of frames, folders of videos, and lists of
            parts.
        options: Those of ``PredictionOptions``, each of which is explained there.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        MienetError: If the checkpoint or an option cannot be used.
    """
    work = prepare_work(checkpoint, videos, **options)
    total = len(work.records) + len(work.failed)
    bar = progress_bar(work.results(), total=total, description="Predicting", unit="video")
    results = [result for _, result in bar]
    return Predictions(
        [result for result in results if isinstance(result, Prediction)],
        [result.problem for result in results if isinstance(result, FailedVideo)],
    )


@checked()
def iterate_predictions(
    checkpoint: str | Path, videos: Sequence[str | Path], **options: Unpack[PredictionOptions]
) -> Iterator[Result]:
    """Yields the result of each video as it is computed, a ``Prediction`` or a ``FailedVideo``.

    One that cannot be used does not stop the others, whatever is wrong with it. Memory does not
    grow with the number of videos, but for their names.

    Args:
        checkpoint: A run's or model's folder, or its file.
        videos: Video files, folders of frames, folders of videos, and lists of parts.
        options: As for ``predict``.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        MienetError: If the checkpoint or an option cannot be used.
    """
    return (result for _, result in prepare_work(checkpoint, videos, **options).results())


@checked()
def prepare_work(
    checkpoint: str | Path, videos: Sequence[str | Path], **options: Unpack[PredictionOptions]
) -> Work:
    """Returns the opened model and the videos that were found.

    Args:
        checkpoint: As for ``predict``.
        videos: As for ``predict``.
        options: As for ``predict``.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        MienetError: If the checkpoint or an option cannot be used.
    """
    for given in videos:
        if is_address(given):
            continue
        if holds_model(Path(given)):
            raise MienetError(
                f"{given}: a model, where videos are expected; predict takes one model, and the "
                "mean of several is measured by: mienet evaluate MODEL MODEL --data LIST"
            )
        if holds_recordings(Path(given)):
            raise MienetError(
                f"{given} holds whole recordings, and a class is of a clip; find their phases and "
                f"events with: {command('timeline', 'MODEL', given)}"
            )
    clips, crops, frame_pattern = options["clips"], options["crops"], options["frame_pattern"]
    recognizer = load_clip_model(
        checkpoint, device=options["device"], allow_pickle=options["allow_pickle"]
    )
    selection = select_for([recognizer], options)
    recognizer.set_sizes(short_side=options["short_side"], crop_size=options["crop_size"])
    num_views(recognizer.clip_format, clips=clips, crops=crops)  # refuses other choices
    work = Work(recognizer, [], [], clips, crops, selection)
    if selection is not None:
        work.notes.append(selection_note(selection))
    ignored: list[Ignored] = []
    for path in videos:
        found = resolve_videos([path], addresses=True)
        work.records += [
            record._replace(frame_pattern=frame_pattern or record.frame_pattern)
            for record in found.records
        ]
        work.failed += [FailedVideo(located(path), problem) for problem in found.problems]
        ignored += found.ignored
    work.notes += ignored_lines(ignored)
    return work


@checked()
def predict_to_file(
    out: str | Path,
    checkpoint: str | Path,
    videos: Sequence[str | Path],
    **options: Unpack[PredictionOptions],
) -> tuple[Work, Iterator[tuple[VideoRecord, Result]]]:
    """Returns what is left to predict, and the results of it, each of which is written at once.

    Args:
        out: ``.jsonl``, ``.csv`` or ``.json``; ``-``, a device or a pipe gets JSON lines.
        checkpoint: As for ``predict``.
        videos: As for ``predict``.
        options: As for ``predict``.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        MienetError: If the checkpoint, an option or ``out`` cannot be used, or if it holds
            something else, or unfinished results of another model, of other options or videos.
        OSError: If ``out`` cannot be written, with its name.
    """
    target = Target(out)
    if any(target.is_same_as(path) for path in videos):
        raise MienetError(f"{out} is one of the videos or lists; give another file to write")
    target.require_own()
    work = prepare_work(checkpoint, videos, **options)
    has_parts = any(part_of(record) for record in work.records)
    journal = None
    if target.journal_path is not None:
        settings = _settings(work, checkpoint, videos, options["frame_pattern"])
        named = {record.path: record.path for record in work.records}
        signature = partial(_signature, named)
        journal = Unfinished(target.journal_path, settings, signature)
        journal.resume(Counter(map(_key, work.records)))
        _leave_out_done(work, journal)
    return work, write_results(
        target,
        journal,
        work.results(),
        lambda result: (_key(result[0]), result[1].to_dict()),
        columns=CsvColumns(
            work.recognizer.classes, has_parts=has_parts, has_answers=work.selection is not None
        ),
    )


def recognize(
    recognizer: Recognizer,
    records: Sequence[VideoRecord],
    *,
    clips: ClipChoice = "center",
    crops: CropChoice = "one",
    least_familiarity: float | None = None,
) -> Iterator[tuple[VideoRecord, Result]]:
    """Yields every record with its result; the next views are read while some are computed.

    Whatever goes wrong with one video is its own result, named by the kind of the error if it is
    none that is foreseen.
    """
    steps = _one_ahead(_read(recognizer, records, clips, crops))
    for position, group in groupby(steps, key=lambda step: step.position):
        record = records[position]
        result: Result
        try:
            result = recognizer.rank(record.path, _views(group))
            result = replace(result, **part_of(record))
            if least_familiarity is not None and result.familiarity is not None:
                result = replace(result, is_answered=result.familiarity >= least_familiarity)
        except Exception as error:
            result = FailedVideo(located(record.path), _problem(record, error), **part_of(record))
        yield record, result


class _Step(NamedTuple):
    """Some views of the record at a position, or what went wrong in reading them."""

    position: int
    read: Tensor | Exception


def _read(
    recognizer: Recognizer, records: Sequence[VideoRecord], clips: ClipChoice, crops: CropChoice
) -> Iterator[_Step]:
    for position, record in enumerate(records):
        try:
            for views in recognizer.iterate_views(record, clips=clips, crops=crops):
                yield _Step(position, views)
        except Exception as error:
            yield _Step(position, error)


def _one_ahead(steps: Iterator[_Step]) -> Iterator[_Step]:
    """Yields the steps, the next of which another thread takes meanwhile."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        waiting = reader.submit(next, steps, None)
        while (step := waiting.result()) is not None:
            waiting = reader.submit(next, steps, None)
            yield step


def _views(steps: Iterable[_Step]) -> Iterator[Tensor]:
    for step in steps:
        if isinstance(step.read, Exception):
            raise step.read
        yield step.read


def _problem(record: VideoRecord, error: Exception) -> str:
    """Returns what is wrong with a video, with its name."""
    message = str(error)
    if isinstance(error, OSError) and error.errno is not None:
        message = (error.strerror or type(error).__name__).lower()
    elif not isinstance(error, (MienetError, OSError)):
        message = f"{type(error).__name__}: {message}"
    if record.path in message:
        return message
    row = f"{record.source}: " if record.source not in ("", record.path) else ""
    return f"{row}{record.path}: {message}"


def part_of(record: VideoRecord) -> dict[str, Any]:
    """Returns which part of the video a record is about; empty for all of it."""
    part = {name: getattr(record, name) for name in PART_COLUMNS}
    return {name: value for name, value in part.items() if value is not None}


def write_json(path: str | Path, found: Predictions) -> None:
    """Writes predictions and problems to one JSON file, all or nothing.

    Raises:
        MienetError: If ``path`` is a folder or has another ending.
        OSError: If it cannot be written, with its name.
    """
    target = Target(path)
    problems: list[Result] = [FailedVideo(Path(), problem) for problem in found.problems]
    rows = (result.to_dict() for result in [*found.predictions, *problems])
    with whole_file(target.path) as file:
        file.writelines(map(to_bytes, json_document(rows)))


def _settings(
    work: Work, checkpoint: str | Path, videos: Sequence[str | Path], frame_pattern: str | None
) -> dict[str, Any]:
    """Returns what results have to have in common in order to stand in one file."""
    places = map(located, videos)
    names = "\0".join(str(p if isinstance(p, Address) else p.absolute()) for p in places)
    clip_format = work.recognizer.clip_format
    return {
        "model": model_digest(checkpoint),
        "clips": work.clips,
        "crops": work.crops,
        "least_familiarity": work.selection and work.selection.threshold,
        "short_side": clip_format.short_side,
        "crop_size": clip_format.crop_size,
        "frame_pattern": frame_pattern,
        "videos": hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest(),
    }


def _key(record: VideoRecord) -> Key:
    return (record.path, *(getattr(record, name) for name in PART_COLUMNS), record.frame_pattern)


def _signature(named: Mapping[str, str], path: str) -> list[int | str] | None:
    """Returns the signature of the video that is named so; a journal's names lack secrets."""
    try:
        return list(video_signature(named.get(path, path)))
    except (OSError, VideoError):
        return None


def _leave_out_done(work: Work, journal: Unfinished) -> None:
    done = journal.done.copy()
    left = []
    for record in work.records:
        key = _key(record)
        if done[key]:
            done[key] -= 1
        else:
            left.append(record)
    work.num_done = len(work.records) - len(left)
    work.records = left
    work.notes += journal.notes
