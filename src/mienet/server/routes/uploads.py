"""Videos that are dropped on the page."""

from typing import Any

from fastapi import APIRouter
from fastapi.requests import Request

from mienet.server.context import Server

router = APIRouter()


@router.put("/api/uploads")
async def take(server: Server, request: Request, name: str) -> dict[str, Any]:
    """Streams a video to the disk, and returns its path below the folder."""
    length = request.headers.get("content-length", "")
    size_bytes = int(length) if length.isdecimal() else None
    return {"video": await server.uploads.take(name, size_bytes, request.stream())}
