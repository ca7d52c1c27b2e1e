"""The server's app: its routes, its page, and how it says what went wrong."""

import logging
import sqlite3
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from mienet.errors import MienetError
from mienet.escaping import shown
from mienet.server.context import make_context
from mienet.server.disk import MAKE_ROOM, disk_problem, is_full
from mienet.server.identity import SameFolder
from mienet.server.refusal import RefusedError
from mienet.server.routes import (
    classes,
    doubts,
    exchange,
    explanations,
    jobs,
    labels,
    live,
    models,
    state,
    uploads,
    videos,
)
from mienet.server.security import Guard
from mienet.server.settings import Settings

LOG = logging.getLogger("mienet.server")
WEB = Path(__file__).parent / "web"
NO_ROOM = 507
"""HTTP's number for a disk that is full."""
ROUTES = (
    *(state, videos, labels, exchange, uploads, jobs, models),
    *(doubts, classes, explanations, live),
)


def create_app(settings: Settings) -> FastAPI:
    """Returns the app of one folder of videos.

    Raises:
        OSError: If its folders cannot be made.
    """
    app = FastAPI(title="mienet", docs_url=None, redoc_url=None, openapi_url=None)
    context = app.state.context = make_context(settings)
    same_folder = Depends(SameFolder(context.identity, settings.folder))
    for routes in ROUTES:
        app.include_router(routes.router, dependencies=[same_folder])
    app.add_api_route("/", _page, methods=["GET"])
    app.mount("/web", StaticFiles(directory=WEB), name="web")
    app.add_exception_handler(MienetError, _mistaken)
    app.add_exception_handler(RequestValidationError, _misformed)
    app.add_exception_handler(HTTPException, _unknown)
    app.add_exception_handler(Exception, _failed)
    app.add_middleware(Guard, settings=settings)
    return app


def _page() -> FileResponse:
    return FileResponse(WEB / "index.html")


def _mistaken(request: Request, error: Exception) -> JSONResponse:
    status = error.status if isinstance(error, RefusedError) else 400
    more = error.more if isinstance(error, RefusedError) else {}
    LOG.warning("%s %s: %d: %s", request.method, _asked(request), status, shown(error)[:500])
    return JSONResponse({"error": str(error), **more}, status_code=status)


def _misformed(request: Request, error: Exception) -> JSONResponse:
    """Says in one line what is wrong with a request's parameters and body."""
    assert isinstance(error, RequestValidationError)
    lines = [
        f"{'.'.join(map(str, problem['loc'][1:])) or 'request'}: {problem['msg']}"
        for problem in error.errors()
    ]
    return _mistaken(request, RefusedError(400, "; ".join(lines)))


def _unknown(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    message = f"{request.method} {_asked(request)}: {str(error.detail).lower()}"
    return _mistaken(request, RefusedError(error.status_code, message))


def _failed(request: Request, error: Exception) -> JSONResponse:
    LOG.error("%s %s failed", request.method, _asked(request), exc_info=error)
    if isinstance(error, OSError) and error.strerror:
        status = NO_ROOM if is_full(error) else 500
        return JSONResponse({"error": disk_problem(error)}, status_code=status)
    if isinstance(error, sqlite3.Error):
        is_about_room = error.sqlite_errorcode == sqlite3.SQLITE_FULL
        said = f"mienet/jobs.sqlite: {error}" + (f"; {MAKE_ROOM}" if is_about_room else "")
        return JSONResponse({"error": said}, status_code=NO_ROOM if is_about_room else 500)
    message = "something went wrong that should not; see mienet/server.log beside the videos"
    return JSONResponse({"error": message}, status_code=500)


def _asked(request: Request) -> str:
    return shown(request.url.path)[:200]
