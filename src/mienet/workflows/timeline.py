"""Timelines: phases and events of whole recordings; what cannot be read is reported beside them.

A model of clips looks through windows that slide over a recording, one of whole recordings reads it
as it learned to.
"""

import json
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Unpack, get_args

from mienet.curation.probe import video_signature
from mienet.data.camera_rates import camera_rates
from mienet.data.manifest import is_prepared
from mienet.data.resolve import Cell, resolve_videos
from mienet.destinations import require_outside
from mienet.errors import MienetError, naming
from mienet.loading import load, model_digest
from mienet.options import OptionError, checked, declared, option_name
from mienet.progress import progress_bar
from mienet.recognizer import Recognizer
from mienet.rendering.timeline_folder import TimelineFolder
from mienet.timeline_recognizer import TimelineRecognizer
from mienet.timelines.recording import RecordingOptions, Windows
from mienet.timelines.result import Timeline
from mienet.video.address import Address, Place, located
from mienet.view_options import TimelineOptions, WrittenFormat

OF_CLIP_MODELS = {
    "window_seconds": "it reads recordings in the windows that it was trained with",
    "stride_seconds": "it reads recordings in the steps that it was trained with",
    "in_order": "it has learned which phase follows which; {order} is learned or free",
}
"""Options that a model of whole recordings does not take, and why; others in braces."""

OF_RECORDING_MODELS = {
    "order": "it was trained on single clips and has seen none follow another; where phases come "
    "in the order of its classes, give {in_order}",
    "event_threshold": "it tells clips apart, which last, and knows no events",
    "overlap": "{stride_seconds} says how far apart its windows are",
}
"""Options that a model of clips does not take, and why; others in braces."""


@dataclass(frozen=True)
class Found:
    """What became of one recording.

    Attributes:
        path: The recording.
        timeline: Its timeline as ``Timeline.to_dict`` has it; None if it cannot be read.
        problem: Why not; empty if it can.
        is_new: Whether it was computed now, and not by an earlier run of the command.
    """

    path: Place
    timeline: dict[str, Any] | None
    problem: str = ""
    is_new: bool = True


@dataclass
class TimelineWork:
    """Recordings whose timelines are to be found.

    Attributes:
        find: Gives the timeline of a path, of a camera of so many frames per second (None is the
            file's clock, or the option's); it calls ``progress`` with the share that is done.
        paths: The recordings.
        problems: What is among them and cannot be read as a list or folder.
        folder: Where timelines are written; None writes nothing.
        rates: Frames per second at which the camera took recordings, by path, where a list says so.
        subjects: Who is in recordings, by path, where a list says so.
        notes: What a person should know about how the recordings are read.
        progress: Is told of each recording the share that is done, from 0 to 1.
    """

    find: Callable[..., Timeline]
    paths: Sequence[str]
    problems: Sequence[str] = ()
    folder: TimelineFolder | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    progress: Callable[[str, float], object] = lambda path, share: None

    def results(self) -> Iterator[Found]:
        """Yields what becomes of each recording; the tables are written after the last.

        Raises:
            MienetError: If another process writes to the same folder.
            OSError: If a file cannot be written.
        """
        with self.folder.opened() if self.folder is not None else nullcontext():
            yield from self._results()

    def _results(self) -> Iterator[Found]:
        for problem in self.problems:
            yield Found(Path(), None, problem)
        with progress_bar(description="Timelines", unit="video", total=len(self.paths)) as bar:
            for number, path in enumerate(self.paths):

                def show(share: float, number: int = number, path: str = path) -> None:
                    bar.update(number + share - bar.n)
                    self.progress(path, share)

                show(0.0)
                found = self._one(path, show)
                show(1.0)
                yield found
        if self.folder is not None:
            self.folder.write_tables()

    def _one(self, path: str, progress: Callable[[float], None]) -> Found:
        try:
            rate = self.rates.get(path)
            signature = [path, *video_signature(path), *([] if rate is None else [rate])]
            known = self.folder.known(signature) if self.folder else None
            if known is not None:
                return Found(located(path), known, is_new=False)
            timeline = self.find(path, rate, progress=progress)
        except (MienetError, OSError) as error:
            return Found(located(path), None, naming(path, error))
        if self.folder is not None:
            self.folder.add(signature, timeline)
        return Found(located(path), timeline.to_dict())


