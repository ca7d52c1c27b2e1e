"""Why the model in use says what it says of a video."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse

from mienet.server.context import Context, Server
from mienet.server.explanations import Picture, picture_file, read_explanation
from mienet.server.refusal import RefusedError

router = APIRouter()


@router.get("/api/explanation")
def explanation(server: Server, video: str) -> dict[str, Any]:
    """Returns the last explanation of a video; null if there is none by the model in use."""
    found = _find(server, video)
    shown = found and {name: value for name, value in found.items() if name != "signature"}
    return {"explanation": shown}


@router.get("/api/explanation/{which}")
def picture(server: Server, which: Picture, video: str, job: int) -> FileResponse:
    """Returns the contact sheet or the film of an explanation, by the job that made it."""
    found, model = _find(server, video), server.models.used()
    path = None
    if found is not None and model is not None and found["job"] == job:
        path = picture_file(server.places, model.key, video, found, which)
    if path is None or not path.is_file():
        raise RefusedError(
            404, f"video: {video}: there is no such explanation any more; ask for it again"
        )
    return FileResponse(path, media_type="image/png" if which == "sheet" else "video/mp4")


def _find(server: Context, video: str) -> dict[str, Any] | None:
    server.library.find(video)
    model = server.models.used()
    return None if model is None else read_explanation(server.places, model.key, video)
