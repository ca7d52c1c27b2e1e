"""What the model of clips in use says of a video."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from mienet.server.context import Server

router = APIRouter()


@router.get("/api/classes")
def classes(
    server: Server, video: str, start_frame: int | None = None, end_frame: int | None = None
) -> dict[str, Any]:
    """Returns the ``Ranking`` of a video, or of a part; null where none is predicted."""
    server.library.find(video)
    found = server.classes.of(video, start_frame, end_frame)
    return {"ranking": found and asdict(found)}