def timeline(
    checkpoint: str | Path,
    videos: Sequence[str | Path],
    *,
    window_seconds: float | Sequence[float] | None = None,
    out: str | Path | None = None,
    write: Sequence[str] = (),
    overlay: bool = False,
    probabilities: bool = False,
    **options: Unpack[TimelineOptions],
) -> Iterator[Found]:
    """Yields the phases and events of each recording as they are found.

    With ``out`` there are, when all is done, ``phases.csv`` (a row a phase), ``events.csv`` (a row
    an event, of models that know events), ``summary.csv`` (how often, how long and when each label
    occurs) and a picture of every recording; the same call goes on after a kill.

    Args:
        checkpoint: A run's or model's folder, or its file: a model of clips or of whole recordings.
        videos: Video files, addresses of some, folders of frames, folders of videos, and lists. A
            list's column ``subject`` goes into the tables, which are then written by subject, too
            (``subjects.csv``); ``capture_fps`` is the option of that name for one recording.
        window_seconds: Of a model of clips: lengths of the windows that it looks at, about those of
            the clips that it was trained on; the probabilities of several are averaged. None takes
            the lengths of these clips, or usual ones; a warning says which, and why.
        out: Folder for what is found; None writes nothing.
        write: Programs to write labels for, to a folder of ``out`` each, so that a person can open
            and correct them there: keys of ``TIMELINE_FORMATS`` such as "boris" or "elan".
        overlay: Whether to write each recording as a video with phases and events drawn over it,
            too.
        probabilities: Whether to write the probabilities of all labels at every frame, too, to
            ``NAME_probabilities.csv``.
        options: See ``mienet.view_options.TimelineOptions``.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        MienetError: If an option cannot be used, or ``out`` holds timelines of another model or of
            other options, tables of others, or, with ``overlay``, the videos.
    """
    work = prepare_timelines(
        checkpoint,
        videos,
        window_seconds=window_seconds,
        out=out,
        write=write,
        overlay=overlay,
        probabilities=probabilities,
        **options,
    )
    for note in work.notes:
        warnings.warn(note, stacklevel=2)
    return work.results()


@checked()
def prepare_timelines(
    checkpoint: str | Path,
    videos: Sequence[str | Path],
    *,
    window_seconds: float | Sequence[float] | None = None,
    out: str | Path | None = None,
    write: Sequence[str] = (),
    overlay: bool = False,
    probabilities: bool = False,
    **options: Unpack[TimelineOptions],
) -> TimelineWork:
    """Returns what ``timeline`` goes through, and notes on it; arguments and errors as there."""
    if overlay and out is None:
        raise MienetError("videos with phases drawn over them need a folder; give one with --out")
    if probabilities and out is None:
        raise MienetError("tables of probabilities need a folder; give one with --out")
    device, allow_pickle = options.pop("device"), options.pop("allow_pickle")
    found = resolve_videos(videos, addresses=True)
    if overlay and out is not None:
        local_files = [Path(r.path) for r in found.records if not isinstance(r.path, Address)]
        folders = [path for path in map(located, videos) if isinstance(path, Path)]
        folders = [path for path in folders if path.is_dir() and not is_prepared(path)]
        why = "and the videos with phases drawn over them would be read as recordings"
        require_outside(Path(out), folders, local_files, why=why)
    rates = camera_rates(found.columns.get("capture_fps", ()), options["capture_fps"])
    _check_write(write, out, in_reality=bool(rates) or options["capture_fps"] is not None)
    if write and any(isinstance(record.path, Address) for record in found.records):
        raise MienetError(
            "other programs open videos of this computer, and there are addresses among these; "
            "download the videos, or leave --write out"
        )
    recognizer = load(checkpoint, device=device, allow_pickle=allow_pickle)
    notes: list[str] = []
    asked = {"window_seconds": window_seconds, **options}
    find: Callable[..., Timeline]
    if isinstance(recognizer, TimelineRecognizer):
        reading = _recording_options(recognizer, asked)
        settings = {"model": model_digest(checkpoint), "reading": asdict(reading)}
        find = partial(_find, recognizer.timeline, reading)
        given = {rate for rate in (*rates.values(), reading.capture_fps) if rate is not None}
        notes = _steps_notes(recognizer, sorted(given))
    else:
        windows, notes = _windows(recognizer, asked, in_reality=bool(rates))
        settings = {"model": model_digest(checkpoint), "windows": asdict(windows)}
        find = partial(_find, recognizer.timeline, windows)
    paths = list(dict.fromkeys(record.path for record in found.records))
    subjects = _subjects(found.columns.get("subject", ()))
    folder = None
    if out is not None:
        settings = json.loads(json.dumps(settings))  # tuples become lists, as they are read again
        pattern = options["frame_pattern"]
        folder = TimelineFolder(
            Path(out),
            paths,
            settings,
            overlay=overlay,
            probabilities=probabilities,
            frame_pattern=pattern,
            subjects=subjects,
            programs=write,
        )
    return TimelineWork(find, paths, found.problems, folder, rates, subjects, notes)


