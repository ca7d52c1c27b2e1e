"""Evaluation on labeled recordings: phases, events and their times, of a model of recordings.

What is predicted of each recording is kept in ``recordings.jsonl``, so that a killed command goes
on where it stopped, and figures at another tolerance need no new predictions.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from mienet.curation.known_contents import contents_of_runs, lost_warnings
from mienet.curation.probe import file_signature
from mienet.data.camera_rates import said_twice
from mienet.data.copies import originals
from mienet.data.held_out import RUN_LISTS, evaluation_list, own_list
from mienet.data.manifest import is_prepared, read_prepared
from mienet.data.recordings import Recordings, read_recordings, subjects_of
from mienet.data.splitting import joined_groups
from mienet.destinations import require_own, require_writable
from mienet.errors import MienetError, naming
from mienet.files import Journal
from mienet.labeling.timeline_formats import read_timelines
from mienet.labeling.timelines import AnnotatedVideo
from mienet.loading import (
    home_of,
    kind_of_model,
    load,
    model_digest,
    refuse_data,
    require_each_once,
)
from mienet.metrics.events import Event
from mienet.metrics.recording_figures import Figure, overall_figures
from mienet.metrics.recordings import RecordingLabels, compare_recording
from mienet.options import checked
from mienet.progress import progress_bar
from mienet.rendering.evaluation_files import earlier_list, results_folder, results_home
from mienet.rendering.timeline_evaluation import EvaluatedRecording, TimelineEvaluation
from mienet.rendering.timeline_evaluation_files import (
    FILES,
    JOURNAL,
    STARTS,
    write_timeline_evaluation,
)
from mienet.timeline_ensemble import TimelineEnsemble, TimelineModel
from mienet.timeline_recognizer import TimelineRecognizer
from mienet.timelines.recording import RecordingOptions
from mienet.timelines.result import Timeline
from mienet.timelines.spotting import find_candidates
from mienet.timelines.truth import event_frames, frame_labels
from mienet.view_options import RecordingEvaluationOptions

__all__ = ["Figure", "TimelineEvaluation", "evaluate_recordings", "is_of_recordings"]

Spots = list[tuple[str, int, float]]
"""Label, frame and probability of each event."""


@dataclass(frozen=True)
class Predicted:
    """What is predicted of one recording, as the journal keeps it.

    Attributes:
        borders_seconds: When each frame begins, and when the last one ends.
        phases: Label, first frame and the frame behind the last of each phase.
        events: Those that a user is shown.
        candidates: All that may be events.
    """

    borders_seconds: list[float]
    phases: list[tuple[str, int, int]]
    events: Spots
    candidates: Spots


@checked()
def evaluate_recordings(
    checkpoint: str | Path | Sequence[str | Path],
    data: str | Path | None = None,
    *,
    root: str | Path | None = None,
    out: str | Path | None = None,
    **options: Unpack[RecordingEvaluationOptions],
) -> tuple[TimelineEvaluation, Path]:
    """Returns how well a model finds phases and events of recordings, and the folder of the files.

    The folder gets metrics.json, phases.csv, events.csv, boundaries.csv, per_video.csv,
    timelines.png and confusion_matrix.png. Results of the same list are replaced;
    ``TimelineEvaluation.replaced`` says so. The same call goes on after a kill. Recordings that
    cannot be used do not count, and are told in ``TimelineEvaluation.problems``.

    Args:
        checkpoint: A run's or model's folder, or its file: a model of recordings. Of several, which
            may differ in all but their phases and events, the probabilities are averaged.
        data: A list of recordings, or a prepared dataset, whose test list is taken, or else its
            validation list; None is the run's own validation list.
        root: Folder of the videos; None is the dataset's, or the list's own.
        out: The folder; None is ``evaluation/LIST`` in the checkpoint's folder, or for several
            models ``evaluation_average/LIST`` in the first one's.
        options: Those of ``RecordingEvaluationOptions``, each of which is explained there.

    Raises:
        MienetError: If the model, the list or an option cannot be used, if the list has phases or
            events that the model does not know, or if no recording can be used.
        OSError: If one of them is not there, or the folder cannot be written.
    """
    checkpoints = [checkpoint] if isinstance(checkpoint, (str, Path)) else list(checkpoint)
    if not is_of_recordings(checkpoints):
        raise MienetError(
            f"{checkpoints[0]}: a model of clips, which is evaluated on labeled clips "
            "(mienet.evaluate)"
        )
    require_each_once(checkpoints)
    homes = [*map(home_of, checkpoints)]
    source = evaluation_list(Path(data)) if data is not None else own_list(homes)
    written = Path(out) if out is not None else results_folder(results_home(homes), source)
    require_writable(written, FILES)
    require_own(written, FILES, tuple(STARTS), by="mienet evaluate", starts=STARTS)
    frame_pattern = options["frame_pattern"] or _frame_pattern(source)
    recordings = read_recordings(source, videos=Path(root) if root else None)
    recognizer = _open(checkpoints, options["device"], options["allow_pickle"])
    unknown = _unknown_labels(recordings, recognizer, source)
    filmed = [video for video in recordings.videos if video.capture_fps is not None]
    if filmed and options["capture_fps"] is not None:
        raise said_twice(filmed[0].source)
    reading = RecordingOptions(
        order=options["order"] or "learned",
        minimum_seconds=options["minimum_seconds"],
        threshold=options["threshold"],
        event_threshold=options["event_threshold"],
        overlap=options["overlap"],
        capture_fps=options["capture_fps"],
        frame_pattern=frame_pattern,
    )
    digests = [model_digest(path) for path in checkpoints]
    settings = {"model": _one_or_all(digests), "options": asdict(reading)}
    replaced = earlier_list(written)
    written.mkdir(parents=True, exist_ok=True)
    predictions = _Predictions(recognizer, reading, Journal(written / JOURNAL), settings)
    tolerance = options["tolerance_frames"]
    evaluated, problems = _evaluate_each(recordings.videos, recognizer, predictions, tolerance)
    if not evaluated:
        said = "\n  ".join(problems)
        raise MienetError(f"{source}: none of its recordings can be used:\n  {said}")
    groups = [one.group for one in evaluated]
    comparisons = [one.comparison for one in evaluated]
    learned, lost = _learned(homes, [one.path for one in evaluated])
    evaluation = TimelineEvaluation(
        source,
        tuple(recognizer.phases),
        tuple(recognizer.events),
        evaluated,
        overall_figures(comparisons, groups, tolerance_frames=tolerance),
        num_groups=len(set(groups)),
        has_subjects=any(map(subjects_of, recordings.videos)),
        tolerance_frames=tolerance,
        problems=tuple(problems),
        learned=learned,
        lost=lost,
        unknown=unknown,
        num_kept=predictions.num_kept,
        replaced=replaced,
        is_real_time=not filmed and options["capture_fps"] is None,
    )
    names = _one_or_all([*map(str, checkpoints)])
    facts = {"checkpoint": names, "data": str(source.absolute()), **settings}
    write_timeline_evaluation(evaluation, facts, written)
    return evaluation, written


def is_of_recordings(checkpoints: Sequence[str | Path]) -> bool:
    """Returns whether models to evaluate are of whole recordings, and not of clips.

    Raises:
        FileNotFoundError: If one is not there.
        MienetError: If there is none, one is no model, or they are not all of one kind.
    """
    if not checkpoints:
        raise MienetError("no model to evaluate; give a run's or model's folder")
    for number, path in enumerate(checkpoints):
        refuse_data(Path(path), is_first=number == 0)
    kinds = {kind_of_model(path): path for path in reversed(checkpoints)}
    if len(kinds) > 1:
        raise MienetError(
            f"{kinds['clips']} is a model of clips, and {kinds['recordings']} is of whole "
            "recordings; give models of one kind"
        )
    return "recordings" in kinds


def _open(checkpoints: Sequence[str | Path], device: str, allow_pickle: bool) -> TimelineModel:
    """Returns the model, or several as one."""
    found = []
    for path in checkpoints:
        recognizer = load(path, device=device, allow_pickle=allow_pickle)
        assert isinstance(recognizer, TimelineRecognizer)  # as its description says
        found.append(recognizer)
    return found[0] if len(found) == 1 else TimelineEnsemble(found, [*map(str, checkpoints)])


def _one_or_all(texts: Sequence[str]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else list(texts)


class _Predictions:
    """What a model says of recordings: computed once, and kept in a journal.

    Entries of another model or of other options are dropped, as their figures are replaced.
    """

    def __init__(
        self,
        recognizer: TimelineModel,
        reading: RecordingOptions,
        journal: Journal,
        settings: dict[str, Any],
    ) -> None:
        self._recognizer = recognizer
        self._reading = reading
        self._journal = journal
        self._settings = json.loads(json.dumps(settings))
        entries = journal.read()
        kept = [e for e in entries if {key: e.get(key) for key in settings} == self._settings]
        if len(kept) < len(entries):
            journal.rewrite(kept)
        self._done = {tuple(e["signature"]): Predicted(**e["predicted"]) for e in kept}
        self._earlier = frozenset(self._done)
        self.num_kept = 0

    def of(self, video: AnnotatedVideo, progress: Callable[[float], object]) -> Predicted:
        """Returns what is predicted of a recording.

        Raises:
            MienetError, OSError: If it cannot be read.
        """
        path, rate = video.path, video.capture_fps
        signature = (path, *file_signature(path), *([] if rate is None else [rate]))
        self.num_kept += signature in self._earlier
        if signature not in self._done:
            reading = self._reading if rate is None else replace(self._reading, capture_fps=rate)
            found = _predicted(self._recognizer.timeline(path, reading, progress=progress))
            entry = {"signature": signature, "predicted": asdict(found)}
            self._journal.append(self._settings | entry)
            self._done[signature] = found
        return self._done[signature]


def _predicted(timeline: Timeline) -> Predicted:
    candidates: Spots = []
    if timeline.event_probabilities is not None:
        found = find_candidates(timeline.event_probabilities, timeline.borders_seconds)
        candidates = [(timeline.event_names[spot.label], spot.frame, spot.score) for spot in found]
    return Predicted(
        timeline.borders_seconds.tolist(),
        [(phase.label, phase.start_frame, phase.end_frame) for phase in timeline.phases],
        [(event.label, event.frame, float(event.confidence or 0)) for event in timeline.events],
        candidates,
    )


def _evaluate_each(
    videos: Sequence[AnnotatedVideo],
    recognizer: TimelineModel,
    predictions: _Predictions,
    tolerance_frames: int,
) -> tuple[list[EvaluatedRecording], list[str]]:
    """Returns all recordings that can be used, and a line for each that cannot."""
    evaluated: list[EvaluatedRecording] = []
    problems: list[str] = []
    groups = joined_groups([subjects_of(video) or (video.path,) for video in videos])
    with progress_bar(description="Evaluating", unit="recording", total=len(videos)) as bar:
        for number, (video, group) in enumerate(zip(videos, groups, strict=True)):

            def show(share: float, number: int = number) -> None:
                bar.update(number + share - bar.n)

            try:
                predicted = predictions.of(video, show)
                labels = _labels(video, predicted, recognizer)
                if not (labels.true >= 0).any():
                    raise MienetError(f"{video.path}: none of its frames is labeled")
                comparison = compare_recording(
                    labels,
                    len(recognizer.phases),
                    recognizer.events,
                    tolerance_frames=tolerance_frames,
                )
                evaluated.append(EvaluatedRecording(video.path, str(group), labels, comparison))
            except (MienetError, OSError) as error:
                problems.append(naming(video.path, error))
            show(1.0)
    return evaluated, problems


def _labels(
    video: AnnotatedVideo, predicted: Predicted, recognizer: TimelineModel
) -> RecordingLabels:
    borders = np.array(predicted.borders_seconds)
    phases, events = recognizer.phases, recognizer.events
    labels = np.full(len(borders) - 1, len(phases), dtype=np.int64)
    for label, start, end in predicted.phases:
        labels[start:end] = phases.index(label)
    return RecordingLabels(
        borders,
        frame_labels(video, borders, phases),
        labels,
        [Event(events[index], frame) for index, frame in event_frames(video, borders, events)],
        [Event(*spot) for spot in predicted.events],
        [Event(*spot) for spot in predicted.candidates],
    )


def _frame_pattern(source: Path) -> str | None:
    """Returns how a dataset names the images in its folders of frames.

    Raises:
        DatasetError: If the dataset is damaged.
        MienetError: If it is one of clips.
    """
    if not is_prepared(source.parent):
        return None
    dataset = read_prepared(source.parent)
    if not dataset.is_of_recordings:
        raise MienetError(
            f"{source}: a list of labeled clips; a model of whole recordings needs lists that say "
            "when what happens in them, which mienet prepare makes of annotations of recordings"
        )
    return dataset.frame_pattern


def _unknown_labels(
    recordings: Recordings, recognizer: TimelineModel, source: Path
) -> tuple[str, ...]:
    """Returns which kinds of labels the model lacks altogether, though the list has some.

    Raises:
        MienetError: If the list has labels that the model does not know, beside those it knows.
    """
    absent, problems = [], []
    for kind, listed, known in (
        ("phases", recordings.phases, recognizer.phases),
        ("events", recordings.events, recognizer.events),
    ):
        unknown = [name for name in listed if name not in known]
        if unknown and not known:
            absent.append(kind)
        elif unknown:
            problems.append(
                f"{kind} {', '.join(map(repr, unknown))}, which the model does not know (it knows "
                f"{', '.join(map(repr, known))})"
            )
    if problems:
        raise MienetError(
            f"{source} has {' and '.join(problems)}; correct their names, or leave them out of the "
            "list, as mienet prepare --exclude-classes does"
        )
    return tuple(absent)


def _learned(homes: Sequence[Path], paths: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Returns how many of the recordings are in the lists that the runs keep, by their names.

    Beside it are sentences on those of the lists that may be among the recordings unknown.
    """
    found = {}
    contents = contents_of_runs(homes)
    learned: dict[str, list[str]] = {}
    for name, what in RUN_LISTS.items():
        known: list[str] = []
        for home in homes:
            if (home / "run.json").is_file() and (home / name).is_file():
                # The run wrote whole paths.
                videos = read_timelines(home / name).videos
                known += [os.path.realpath(video.name) for video in videos]
        real, there = originals(paths, known, contents), set(known)
        found[name] = sum(real[path] in there for path in paths)
        learned[what] = known
    return found, lost_warnings(learned, paths, contents)
