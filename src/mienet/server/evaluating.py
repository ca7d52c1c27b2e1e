"""How good a model is on the labels in the folder: figures, the jobs ``report`` and ``compare``.

A model is measured on the finished recordings that it did not learn from, whichever have been
labeled since. Where there are none, on those that it learned from, and that is said.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mienet.labeling.timelines import AnnotatedVideo
from mienet.rendering.timeline_evaluation import TimelineEvaluation
from mienet.server.evaluation_list import EvaluationList, finished_labels, write_evaluation_list
from mienet.server.figures import figures_folder, report_page, write_figures
from mienet.server.places import Places
from mienet.server.running_job import Running
from mienet.workflows.compare import compare
from mienet.workflows.evaluate_recordings import evaluate_recordings
from mienet.workflows.report import report

NAMED = ("frame_accuracy", "f1_50", "boundary_median_frames", "event_map_2")
"""Measures that the list of models shows."""


def measure(
    places: Places, model: Path, key: str, labeled: Sequence[AnnotatedVideo]
) -> dict[str, Any]:
    """Returns a model's figures, as ``GET /api/models`` shows them, and keeps them.

    Args:
        places: Where figures are kept.
        model: Its folder: one of recordings.
        key: What its results are kept under.
        labeled: The recordings to measure it on, if it did not learn from them.

    Raises:
        MienetError: If it cannot be measured.
    """
    listed = write_evaluation_list(labeled, [model], figures_folder(places, key))
    return _measure_on(places, model, key, listed)


def report_on(running: Running) -> dict[str, Any]:
    """Writes the report on a model, which the job asks for: ``model``, its ``path`` and ``key``."""
    asked, places = running.job.asked, running.places
    model, page = Path(asked["path"]), report_page(places, asked["key"])
    running.tell(None, f"measuring {asked['model']} on labeled recordings")
    said: list[str] = []
    if asked["type"] == "recordings":
        listed = write_evaluation_list(finished_labels(places), [model], page.parent)
        found = report(model, listed.path, out=page)
        _measure_on(places, model, asked["key"], listed)  # computed already
        said = [f"Not measured: {listed.left_out}."] if listed.left_out else []
    else:  # of labeled clips, which are not here: the run's own
        found = report(model, out=page)
    return {"message": " ".join([*found.headline, *said]), "report": asked["model"]}


def compare_models(running: Running) -> dict[str, Any]:
    """Compares the models of a job: ``models``, their ``paths``.

    Returns what each has, and the differences from the first; see ``ModelComparison.to_dict``.
    """
    asked, places = running.job.asked, running.places
    models = [Path(path) for path in asked["paths"]]
    out = places.evaluations / " and ".join(asked["models"])
    running.tell(None, "measuring both on recordings that neither has learned from")
    listed = write_evaluation_list(finished_labels(places), models, out)
    comparison = compare(models, listed.path, out=out, speed=False)
    message = f"compared on {counted(listed.num_recordings)} that none of them has learned from"
    message += f"; not measured: {listed.left_out}" if listed.left_out else ""
    return {
        "message": message,
        "num_recordings": listed.num_recordings,
        "comparison": comparison.to_dict(),
    }


def counted(number: int) -> str:
    """Returns a number of recordings in words.

    >>> counted(1)
    '1 recording'
    """
    return f"{number} recording{'' if number == 1 else 's'}"


def _measure_on(places: Places, model: Path, key: str, listed: EvaluationList) -> dict[str, Any]:
    evaluation, _ = evaluate_recordings(model, listed.path)
    found = {name: evaluation.to_dict()[name] for name in NAMED if name in evaluation.figures}
    found |= _said(evaluation, listed)
    write_figures(places, key, found)
    return found


def _said(evaluation: TimelineEvaluation, listed: EvaluationList) -> dict[str, Any]:
    """Returns on what the figures were found, in words that keep nobody from doubting them."""
    count = len(evaluation.recordings)
    if not listed.is_unseen:
        said = (
            f"on the {counted(count)} that it learned from: they say whether it has learned, "
            "not how good it is on new ones; label others to find out"
        )
    elif evaluation.learned.get("val.csv"):
        said = (
            f"on {counted(count)} that it did not learn from, some of which its thresholds were "
            "tuned on"
        )
    else:
        said = f"on {counted(count)} that it did not learn from"
    if listed.is_unseen and evaluation.has_few_groups:
        said += f"; with so few ({evaluation.num_groups}) the next ones may be much different"
    if listed.left_out:
        said += f"; {listed.left_out}"
    return {"num_recordings": count, "is_unseen": listed.is_unseen, "said": said}
