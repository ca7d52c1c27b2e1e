"""Labels exchanged with other programs: a file that is given, and a download."""

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.requests import Request
from fastapi.responses import Response

from mienet.labeling.timeline_formats import written_formats
from mienet.server.context import Server
from mienet.server.refusal import RefusedError

router = APIRouter()


@router.post("/api/import")
async def take(
    server: Server, request: Request, name: str, replace: bool = False
) -> dict[str, Any]:
    """Saves the labels in a file as finished ones; see ``Exchange.take``."""
    content = await request.body()
    done = await run_in_threadpool(server.exchange.take, name, content, replaces=replace)
    return asdict(done)


@router.get("/api/export")
def give(server: Server, format: str, video: str | None = None) -> Response:
    """Returns finished labels as a program reads them: of one video, or of all."""
    if format not in written_formats():
        accepted = ", ".join(written_formats())
        raise RefusedError(400, f"format: {format!r} is not accepted; choose from {accepted}")
    if video is not None:
        server.library.find(video)
    videos = [one.video for one in server.library.videos() if not one.problem]
    chosen = videos if video is None else [video]
    name, content = server.exchange.give(chosen, format)
    return Response(
        content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=utf-8''{quote(name)}"},
    )
