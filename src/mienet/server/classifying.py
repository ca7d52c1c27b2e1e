"""The job ``predict`` of a model of clips: the ranked classes of each video, taken as one clip."""

from pathlib import Path
from typing import Any

from mienet.annotations.records import VideoRecord
from mienet.files import Journal
from mienet.server.models import require_same
from mienet.server.running_job import Running
from mienet.server.signatures import signature_of
from mienet.workflows.predict import FailedVideo, prepare_work, recognize

MOST_CLASSES = 5
"""Classes that are kept of a video, the likeliest."""


def classify(running: Running) -> dict[str, Any]:
    """Ranks the classes of a job's videos, by its ``path`` and ``key``; errors as ``predict``'s.

    Each is read as ``mienet predict`` reads it, one by one, so that one that takes the worker down
    is known.
    """
    asked = running.job.asked
    running.tell(None, f"opening {asked['model']}")
    require_same(Path(asked["path"]), asked["key"])
    recognizer = prepare_work(asked["path"], []).recognizer
    journal = Journal(running.places.classes / f"{asked['key']}.jsonl")
    journal.path.parent.mkdir(exist_ok=True)
    failed = 0
    for video in running.job.videos:
        running.tell_video(video, 0.0)
        signature = signature_of(Path(video))
        ((_, result),) = recognize(recognizer, [VideoRecord(video, None)])
        problem = result.problem if isinstance(result, FailedVideo) else ""
        if not problem:
            classes = result.to_dict()["classes"][:MOST_CLASSES]
            journal.append({"path": video, "signature": signature, "classes": classes})
        failed += bool(problem)
        running.end_video(video, problem)
    done = len(running.job.videos) - failed
    message = f"{done} predicted" + (f", {failed} cannot be read" if failed else "")
    return {"message": message, "predicted": done, "failed": failed}
