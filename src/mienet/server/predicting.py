"""The job ``predict``: timelines of videos by a model of recordings, and where it is in doubt."""

import warnings
from pathlib import Path
from typing import Any

from mienet.errors import MienetError
from mienet.files import Journal
from mienet.rendering.timeline_folder import JOURNAL_NAME, kept_probabilities
from mienet.server.classifying import classify
from mienet.server.predictions import DOUBTS
from mienet.server.running_job import Running
from mienet.timelines.doubts import doubtful_places, frame_doubts
from mienet.workflows.timeline import Found, prepare_timelines


def predict(running: Running) -> dict[str, Any]:
    """Predicts the videos of a job, which asks for ``model``, its ``path``, ``key`` and ``type``.

    Works in the folder of the videos, so that timelines name them by their paths below it and the
    folder can be moved. A video that cannot be read is noted, and the others go on.

    Raises:
        MienetError: If the model cannot be used.
    """
    if running.job.asked["type"] == "clips":
        return classify(running)
    asked = dict.fromkeys(running.job.videos)
    out = running.places.timelines / running.job.asked["key"]
    # Those that are known come again, as the tables are of all.
    earlier = [entry["signature"][0] for entry in Journal(out / JOURNAL_NAME).read()]
    paths = [*asked, *(path for path in earlier if path not in asked and Path(path).exists())]
    running.tell(None, f"opening {running.job.asked['model']}")
    work = prepare_timelines(running.job.asked["path"], paths, out=out, probabilities=True)
    for note in work.notes:
        warnings.warn(note, stacklevel=2)  # in the log

    def tell(path: str, share: float) -> None:
        if path in asked:
            running.tell_video(path, share)

    work.progress = tell
    doubts = Journal(out / DOUBTS)
    have_doubts = {entry["path"] for entry in doubts.read()}
    failed = 0
    for problem in work.problems:
        raise MienetError(problem)
    for found in work.results():
        path = str(found.path)
        if found.timeline is not None and (found.is_new or path not in have_doubts):
            doubts.append(_doubts_of(out, found))
        if path in asked:
            failed += found.timeline is None
            running.end_video(path, found.problem)
    done = len(asked) - failed
    message = f"{done} predicted" + (f", {failed} cannot be read" if failed else "")
    return {"message": message, "predicted": done, "failed": failed}


def _doubts_of(out: Path, found: Found) -> dict[str, Any]:
    """Returns how doubtful a recording is on average, and its most doubtful places."""
    timeline = kept_probabilities(out, str(found.path))
    places = [
        {"time_seconds": place.time_seconds, "why": place.why}
        for place in doubtful_places(timeline)
    ]
    doubt = float(frame_doubts(timeline).mean())
    return {"path": str(found.path), "doubt": round(doubt, 4), "places": places}
