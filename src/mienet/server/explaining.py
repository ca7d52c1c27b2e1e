"""The job ``explain``: why a model says what it says of a video, or of a moment of it."""

import shutil
from pathlib import Path
from typing import Any

from mienet.errors import MienetError
from mienet.server.explanations import explanation_folder, write_explanation
from mienet.server.models import require_same
from mienet.server.running_job import Running
from mienet.server.signatures import signature_of
from mienet.workflows.explain import explain


def explain_videos(running: Running) -> dict[str, Any]:
    """Explains the videos of a job, each in place of the explanation that there was of it.

    The job asks for the model's ``path`` and ``key``; ``label``, or None for what the model finds
    likeliest; ``at_seconds`` of a model of recordings.

    Raises:
        MienetError: If the model or a video cannot be used.
    """
    require_same(Path(running.job.asked["path"]), running.job.asked["key"])
    for video in running.job.videos:
        running.tell_video(video, 0.0)
        _explain(running, video)
        running.end_video(video)
    return {}


def _explain(running: Running, video: str) -> None:
    asked = running.job.asked
    signature = signature_of(Path(video))
    folder = explanation_folder(running.places, asked["key"], video)
    out = folder / str(running.job.id)
    at = [] if asked["at_seconds"] is None else [asked["at_seconds"]]
    (found,) = explain(asked["path"], [video], out=out, label=asked["label"], at=at, video=True)
    explanation = found.explanation
    if explanation is None or found.sheet is None or found.video is None:
        raise MienetError(found.problem)
    place = explanation.place
    write_explanation(
        folder,
        {
            "job": running.job.id,
            "signature": signature,
            "label": explanation.label,
            "kind": "class" if place is None else "event" if place.is_event else "phase",
            "probability": explanation.probability,
            "likeliest": explanation.likeliest,
            "at_seconds": asked["at_seconds"],
            "has_motion": explanation.motion is not None,
            "sheet": found.sheet.name,
            "film": found.video.name,
        },
    )
    for other in folder.iterdir():
        if other.is_dir() and other != out:
            shutil.rmtree(other)
