"""What to label next: the videos that a model would learn most from, by doubt and novelty."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import numpy as np
import torch

from mienet.annotations.records import VideoRecord
from mienet.curation.known_contents import COUNT_AS_NEW, contents_in, contents_of_runs, lost_videos
from mienet.curation.suggestions import NovelFeatures, NovelNames, Novelty, Suggestion, suggest
from mienet.data.camera_rates import camera_rates
from mienet.data.copies import Content, originals
from mienet.data.resolve import resolve_videos
from mienet.destinations import require_own_file, require_writable
from mienet.errors import MienetError, naming
from mienet.familiarity import directions
from mienet.loading import home_of, load
from mienet.options import Range, checked
from mienet.progress import progress_bar
from mienet.recognizer import Recognizer
from mienet.rendering.spreadsheet import write_table
from mienet.timeline_recognizer import TimelineRecognizer
from mienet.timelines.doubts import frame_doubts
from mienet.timelines.recording import RecordingOptions
from mienet.video_parts import named_part
from mienet.view_options import ModelOptions

__all__ = ["Suggestion", "Suggestions", "suggest_videos"]

COLUMNS = ("video", "reason")


@dataclass(frozen=True)
class Suggestions:
    """What to label next.

    Attributes:
        videos: The first first.
        num_videos: How many were looked at.
        num_labeled: How many were left out, as the model has learned from them or a list has them.
        problems: A line for each that could not be read.
        is_by_features: Whether novelty is told by the model's features, and not by names.
        notes: A line for each list of labeled videos of which some are not there, and unknown under
            other names.
    """

    videos: Sequence[Suggestion]
    num_videos: int
    num_labeled: int
    problems: Sequence[str]
    is_by_features: bool
    notes: Sequence[str] = ()


@checked(number=Range(least=1))
def suggest_videos(
    checkpoint: str | Path,
    videos: Sequence[str | Path],
    *,
    labeled: str | Path | None = None,
    number: int = 10,
    out: str | Path | None = None,
    **options: Unpack[ModelOptions],
) -> Suggestions:
    """Returns the videos that a model would learn most from if they were labeled.

    Of clips the doubt is 1 less the margin between the two likeliest classes, and novelty is by
    the model's features; of recordings it is the mean over all frames of the doubt on phases and
    events, and novelty is by names (``mienet.curation.suggestions``).

    Args:
        checkpoint: A run's or model's folder, or its file.
        videos: Videos, folders of videos, lists. What the run has learned from is left out.
        labeled: A list, folder or dataset of further videos to leave out, as they have labels.
        number: Of suggestions at most.
        out: A CSV to write them to, with the columns video and reason.
        options: Those of ``ModelOptions``, each of which is explained there.

    Raises:
        MienetError: If the model or ``labeled`` cannot be used, there is nothing to suggest, or
            ``out`` is a file of something else.
        OSError: If one of them is not there, or ``out`` cannot be written.
    """
    if out is not None:
        require_writable(Path(out).parent, [Path(out).name])
        require_own_file(Path(out), ",".join(COLUMNS), by="mienet suggest")
    recognizer = load(checkpoint, device=options["device"], allow_pickle=options["allow_pickle"])
    contents = contents_of_runs([home_of(checkpoint)])
    if labeled is not None:
        contents |= contents_in(Path(labeled) if Path(labeled).is_dir() else Path(labeled).parent)
    known, notes = _known(Path(checkpoint), labeled, contents)
    found = resolve_videos(videos)
    records = list(dict.fromkeys(found.records))
    rates: dict[str, float] = {}
    if isinstance(recognizer, TimelineRecognizer):
        rates = camera_rates(found.columns.get("capture_fps", ()), None)
        paths = dict.fromkeys(record.path for record in records)
        records = [VideoRecord(path, None) for path in paths]
    real = originals((record.path for record in records), known, contents)
    left = [record for record in records if real[record.path] not in known]
    looked = _Looked(recognizer, found.problems)
    for record in progress_bar(left, description="Looking", unit="video"):
        looked.add(record, rates.get(record.path))
    if not looked.doubts:
        said = "".join(f"\n  {problem}" for problem in looked.problems)
        have = f"all {len(records)} videos have labels" if records and not left else "no video"
        raise MienetError(f"nothing to suggest: {have}{said}")
    novelty = looked.novelty(sorted(known))
    chosen = suggest(looked.doubts.items(), novelty, number)
    if out is not None:
        rows = [dict(zip(COLUMNS, (one.video, one.reason), strict=True)) for one in chosen]
        write_table(Path(out), rows)
    return Suggestions(
        chosen,
        len(looked.doubts),
        len(records) - len(left),
        looked.problems,
        is_by_features=isinstance(novelty, NovelFeatures),
        notes=notes,
    )


class _Looked:
    """Videos that a model has looked at.

    Args:
        recognizer: The model.
        problems: What is wrong with others already.
    """

    def __init__(
        self, recognizer: Recognizer | TimelineRecognizer, problems: Sequence[str]
    ) -> None:
        self.recognizer = recognizer
        self.problems = list(problems)
        self.doubts: dict[str, float] = {}
        self._directions: dict[str, np.ndarray] = {}

    def add(self, record: VideoRecord, capture_fps: float | None) -> None:
        """Looks at a video, or notes why it cannot be read.

        Args:
            record: The video.
            capture_fps: The camera's frames per second; None is the file's clock.
        """
        try:
            if isinstance(self.recognizer, TimelineRecognizer):
                reading = RecordingOptions(capture_fps=capture_fps)
                timeline = self.recognizer.timeline(record.path, reading)
                self.doubts[record.path] = float(frame_doubts(timeline).mean())
            else:
                self._add_clip(self.recognizer, record)
        except (MienetError, OSError) as error:
            self.problems.append(naming(record.path, error))

    def novelty(self, known: Sequence[str]) -> Novelty:
        """Returns how new the videos are beside the labeled ones, of which the paths are known."""
        clips = getattr(self.recognizer, "known_clips", None)
        if clips is not None and self._directions:
            return NovelFeatures(self._directions, clips.directions.float().numpy())
        # Named as the videos are, so that what shares a folder with them shares its name.
        named = {Path(os.path.realpath(one)).parent: Path(one).parent for one in self.doubts}
        paths = (named.get(path.parent, path.parent) / path.name for path in map(Path, known))
        return NovelNames(self.doubts, map(str, paths))

    @torch.inference_mode()
    def _add_clip(self, recognizer: Recognizer, record: VideoRecord) -> None:
        views = torch.cat(list(recognizer.iterate_views(record)))
        logits, features = recognizer.view_outputs(views.to(recognizer.device))
        if not bool(logits.isfinite().all()):
            raise MienetError("the model's outputs are not finite numbers")
        shares = logits.mean(dim=0).softmax(dim=0)
        likeliest = shares.topk(min(2, len(shares))).values.tolist()
        name = named_part(record.path, *record[2:6])
        self.doubts[name] = 1 - (likeliest[0] - sum(likeliest[1:]))
        if features is not None:
            mean = features.mean(dim=0, keepdim=True)
            self._directions[name] = directions(mean).float()[0].numpy()


def _known(
    checkpoint: Path, labeled: str | Path | None, contents: Mapping[str, Content]
) -> tuple[set[str], list[str]]:
    """Returns the real paths of videos that have labels, and notes on those that are lost.

    These are not there, and their content was not noted, by which they would be known again.

    Raises:
        MienetError: If ``labeled`` cannot be read, or all of its videos are lost.
    """
    home = home_of(checkpoint)
    own = [path for name in ("train.csv", "val.csv") if (path := home / name).is_file()]
    known: set[str] = set()
    notes: list[str] = []
    for path in [*own, *([Path(labeled)] if labeled is not None else [])]:
        paths = _paths(path)
        if missing := lost_videos(paths, contents):
            said = (
                f"{len(missing)} of {len(paths)} videos of {path} are not there, the first as "
                f"{missing[0]}"
            )
            if len(missing) == len(paths) and path not in own:
                raise MienetError(f"{said}; paths of a list start from its folder")
            notes.append(f"{said}; {COUNT_AS_NEW}")
        known |= set(map(os.path.realpath, paths))
    return known, notes


def _paths(labeled: Path) -> list[str]:
    """Returns the videos of a list, folder or dataset, each once."""
    if not labeled.exists():
        raise FileNotFoundError(f"{labeled}: no such list, folder or dataset of labeled videos")
    found = resolve_videos([labeled])
    if found.problems:
        raise MienetError("\n  ".join(["labeled videos cannot be read:", *found.problems]))
    return list(dict.fromkeys(record.path for record in found.records))
