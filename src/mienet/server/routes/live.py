"""Watching live: starting and ending it, what is seen, and what is said of it."""

from collections.abc import AsyncIterator
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from mienet.server.context import Server

router = APIRouter()

BOUNDARY = "picture"


class LiveBody(BaseModel):
    """What is to be done."""

    model_config = ConfigDict(extra="forbid", strict=True)

    action: Literal["start", "stop", "record", "stop recording"]


@router.get("/api/live")
def live(server: Server, after_seconds: float = -1.0) -> dict[str, Any]:
    """Returns what is said of the last moments, and how fast and late it is."""
    return server.live.describe(after_seconds=after_seconds)


@router.post("/api/live")
def change(server: Server, body: LiveBody) -> dict[str, Any]:
    """Starts or ends watching or recording."""
    recorded = None
    if body.action == "start":
        server.live.start()
    elif body.action == "stop":
        server.live.stop()
    else:
        recorded = server.live.record(is_on=body.action == "record")
    return {**server.live.describe(), "recorded": recorded}


@router.get("/live/picture")
async def picture(server: Server) -> StreamingResponse:
    """Returns pictures one after the other, each in the place of the one before."""

    async def parts() -> AsyncIterator[bytes]:
        async for jpeg in server.live.pictures():
            head = (
                f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            )
            yield head.encode() + jpeg + b"\r\n"

    return StreamingResponse(parts(), media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}")
