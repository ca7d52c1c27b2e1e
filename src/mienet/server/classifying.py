"""The job ``predict`` of a model of clips: the ranked classes of each video, taken as one clip."""

from pathlib import Path
from typing import Any

from mienet.annotations.records import VideoRecord
from mienet.files import Journal
from mienet.server.models import require_same
from mienet.server.running_job import Running
from mienet.server.signatures import signature_of
from mienet.workflows.predict import FailedVideo, prepare_work

MOST_CLASSES = 5
"""Classes that are kept of a video, the likeliest."""


def classify(running: Running) -> dict[str, Any]:
    """Ranks the classes of a job's videos, by its ``path`` and ``key``; errors as ``predict``'s.

    With ``start_frame`` and ``end_frame`` it is a part of its one video that is taken as the clip;
    with an ``error_rate``, it says what is none of the classes. Each video is read as ``mienet
    predict`` reads it, one by one, so that one that takes the worker down is known.
    """
    asked = running.job.asked
    running.tell(None, f"opening {asked['model']}")
    require_same(Path(asked["path"]), asked["key"])
    error_rate = asked.get("error_rate")
    part = {name: asked[name] for name in ("start_frame", "end_frame") if name in asked}
    work = prepare_work(asked["path"], [], error_rate=error_rate)
    journal = Journal(running.places.classes / f"{asked['key']}.jsonl")
    journal.path.parent.mkdir(exist_ok=True)
    failed = 0
    for video in running.job.videos:
        running.tell_video(video, 0.0)
        signature = signature_of(Path(video))
        work.records = [VideoRecord(video, None, **part)]
        ((_, result),) = work.results()
        problem = result.problem if isinstance(result, FailedVideo) else ""
        if not problem:
            said = result.to_dict()
            kept = {"classes": said["classes"][:MOST_CLASSES], "error_rate": error_rate}
            journal.append(said | kept | {"signature": signature})
        failed += bool(problem)
        running.end_video(video, problem)
    done = len(running.job.videos) - failed
    message = f"{done} predicted" + (f", {failed} cannot be read" if failed else "")
    return {"message": message, "predicted": done, "failed": failed}
