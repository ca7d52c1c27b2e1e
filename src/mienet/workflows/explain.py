"""Explanations of what a model says: a contact sheet a clip or moment, and a video if wanted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from pathlib import Path

import torch

from mienet.annotations.records import VideoRecord
from mienet.config import closest
from mienet.data.camera_rates import camera_rates
from mienet.data.clips import ClipFormat, clip_indices
from mienet.data.intervals import frame_range
from mienet.data.resolve import resolve_videos
from mienet.destinations import require_apart, require_writable
from mienet.errors import MienetError, naming
from mienet.explanations.explanation import Explanation, explain_clip
from mienet.explanations.grad_cam import require_captum
from mienet.explanations.outputs import Output, outputs_of
from mienet.files import write_whole
from mienet.loading import choose_device, read_network
from mienet.options import OptionError, checked, option_name
from mienet.recognizer import NetworkRecognizer
from mienet.rendering.explanation import explanation_png
from mienet.rendering.explanation_video import write_explanation_video
from mienet.timeline_recognizer import NetworkTimelineRecognizer
from mienet.video.reader import open_video
from mienet.workflows.explain_recordings import ToDraw, explain_recording

OF_RECORDINGS = {
    "at": "it gives a clip one class, whatever the time",
    "capture_fps": "it reads a clip's frames, however fast the camera took them",
}
"""Options that a model of clips does not take, and why."""


@dataclass(frozen=True)
class Explained:
    """What became of one video, or of one moment of it.

    Attributes:
        path: The video, or the list or folder that cannot be read.
        explanation: None if it cannot be read.
        sheet: The contact sheet, a PNG.
        video: The MP4; None if none was wanted.
        problem: Why there is no explanation; empty if there is one.
        moment: When it is, of a recording, such as ``3.72 s``.
        reason: Why this moment is explained, of a recording; empty if it was asked for.
    """

    path: Path
    explanation: Explanation | None = None
    sheet: Path | None = None
    video: Path | None = None
    problem: str = ""
    moment: str = ""
    reason: str = ""


@checked()
def explain(
    checkpoint: str | Path,
    videos: Sequence[str | Path],
    *,
    out: str | Path,
    label: str | None = None,
    at: Sequence[float] = (),
    capture_fps: float | None = None,
    video: bool = False,
    device: str = "auto",
) -> Iterator[Explained]:
    """Yields why a model gives each video its class, or its phases and events, as it is drawn.

    Of a clip, looked at is what ``mienet predict`` looks at: one clip of the segments' centers, its
    middle crop. Of a recording it is a window around each moment. Files are named as the video, and
    the moment, numbered from the second alike; those of an earlier call are replaced.

    Args:
        checkpoint: The folder or file of a run's or model; no exported one, since where it looks is
            told by gradients.
        videos: Video files, folders of frames, folders of videos, and lists: of parts for a model
            of clips; of one of recordings the column ``capture_fps`` is the option of that name.
        out: Folder for the sheets.
        label: The class, phase or event to explain; None is the likeliest class of each clip, and
            of a moment the event that is likely enough there, or else the phase. A name that is a
            phase and an event is the event.
        at: Of a model of recordings: moments in seconds. Without, it explains where ``label`` is
            likeliest, or the surest and the least sure event of each kind that the timeline has,
            or, where it has no event, phase.
        capture_fps: Of a model of recordings: frames per second at which the camera took the
            frames; None is the file's clock.
        video: Whether to write what moved and where as an MP4, too.
        device: Where to compute; "auto" takes a GPU if there is one.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        MissingExtraError: If Captum is not installed.
        MienetError: If it is an exported model, does not know the label or take an option, or
            ``out`` is the videos' folder.
        OSError: If ``out`` cannot be written.
    """
    require_captum()
    recognizer = read_network(checkpoint)
    recognizer.to(choose_device(device), memory_format=torch.channels_last)  # type: ignore[call-overload]
    folder = Path(out)
    for given in map(Path, videos):
        if given.is_dir():
            require_apart(folder, given)
    found = resolve_videos(videos)
    explanations_of: Callable[[VideoRecord], Iterator[ToDraw]]
    if isinstance(recognizer, NetworkRecognizer):
        _refuse({"at": at, "capture_fps": capture_fps})
        class_index = None if label is None else _index(recognizer.classes, label, "class")
        explanations_of = partial(_explain_record, recognizer, class_index=class_index)
        records = found.records
    else:
        rates = camera_rates(found.columns.get("capture_fps", ()), capture_fps)
        explanations_of = partial(
            explain_recording,
            recognizer,
            output=None if label is None else _output(recognizer, label),
            at_seconds=at,
            rates=rates,
            capture_fps=capture_fps,
        )
        records = list({record.path: record for record in found.records}.values())
    require_writable(folder, [])
    folder.mkdir(parents=True, exist_ok=True)
    return _each(explanations_of, records, found.problems, folder, video)


def _each(
    explanations_of: Callable[[VideoRecord], Iterator[ToDraw]],
    records: Sequence[VideoRecord],
    problems: Sequence[str],
    folder: Path,
    video: bool,
) -> Iterator[Explained]:
    yield from (Explained(Path(), problem=problem) for problem in problems)
    taken: set[str] = set()
    for record in records:
        path = Path(record.path)
        explanations = explanations_of(record)
        while True:
            try:
                one = next(explanations, None)
            except (MienetError, OSError) as error:
                yield Explained(path, problem=naming(record.path, error))
                break
            if one is None:
                break
            own = path.stem + (f"_{one.moment.replace(' ', '')}" if one.moment else "")
            names = chain([own], (f"{own}_{number}" for number in count(2)))
            name = next(name for name in names if name not in taken)
            taken.add(name)
            sheet, film = folder / f"{name}.png", folder / f"{name}_explained.mp4"
            write_whole(sheet, explanation_png(one.explanation, record.path, one.times))
            if video:
                write_explanation_video(one.explanation, one.times, film)
            yield Explained(
                path, one.explanation, sheet, film if video else None, "", one.moment, one.reason
            )


def _explain_record(
    recognizer: NetworkRecognizer, record: VideoRecord, *, class_index: int | None
) -> Iterator[ToDraw]:
    """Yields why a model gives a clip a class."""
    clip = torch.cat(list(recognizer.iterate_views(record)))[0]  # (T, L, 3, S, S)
    times = segment_moments(record, recognizer.clip_format)
    yield ToDraw(explain_clip(recognizer, clip, class_index), times)


def segment_moments(record: VideoRecord, clip_format: ClipFormat) -> list[str]:
    """Returns when each segment of the clip starts: seconds, or frames where there is no clock."""
    with open_video(record.path, frame_pattern=record.frame_pattern) as video:
        first, num_frames = frame_range(record, video)
        (indices,) = clip_indices(num_frames, clip_format)
        frames = [first + int(start) for start in indices[:, 0]]
        times = video.timestamps_seconds
    if times is None:
        return [f"frame {frame}" for frame in frames]
    return [f"{times[frame]:.2f} s" for frame in frames]


def _refuse(given: dict[str, object]) -> None:
    """Raises an error for options that a model of clips does not take."""
    if problems := [
        f"{option_name(name)}: {OF_RECORDINGS[name]}" for name, value in given.items() if value
    ]:
        raise OptionError(
            f"this is a model of clips, which does not take {'; nor '.join(problems)}"
        )


def _output(recognizer: NetworkTimelineRecognizer, label: str) -> Output:
    """Returns the event or phase of a name; error as ``_index``'s."""
    known = [*recognizer.events, *recognizer.phases]
    _index(known, label, "phase or event")
    named = [output for output in outputs_of(recognizer) if output.label == label]
    return named[-1]  # events come last


def _index(names: Sequence[str], name: str, what: str) -> int:
    """Returns the number of a name.

    Raises:
        MienetError: If there is none.
    """
    if name in names:
        return list(names).index(name)
    near = closest(name, list(names))
    hint = f"did you mean {near!r}?" if near else f"it knows {', '.join(names)}"
    raise MienetError(f"the model knows no {what} {name!r}; {hint}")
