"""Models, which of them is used, and the pages about them."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict

from mienet.server.context import Context, Server
from mienet.server.figures import read_figures, report_page
from mienet.server.label_order import EVENT, PHASE
from mienet.server.model_labels import called
from mienet.server.models import Model
from mienet.server.refusal import RefusedError

router = APIRouter()

PAGE_HEADERS = {
    # A report has its style, script and pictures inside, and reaches nothing, not even us.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data: blob:; media-src data: blob:; font-src data:; "
    "sandbox allow-scripts allow-popups; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


class Chosen(BaseModel):
    """Which model to use."""

    model_config = ConfigDict(extra="forbid")

    name: str


@router.get("/api/models")
def models(server: Server) -> dict[str, Any]:
    """Returns all models, without those that are being trained."""
    used = server.models.used()
    training = {job["name"] for job in server.jobs.unfinished("train")}
    listed = [model for model in server.models.all() if model.name not in training]
    return {"models": [_described(server, model, used) for model in listed]}


@router.put("/api/model")
def use(server: Server, chosen: Chosen) -> dict[str, Any]:
    """Uses another model from now on."""
    model = server.models.use(chosen.name)
    return _described(server, model, model)


@router.get("/api/reports/{name}")
def report(server: Server, name: str) -> FileResponse:
    """Returns the report on a model, a page of its own that can reach nothing else."""
    model = server.models.find(name)
    page = report_page(server.places, model.key)
    if not page.is_file():
        raise RefusedError(404, f"there is no report on {name!r} yet; ask for one first")
    return FileResponse(page, media_type="text/html; charset=utf-8", headers=PAGE_HEADERS)


def _described(server: Context, model: Model, used: Model | None) -> dict[str, Any]:
    names = server.model_labels.of(model)
    return {
        "name": model.name,
        "kind": model.kind,
        "phases": called(PHASE, model.phases, names),
        "events": called(EVENT, model.events, names),
        "used": used is not None and model.path == used.path,
        "trained": model.trained,
        "num_recordings": model.num_recordings,
        "from_scratch": model.is_from_scratch,
        "figures": read_figures(server.places, model.key),
        "report": report_page(server.places, model.key).is_file(),
    }
