"""What the model of clips in use says of a video."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from mienet.server.context import Server

router = APIRouter()


@router.get("/api/classes")
def classes(server: Server, video: str) -> dict[str, Any]:
    """Returns a video's ``Ranking``, the likeliest class first; null where none is predicted."""
    server.library.find(video)
    found = server.classes.of(video)
    return {"ranking": found and asdict(found)}
