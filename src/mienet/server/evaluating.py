"""How good a model is on the labels in the folder: figures, the jobs ``report`` and ``compare``.

A model is measured on the finished recordings that it did not learn from, whichever have been
labeled since. Where there are none, on those that it learned from, and that is said.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mienet.annotations.records import AnnotationError
from mienet.errors import MienetError
from mienet.files import write_whole
from mienet.labeling.timeline_formats import read_timelines
from mienet.labeling.timeline_tables import write_timeline_table
from mienet.labeling.timelines import AnnotatedVideo
from mienet.rendering.timeline_evaluation import TimelineEvaluation
from mienet.server.figures import figures_folder, report_page, write_figures
from mienet.server.places import Places
from mienet.server.running_job import Running
from mienet.workflows.compare import compare
from mienet.workflows.evaluate_recordings import evaluate_recordings
from mienet.workflows.report import report

UNSEEN, LEARNED = "unseen.csv", "learned.csv"
NAMED = ("frame_accuracy", "f1_50", "boundary_median_frames", "event_map_2")
"""Measures that the list of models shows."""


def finished_labels(places: Places) -> tuple[AnnotatedVideo, ...]:
    """Returns the recordings whose labels are finished, with whole paths.

    Raises:
        MienetError: If there are none, or they cannot be used.
    """
    if not any(places.labels.glob("**/*.csv")):
        raise MienetError(
            "no recording has finished labels yet; label one and press Finished, then try again"
        )
    return read_timelines(places.labels, videos=places.videos).videos


def write_evaluation_list(places: Places, models: Sequence[Path], out: Path) -> tuple[Path, int]:
    """Writes the list that models are measured on, and returns it and its number of recordings.

    Args:
        places: Where the labels are.
        models: Folders of the models, none of which may have learned from a recording of it.
        out: Folder for the list.

    Returns:
        ``unseen.csv``, or ``learned.csv`` where one model has learned from all that is labeled.

    Raises:
        MienetError: If no labels are finished, or several models leave nothing to compare them on.
    """
    learned = {path for model in models for path in _learned(model)}
    finished = finished_labels(places)
    chosen = [video for video in finished if os.path.realpath(video.path) not in learned]
    name = UNSEEN
    if not chosen and len(models) > 1:
        raise MienetError(
            "each finished recording was learned from by one of these models, which would win on "
            "it; label another recording that none of them has seen"
        )
    if not chosen:
        chosen, name = list(finished), LEARNED
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / name, write_timeline_table(chosen)["annotations.csv"])
    return out / name, len(chosen)


def measure(places: Places, model: Path, key: str) -> dict[str, Any]:
    """Returns a model's figures, as ``GET /api/models`` shows them, and keeps them.

    Args:
        places: Where the labels are.
        model: Its folder: one of recordings.
        key: What its results are kept under.

    Raises:
        MienetError: If it cannot be measured.
    """
    out = figures_folder(places, key)
    source, _ = write_evaluation_list(places, [model], out)
    evaluation, _ = evaluate_recordings(model, source)
    found = {
        name: evaluation.to_dict()[name] for name in NAMED if name in evaluation.figures
    } | _said(evaluation, is_unseen=source.name == UNSEEN)
    write_figures(places, key, found)
    return found


def report_on(running: Running) -> dict[str, Any]:
    """Writes the report on a model, which the job asks for: ``model``, its ``path`` and ``key``."""
    asked, places = running.job.asked, running.places
    model, page = Path(asked["path"]), report_page(places, asked["key"])
    running.tell(None, f"measuring {asked['model']} on labeled recordings")
    if asked["type"] == "recordings":
        source, _ = write_evaluation_list(places, [model], page.parent)
        found = report(model, source, out=page)
        measure(places, model, asked["key"])  # computed already
    else:  # of labeled clips, which are not here: the run's own
        found = report(model, out=page)
    return {"message": " ".join(found.headline), "report": asked["model"]}


def compare_models(running: Running) -> dict[str, Any]:
    """Compares the models of a job: ``models``, their ``paths``.

    Returns what each has, and the differences from the first; see ``ModelComparison.to_dict``.
    """
    asked, places = running.job.asked, running.places
    models = [Path(path) for path in asked["paths"]]
    out = places.evaluations / " and ".join(asked["models"])
    running.tell(None, "measuring both on recordings that neither has learned from")
    source, count = write_evaluation_list(places, models, out)
    comparison = compare(models, source, out=out, speed=False)
    found = comparison.to_dict()
    message = f"compared on {count} recording(s) that none of them has learned from"
    return {"message": message, "num_recordings": count, "comparison": found}


def _said(evaluation: TimelineEvaluation, *, is_unseen: bool) -> dict[str, Any]:
    """Returns on what the figures were found, in words that keep nobody from doubting them."""
    count = len(evaluation.recordings)
    if not is_unseen:
        said = (
            f"on the {count} recording(s) that it learned from: they say whether it has learned, "
            "not how good it is on new ones; label others to find out"
        )
    elif evaluation.learned.get("val.csv"):
        said = (
            f"on {count} recording(s) that it did not learn from, some of which its thresholds "
            "were tuned on"
        )
    else:
        said = f"on {count} recording(s) that it did not learn from"
    if is_unseen and evaluation.has_few_groups:
        said += f"; with so few ({evaluation.num_groups}) the next ones may be much different"
    return {"num_recordings": count, "is_unseen": is_unseen, "said": said}


def _learned(model: Path) -> set[str]:
    """Returns the recordings that a run learned from; none where it does not say."""
    home = model.parent if model.is_file() else model
    train = home / "train.csv"
    if not train.is_file():
        return set()
    try:
        return {os.path.realpath(video.name) for video in read_timelines(train).videos}
    except AnnotationError:  # a run of clips
        return set()
