"""Labels of a video: read, saved, given up for the model's."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from mienet.labeling.timelines import AnnotatedVideo, Event
from mienet.server.context import Context, Server
from mienet.server.label_files import NEW, Labels, OutdatedError
from mienet.server.library import brief
from mienet.server.marks import LabelsBody, RenameBody, annotated, as_values, problems_of, refuse
from mienet.server.refusal import RefusedError
from mienet.server.strays import find_strays
from mienet.video.endings import VIDEO, kind_of

router = APIRouter()


@router.get("/api/labels")
def read(server: Server, video: str) -> dict[str, Any]:
    """Returns a person's labels, or the model's where there are none."""
    server.library.find(video)
    labels = server.labels.read(video)
    if labels.problem:
        raise RefusedError(409, labels.problem, version=labels.version)
    return _answer(server, video, labels)


@router.put("/api/labels")
def save(server: Server, video: str, body: LabelsBody) -> dict[str, Any]:
    """Saves a person's labels; they are on the disk when this answers."""
    server.library.find(video)
    most = server.settings.limits.marks
    if len(body.marks) > most:
        raise RefusedError(413, f"{len(body.marks)} marks of one video; accepted are {most}")
    content = annotated(video, body.marks)
    refuse(problems_of(content, server.prober.usable(video).duration_seconds))
    try:
        saved = server.labels.save(content, body.version, is_finished=body.finished)
    except OutdatedError as error:
        raise _outdated(server, video, error) from error
    return {"version": saved.version, "state": saved.state}


@router.post("/api/labels/rename")
def rename(server: Server, body: RenameBody) -> dict[str, Any]:
    """Gives a label another name in all videos, and in what models of recordings say of them.

    Returns the videos, also those whose file is not there, and the models that had it.
    """
    refuse(problems_of(AnnotatedVideo("the new name", events=(Event(body.to, 0.0),)), 1.0))
    videos = [video for video in server.labels.videos() if kind_of(video) == VIDEO]
    renamed = server.labels.rename(videos, body.kind, body.label, body.to)
    models = [model for model in server.models.all() if model.kind == "recordings"]
    having = server.model_labels.rename(models, body.kind, body.label, body.to)
    if not renamed and not having:
        raise RefusedError(404, f"no video has a {body.kind} {brief(body.label)}; reload the page")
    server.label_order.rename(body.kind, body.label, body.to)
    return {"videos": renamed, "models": having}


@router.post("/api/labels/follow")
def follow(server: Server) -> dict[str, Any]:
    """Lets labels follow their videos that have another name now, and returns which ones."""
    strays = find_strays(server.labels, server.prober, server.library.videos())
    moved = [stray for stray in strays if stray.now is not None]
    if not moved:
        raise RefusedError(404, "no labels have a video of another name; reload the page")
    for stray in moved:
        server.labels.follow(stray.video, str(stray.now))
    return {"moved": [asdict(stray) for stray in moved]}


@router.delete("/api/labels")
def remove(server: Server, video: str, version: str) -> dict[str, Any]:
    """Gives a person's labels up for the model's, and returns these."""
    server.library.find(video)
    try:
        server.labels.remove(video, version)
    except OutdatedError as error:
        raise _outdated(server, video, error) from error
    return _answer(server, video, Labels())


def _answer(server: Context, video: str, labels: Labels) -> dict[str, Any]:
    predicted = server.predictions.of(video)
    own = None if predicted is None else as_values(predicted)
    is_own = labels.state == NEW
    marks = (own or []) if is_own else as_values(labels.content) if labels.content else []
    state = "predicted" if is_own and server.is_predicted(video) else labels.state
    return {"version": labels.version, "state": state, "marks": marks, "predicted": own}


def _outdated(server: Context, video: str, error: OutdatedError) -> RefusedError:
    message = (
        f"the labels of {video} were changed meanwhile, in another window or by a program; "
        "reload them, or save yours over them"
    )
    return RefusedError(409, message, **_answer(server, video, error.current))