def _find(
    timeline_of: Callable[..., Timeline],
    options: RecordingOptions | Windows,
    path: str,
    rate: float | None,
    *,
    progress: Callable[[float], object],
) -> Timeline:
    """Returns a timeline with the camera's rate, where a list says it."""
    own = options if rate is None else replace(options, capture_fps=rate)
    return timeline_of(path, own, progress=progress)


def _steps_notes(recognizer: TimelineRecognizer, rates: Sequence[float]) -> list[str]:
    """Returns a note on cameras that were so much faster than in training that frames are left out.

    Right if the training's times were of reality, and wrong if they were a slow motion file's.
    """
    learned = recognizer.recording_format
    return [
        f"of {rate:g} frames per second every {step}th is looked at, as the model learned from "
        f"{learned.frames_per_second:g}; if it learned from such slow motion by the files' own "
        "clocks, prepare its recordings with --capture-fps, too, and train again"
        for rate in rates
        if (step := learned.step_of(rate)) > 1
    ]


def _subjects(cells: Iterable[Cell]) -> dict[str, str]:
    """Returns who is in each recording; where rows name several, all of them."""
    named: dict[str, dict[str, None]] = {}
    for path, subject, _ in cells:
        named.setdefault(path, {})[subject] = None
    return {path: ", ".join(subjects) for path, subjects in named.items()}


def _windows(
    recognizer: Recognizer, asked: Mapping[str, Any], *, in_reality: bool
) -> tuple[Windows, list[str]]:
    """Returns how a model of clips looks along recordings, and what to say about it."""
    _refuse(asked, OF_RECORDING_MODELS, "this is a model of clips")
    given = asked["window_seconds"]
    notes = []
    if given is None:
        if in_reality or asked["capture_fps"] is not None:
            raise OptionError(
                "times are to be those of reality, and how long the model's clips are in reality "
                f"is not known: give the lengths of windows with {option_name('window_seconds')}"
            )
        notes.append(recognizer.window_lengths.reason)
        given = recognizer.window_lengths.seconds
    lengths = tuple(given) if isinstance(given, Sequence) else (given,)
    names = ("stride_seconds", "minimum_seconds", "threshold", "in_order", "capture_fps")
    chosen = {name: asked[name] for name in (*names, "frame_pattern")}
    return Windows(lengths, **chosen), notes


def _recording_options(
    recognizer: TimelineRecognizer, asked: Mapping[str, Any]
) -> RecordingOptions:
    """Returns how a model of whole recordings is asked."""
    _refuse(asked, OF_CLIP_MODELS, "this is a model of whole recordings")
    if not recognizer.events:
        _refuse(asked, {"event_threshold": "it knows phases alone"}, "this model has no events")
    if not recognizer.phases:
        of_phases = ("order", "minimum_seconds", "threshold")
        reasons = dict.fromkeys(of_phases, "it knows events alone")
        _refuse(asked, reasons, "this model has no phases")
    names = ("minimum_seconds", "threshold", "event_threshold", "overlap", "capture_fps")
    chosen = {name: asked[name] for name in (*names, "frame_pattern")}
    return RecordingOptions(asked["order"] or "learned", **chosen)


def _refuse(asked: Mapping[str, Any], names: Mapping[str, str], what: str) -> None:
    """Raises an error for options that were given and cannot be used."""
    defaults = {name: option.default for name, (_, option) in declared(TimelineOptions).items()}
    given = [
        f"{option_name(name)}: {re.sub(r'{(.*?)}', lambda other: option_name(other[1]), why)}"
        for name, why in names.items()
        if asked[name] != defaults.get(name)
    ]
    if given:
        raise OptionError(f"{what}, which does not take {'; nor '.join(given)}")


def _check_write(write: Sequence[str], out: str | Path | None, *, in_reality: bool) -> None:
    for name in write:
        if name not in get_args(WrittenFormat):
            accepted = ", ".join(get_args(WrittenFormat))
            raise MienetError(
                f"{option_name('write')}: {name!r} is not accepted; choose from {accepted}"
            )
    if write and out is None:
        raise MienetError("labels for other programs need a folder; give one with --out")
    if write and in_reality:
        raise MienetError(
            f"other programs count the file's own seconds, and {option_name('capture_fps')} or a "
            f"column capture_fps those of reality; leave {option_name('write')} out, or these"
        )
