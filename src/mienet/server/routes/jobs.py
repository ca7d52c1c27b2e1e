"""The queue of jobs: seen, added to, cancelled."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from mienet.server.context import Context, Server
from mienet.server.models import Model
from mienet.server.refusal import RefusedError

router = APIRouter()

MOST_NAME_CHARACTERS = 60
MOST_EPOCHS = 1000
LEAST_TO_TEACH = 2
RECIPES = ("timeline", "demo_timeline")
"""What a model is trained by: the recipe of whole recordings, and a small one, for trying."""


class Asked(BaseModel):
    """What is asked of a new job; which of it is needed depends on its kind."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    videos: list[str] | None = None
    name: str = ""
    epochs: Annotated[int, Field(ge=1, le=MOST_EPOCHS)] | None = None
    from_model: bool = False
    recipe: str = RECIPES[0]
    id: int = 0
    model: str = ""
    models: list[str] = []
    label: str | None = None
    at_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    start_frame: Annotated[int, Field(ge=0)] | None = None
    end_frame: int | None = None


@router.get("/api/jobs")
def jobs(server: Server) -> dict[str, Any]:
    """Returns the newest jobs, the newest first."""
    return {"jobs": server.jobs.listed()}


@router.post("/api/jobs")
def add(server: Server, asked: Asked) -> dict[str, Any]:
    """Adds a job and returns its number; that of the same job, if it waits or runs already."""
    kinds = {
        "predict": _predict,
        "explain": _explain,
        "train": _train,
        "resume": lambda server, asked: server.jobs.again(asked.id),
        "transcode": _transcode,
        "report": _report,
        "compare": _compare,
    }
    if asked.kind not in kinds:
        raise RefusedError(400, f"kind is {asked.kind!r}; accepted are {', '.join(kinds)}")
    return {"id": kinds[asked.kind](server, asked)}


@router.delete("/api/jobs/{number}")
def cancel(server: Server, number: int) -> dict[str, Any]:
    """Cancels a job; what it has done is kept."""
    server.jobs.cancel(number)
    return server.jobs.described(number)


def _predict(server: Context, asked: Asked) -> int:
    model = _used(server)
    if asked.videos is None:
        videos = [video for video, state in server.states().items() if state == "new"]
    else:
        videos = _checked(server, asked.videos)
    if not videos:
        raise RefusedError(400, "all videos have labels or a prediction of this model; name some")
    part = _part(server, asked, model)
    how = {"error_rate": server.settings.error_rate} if model.kind == "clips" else {}
    return server.jobs.add("predict", videos=videos, **part, **how, **_named(model))


def _part(server: Context, asked: Asked, model: Model) -> dict[str, int]:
    """Returns which frames of its one video are to be predicted; empty if it is all of them."""
    start, end = asked.start_frame, asked.end_frame
    if start is None and end is None:
        return {}
    if model.kind != "clips":
        raise RefusedError(
            400, f"start_frame, end_frame: {model.name} is of whole recordings; leave them out"
        )
    if asked.videos is None or len(asked.videos) != 1:
        raise RefusedError(400, "start_frame, end_frame: a part is of one video; name it alone")
    (video,) = asked.videos
    num_frames = server.prober.usable(video).num_frames
    if start is None or end is None or not start < end <= num_frames:
        raise RefusedError(
            400,
            f"start_frame is {start}, end_frame {end}: {video} has {num_frames} frames, counted "
            "from 0; give the first frame of the part and the first one after it",
        )
    return {"start_frame": start, "end_frame": end}


def _explain(server: Context, asked: Asked) -> int:
    model = _used(server)
    videos = _checked(server, asked.videos or [])
    if len(videos) != 1:
        raise RefusedError(400, f"videos has {len(videos)} names; an explanation is of one")
    of_recordings = model.kind == "recordings"
    if of_recordings and asked.at_seconds is None:
        raise RefusedError(
            400, f"at_seconds is missing: {model.name} is of recordings; give the moment to explain"
        )
    if not of_recordings and asked.at_seconds is not None:
        raise RefusedError(
            400, f"at_seconds: {model.name} gives a clip one class, whatever the time; leave it out"
        )
    known = [*model.phases, *model.events]
    if asked.label is not None and asked.label not in known:
        raise RefusedError(400, f"label is {asked.label!r}; {model.name} knows {', '.join(known)}")
    return server.jobs.add(
        "explain", videos=videos, label=asked.label, at_seconds=asked.at_seconds, **_named(model)
    )


