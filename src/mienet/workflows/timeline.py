"""Timelines: the phases of whole recordings, those that cannot be read reported beside them.

What is found is kept in ``timelines.jsonl``, a line a recording, so that a killed command goes on
where it stopped; the tables are written from it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

from mienet.curation.probe import file_signature
from mienet.data.resolve import resolve_videos
from mienet.errors import MienetError
from mienet.files import Journal, write_whole
from mienet.labeling.timeline_formats import write_timelines
from mienet.loading import load_clip_model, model_digest
from mienet.options import checked
from mienet.progress import progress_bar
from mienet.rendering.overlay import write_overlay
from mienet.rendering.timeline_tables import annotated_video, phases_csv, summary_csv
from mienet.rendering.timelines import draw_timeline
from mienet.timelines.recording import Windows

JOURNAL_NAME = "timelines.jsonl"
WRITTEN = ("boris", "elan", "label-studio", "srt", "csv", "json")
"""Formats of other programs in which labels can be written."""


@dataclass(frozen=True)
class Found:
    """What became of one recording.

    Attributes:
        path: The recording.
        timeline: Its timeline as ``Timeline.to_dict`` has it; None if it cannot be read.
        problem: Why not; empty if it can.
        is_new: Whether it was computed now, and not by an earlier run of the command.
    """

    path: Path
    timeline: dict[str, Any] | None
    problem: str = ""
    is_new: bool = True


@checked()
def timeline(
    checkpoint: str | Path,
    videos: Sequence[str | Path],
    *,
    window_seconds: float | Sequence[float],
    stride_seconds: float | None = None,
    minimum_seconds: float = 0.0,
    threshold: float = 0.0,
    in_order: bool = False,
    capture_fps: float | None = None,
    frame_pattern: str | None = None,
    out: str | Path | None = None,
    write: Sequence[str] = (),
    overlay: bool = False,
    device: str = "auto",
    allow_pickle: bool = False,
) -> Iterator[Found]:
    """Yields the phases of each recording as they are found.

    With ``out`` there are, when all is done, ``phases.csv`` (a row a phase), ``summary.csv`` (how
    often and how long each label occurs) and a picture of every recording; the same call goes on
    after a kill.

    Args:
        checkpoint: A run's or model's folder, or its file: a model of clips.
        videos: Video files, folders of frames, folders of videos, and lists.
        window_seconds: Lengths of the windows that the model looks at, about those of the clips
            that it was trained on; the probabilities of several are averaged.
        stride_seconds: From one window to the next; None is an eighth of the shortest.
        minimum_seconds: What a phase lasts at least.
        threshold: Probability below which a phase is none of the classes.
        in_order: Whether phases follow each other in the order of the model's classes, and the
            first one follows the last, as the parts of one movement do.
        capture_fps: Frames per second at which the camera took the frames, for slow motion and
            folders of frames; None is the file's clock.
        frame_pattern: Names of the images in folders of frames.
        out: Folder for what is found; None writes nothing.
        write: Programs to write labels for, to a folder of ``out`` each, so that a person can open
            and correct them there: keys of ``TIMELINE_FORMATS`` such as "boris" or "elan".
        overlay: Whether to write each recording as a video with its phases drawn over it, too.
        device: Where to compute; "auto" takes a GPU if there is one.
        allow_pickle: Whether an exported ``.pt2`` file may be opened, which can run code.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        MienetError: If an option cannot be used, or ``out`` holds timelines of another model or of
            other options.
    """
    _check_write(write, out, capture_fps)
    if overlay and out is None:
        raise MienetError("videos with phases drawn over them need a folder; give one with --out")
    lengths = window_seconds if isinstance(window_seconds, Sequence) else (window_seconds,)
    windows = Windows(
        tuple(lengths),
        stride_seconds,
        minimum_seconds,
        threshold,
        in_order,
        capture_fps,
        frame_pattern,
    )
    recognizer = load_clip_model(checkpoint, device=device, allow_pickle=allow_pickle)
    settings = {
        "model": model_digest(checkpoint),
        "windows": json.loads(json.dumps(asdict(windows))),
    }
    found = resolve_videos(videos)
    paths = list(dict.fromkeys(record.path for record in found.records))
    journal, earlier = _open(Path(out), settings) if out is not None else (None, [])
    done = {tuple(entry["signature"]): entry["timeline"] for entry in earlier}
    names = _names(paths, {entry["signature"][0]: entry["name"] for entry in earlier})

    def targets(path: str) -> list[Path]:
        """Returns the picture of a recording, and the video if there is to be one."""
        if out is None:
            return []
        endings = [".png", "_phases.mp4"] if overlay else [".png"]
        return [Path(out) / f"{names[path]}{ending}" for ending in endings]

    def each() -> Iterator[Found]:
        for problem in found.problems:
            yield Found(Path(), None, problem)
        with progress_bar(description="Phases", unit="video", total=len(paths)) as bar:
            for number, path in enumerate(paths):

                def show(share: float, number: int = number) -> None:
                    bar.update(number + share - bar.n)

                yield one(path, show)
                show(1.0)
        if out is not None:
            _write_all(Path(out), paths, write)

    def one(path: str, show: Callable[[float], None]) -> Found:
        try:
            signature = [path, *file_signature(path)]
            known = done.get(tuple(signature))
            if known is not None and all(target.exists() for target in targets(path)):
                return Found(Path(path), known, is_new=False)
            line = recognizer.timeline(path, windows, progress=show)
        except (MienetError, OSError) as error:
            return Found(Path(path), None, _with_path(path, error))
        if journal is not None:
            picture, *videos_over = targets(path)
            draw_timeline(line, picture)
            for target in videos_over:
                write_overlay(line, target, frame_pattern=frame_pattern)
            entry = {"signature": signature, "name": names[path], "timeline": line.to_dict()}
            journal.append(settings | entry)
        return Found(Path(path), line.to_dict())

    return each()


def _open(out: Path, settings: dict[str, Any]) -> tuple[Journal, list[dict[str, Any]]]:
    """Returns the journal in a folder, and its entries."""
    out.mkdir(parents=True, exist_ok=True)
    journal = Journal(out / JOURNAL_NAME)
    entries = journal.read()
    for entry in entries:
        if {key: entry.get(key) for key in settings} != settings:
            raise MienetError(
                f"{journal.path} holds timelines of another model or of other options; give "
                "another --out, or delete it"
            )
    return journal, entries


def _check_write(write: Sequence[str], out: str | Path | None, capture_fps: float | None) -> None:
    for name in write:
        if name not in WRITTEN:
            raise MienetError(f"write: {name!r} is not accepted; choose from {', '.join(WRITTEN)}")
    if write and out is None:
        raise MienetError("labels for other programs need a folder; give one with --out")
    if write and capture_fps is not None:
        raise MienetError(
            "other programs count the file's own seconds, and capture_fps those of reality; leave "
            "one of --write and --capture-fps out"
        )


def _write_all(out: Path, paths: Sequence[str], write: Sequence[str]) -> None:
    entries = Journal(out / JOURNAL_NAME).entries()
    by_path = {entry["timeline"]["path"]: entry["timeline"] for entry in entries}
    lines = [by_path[path] for path in paths if path in by_path]
    write_whole(out / "phases.csv", phases_csv(lines))
    write_whole(out / "summary.csv", summary_csv(lines))
    for name in write:
        try:
            write_timelines([annotated_video(line) for line in lines], out / name, name)
        except ValueError as error:
            raise MienetError(f"{out / name}: {error}") from error


def _names(paths: Sequence[str], earlier: Mapping[str, str]) -> dict[str, str]:
    """Returns the name of every recording's files: its own, numbered from the second alike.

    Names of earlier runs stay, so that no recording's picture is replaced by another's.
    """
    names = dict(earlier)
    taken = set(names.values())
    for path in paths:
        if path not in names:
            stem = Path(path).stem
            candidates = chain([stem], (f"{stem}_{number}" for number in count(2)))
            names[path] = next(name for name in candidates if name not in taken)
            taken.add(names[path])
    return names


def _with_path(path: str, error: Exception) -> str:
    said = (error.strerror or "").lower() if isinstance(error, OSError) and error.errno else ""
    said = said or str(error)
    return said if path in said else f"{path}: {said}"
