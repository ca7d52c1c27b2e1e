"""What the model of clips in use says of a video."""

from typing import Any

from fastapi import APIRouter

from mienet.server.context import Server

router = APIRouter()


@router.get("/api/classes")
def classes(server: Server, video: str) -> dict[str, Any]:
    """Returns a video's likeliest classes, the likeliest first; null where none are predicted."""
    server.library.find(video)
    return {"classes": server.classes.of(video)}