def _train(server: Context, asked: Asked) -> int:
    name = asked.name.strip()
    if problem := _problem_of_name(server, name):
        raise RefusedError(400, problem)
    if asked.recipe not in RECIPES:
        raise RefusedError(400, f"recipe is {asked.recipe!r}; accepted are {', '.join(RECIPES)}")
    finished = sum(state == "finished" for state in server.states().values())
    if finished < LEAST_TO_TEACH:
        raise RefusedError(
            400,
            f"{'one video is' if finished else 'no video is'} finished; teaching needs "
            f"{LEAST_TO_TEACH}: label another one and press Finished",
        )
    start = _start(server) if asked.from_model else None
    return server.jobs.add(
        "train", name=name, epochs=asked.epochs, recipe=asked.recipe, from_path=start
    )


def _start(server: Context) -> str:
    """Returns the folder of the run to learn on from: that of the model in use."""
    model = server.models.used()
    if model is None:
        raise RefusedError(400, "there is no model to start from; teach a new one without")
    if model.kind != "recordings" or not (model.path / "config.yaml").is_file():
        raise RefusedError(
            400,
            f"{model.name} cannot be learned on from: it has to be the folder of a run of whole "
            "recordings, with its config.yaml; teach a new model without starting from it",
        )
    return str(model.path)


def _transcode(server: Context, asked: Asked) -> int:
    if not asked.videos:
        raise RefusedError(400, "videos is empty; name those to make playable")
    return server.jobs.add("transcode", videos=_checked(server, asked.videos))


def _report(server: Context, asked: Asked) -> int:
    return server.jobs.add("report", **_named(server.models.find(asked.model)))


def _compare(server: Context, asked: Asked) -> int:
    if len(asked.models) != 2 or asked.models[0] == asked.models[1]:
        raise RefusedError(400, f"models must be two different names, got {asked.models}")
    models = [server.models.find(name) for name in asked.models]
    for model in models:
        if model.kind != "recordings":
            raise RefusedError(
                400, f"{model.name} is a model of clips, which labels of recordings cannot measure"
            )
    return server.jobs.add(
        "compare", models=asked.models, paths=[str(model.path) for model in models]
    )


def _used(server: Context) -> Model:
    """Returns the model in use; the error says what to do where there is none."""
    model = server.models.used()
    if model is None:
        raise RefusedError(
            400, "there is no model yet: teach one, or start mienet serve with a run's folder"
        )
    return model


def _named(model: Model) -> dict[str, str]:
    """Returns what a job has to know of a model."""
    return {"model": model.name, "path": str(model.path), "key": model.key, "type": model.kind}


def _checked(server: Context, videos: list[str]) -> list[str]:
    """Returns the videos, if all are in the folder; otherwise the error names all that are not."""
    problems = []
    for video in videos:
        try:
            server.library.find(video)
        except RefusedError as error:
            problems.append(str(error))
    if problems:
        raise RefusedError(400, "\n  ".join(["videos that cannot be used:", *problems]))
    return videos


def _problem_of_name(server: Context, name: str) -> str:
    """Returns why a new model cannot have a name; empty if it can."""
    is_plain = all(letter.isalnum() or letter in " -_." for letter in name)
    if not name or len(name) > MOST_NAME_CHARACTERS or not is_plain or name[0] in ". ":
        return (
            f"name is {name[: MOST_NAME_CHARACTERS + 1]!r}; accepted are 1 to "
            f"{MOST_NAME_CHARACTERS} letters, digits, spaces, and any of - _ ."
        )
    taken = {model.name.lower() for model in server.models.all()}
    taken |= {folder.name.lower() for folder in server.places.datasets.glob("*")}
    taken |= {str(job["name"]).lower() for job in server.jobs.unfinished("train")}
    if name.lower() in taken:
        return f"there is a model {name!r} already; choose another name, or resume its job"
    return ""
