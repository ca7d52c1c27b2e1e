"""Explanations of what a model of clips says: a contact sheet a video, and a video if wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

import torch

from mienet.annotations.records import VideoRecord
from mienet.config import closest
from mienet.data.clips import ClipFormat
from mienet.data.intervals import frame_range
from mienet.data.resolve import resolve_videos
from mienet.data.sampling import evaluation_starts
from mienet.errors import MienetError, naming
from mienet.explanations.explanation import Explanation, explain_clip
from mienet.explanations.grad_cam import require_captum
from mienet.files import require_apart, require_writable, write_whole
from mienet.loading import choose_device, load_network
from mienet.options import checked
from mienet.recognizer import NetworkRecognizer
from mienet.rendering.explanation import explanation_png
from mienet.rendering.explanation_video import write_explanation_video
from mienet.video.reader import open_video


@dataclass(frozen=True)
class Explained:
    """What became of one video.

    Attributes:
        path: The video, or the list or folder that cannot be read.
        explanation: None if it cannot be read.
        sheet: The contact sheet, a PNG.
        video: The MP4; None if none was wanted.
        problem: Why there is no explanation; empty if there is one.
    """

    path: Path
    explanation: Explanation | None = None
    sheet: Path | None = None
    video: Path | None = None
    problem: str = ""


@checked()
def explain(
    checkpoint: str | Path,
    videos: Sequence[str | Path],
    *,
    out: str | Path,
    class_name: str | None = None,
    video: bool = False,
    device: str = "auto",
) -> Iterator[Explained]:
    """Yields why a model gives each video its class, as it is drawn.

    Looked at is what ``mienet predict`` looks at: one clip of the segments' centers, its middle
    crop. Files are named as the video, numbered from the second alike; those of an earlier call
    are replaced.

    Args:
        checkpoint: The folder or file of a run's or model of clips; no exported one, since where it
            looks is told by gradients.
        videos: Video files, folders of frames, folders of videos, and lists of parts.
        out: Folder for the sheets.
        class_name: The class to explain; None is the likeliest of each video.
        video: Whether to write what moved and where as an MP4, too.
        device: Where to compute; "auto" takes a GPU if there is one.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        MissingExtraError: If Captum is not installed.
        MienetError: If it is a model of recordings or an exported one, does not know the class, or
            ``out`` is the videos' folder.
        OSError: If ``out`` cannot be written.
    """
    require_captum()
    recognizer = load_network(checkpoint).to(choose_device(device))
    class_index = None if class_name is None else _index(recognizer.classes, class_name)
    folder = Path(out)
    for given in map(Path, videos):
        if given.is_dir():
            require_apart(folder, given)
    require_writable(folder, [])
    folder.mkdir(parents=True, exist_ok=True)
    found = resolve_videos(videos)
    return _each(recognizer, found.records, found.problems, folder, class_index, video)


def _each(
    recognizer: NetworkRecognizer,
    records: Sequence[VideoRecord],
    problems: Sequence[str],
    folder: Path,
    class_index: int | None,
    video: bool,
) -> Iterator[Explained]:
    yield from (Explained(Path(), problem=problem) for problem in problems)
    taken: set[str] = set()
    for record in records:
        path = Path(record.path)
        try:
            clip = torch.cat(list(recognizer.iterate_views(record)))[0]  # (T, L, 3, S, S)
            moments = segment_moments(record, recognizer.clip_format)
            explanation = explain_clip(recognizer, clip, class_index)
        except (MienetError, OSError) as error:
            yield Explained(path, problem=naming(record.path, error))
            continue
        names = chain([path.stem], (f"{path.stem}_{number}" for number in count(2)))
        name = next(name for name in names if name not in taken)
        taken.add(name)
        sheet, film = folder / f"{name}.png", folder / f"{name}_explained.mp4"
        write_whole(sheet, explanation_png(explanation, record.path, moments))
        if video:
            write_explanation_video(explanation, moments, film)
        yield Explained(path, explanation, sheet, film if video else None)


def segment_moments(record: VideoRecord, clip_format: ClipFormat) -> list[str]:
    """Returns when each segment of the clip starts: seconds, or frames where there is no clock."""
    with open_video(record.path, frame_pattern=record.frame_pattern) as video:
        first, num_frames = frame_range(record, video)
        starts = evaluation_starts(
            num_frames, clip_format.num_segments, clip_format.frames_per_segment, "center"
        )[0]
        frames = [first + min(int(start), num_frames - 1) for start in starts]
        times = video.timestamps_seconds
    if times is None:
        return [f"frame {frame}" for frame in frames]
    return [f"{times[frame]:.2f} s" for frame in frames]


def _index(classes: Sequence[str], name: str) -> int:
    """Returns the number of a class.

    Raises:
        MienetError: If there is none of that name.
    """
    if name in classes:
        return list(classes).index(name)
    near = closest(name, list(classes))
    hint = f"did you mean {near!r}?" if near else f"it knows {', '.join(classes)}"
    raise MienetError(f"the model knows no class {name!r}; {hint}")
