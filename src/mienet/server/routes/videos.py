"""The videos: the list, the times of their frames, and the files themselves."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import FileResponse

from mienet.curation.probe import file_signature
from mienet.server.context import Context, Server
from mienet.server.library import Listed
from mienet.server.refusal import RefusedError
from mienet.server.strays import find_strays
from mienet.server.transcoding import is_copy

router = APIRouter()

MEDIA_TYPES = {".webm": "video/webm"}
"""Of endings that browsers play; all others are MP4's, as QuickTime's .mov is to a browser."""


@router.get("/api/videos")
def videos(server: Server) -> dict[str, Any]:
    """Returns all videos; nothing is decoded, and what is not known yet is null.

    With the labels whose video is not there, and where it seems to be.
    """
    found = server.library.videos()
    strays = find_strays(server.labels, server.prober, found)
    return {
        "videos": [_described(server, listed) for listed in found],
        "strays": [asdict(stray) for stray in strays],
    }


@router.get("/api/frames")
def frames(server: Server, video: str) -> dict[str, Any]:
    """Returns when each frame is shown, in seconds as a player counts them.

    With the size of its copy for browsers, null where there is none, and whether they need one.
    """
    path, copy = server.library.find(video), server.places.playable_copy(video)
    borders = server.prober.borders(video)
    facts = server.prober.usable(video)
    return {
        "num_frames": facts.num_frames,
        "borders_seconds": borders.tolist(),
        "width": facts.width,
        "height": facts.height,
        "fps": facts.fps,
        "needs_copy": bool(facts.needs_copy),
        "copy_bytes": copy.stat().st_size if is_copy(path, copy) else None,
    }


@router.api_route("/media", methods=["GET", "HEAD"])
def media(server: Server, video: str, which: Literal["file", "copy"] | None = None) -> FileResponse:
    """Returns a video's file, or its copy for browsers; parts of it, where they are asked for.

    Who does not say which gets the copy, where there is one. Parts of both must not be mixed, so a
    copy that is asked for and has gone is refused.
    """
    path = server.library.find(video)
    copy = server.places.playable_copy(video)
    if which != "file" and is_copy(path, copy):
        return _file(copy)
    if which == "copy":
        raise RefusedError(404, f"{video}: its copy for browsers is gone; open the video again")
    facts = server.prober.usable(video)
    if facts.needs_copy:
        # Of the file as it is: another one of its name is tried again.
        signature = file_signature(str(path))
        if problem := server.jobs.problem_of("transcode", video, signature=signature):
            raise RefusedError(409, f"{problem}; no copy for browsers could be made of it")
        job = server.jobs.add("transcode", videos=[video], signature=signature)
        message = f"{video}: {facts.needs_copy}; a copy that they play is being made"
        raise RefusedError(409, message, job=job)
    return _file(path)


def _file(path: Path) -> FileResponse:
    kind = MEDIA_TYPES.get(path.suffix.lower(), "video/mp4")
    return FileResponse(path, media_type=kind)


def _described(server: Context, listed: Listed) -> dict[str, Any]:
    video = listed.video
    folder, _, name = video.rpartition("/")
    state, problem = server.state_of(listed)
    facts = None if listed.problem else server.prober.known(video)
    is_whole = facts is not None and not facts.problem
    return {
        "video": video,
        "name": name,
        "folder": folder,
        "state": state,
        "problem": problem,
        "num_frames": facts.num_frames if facts and is_whole else None,
        "duration_seconds": facts.duration_seconds if facts and is_whole else None,
        "doubt": None if listed.problem else server.predictions.doubt(video),
        "answer": None if listed.problem else _answer(server, video),
        "playable": _is_playable(server, video) if facts and is_whole else None,
        "size_bytes": listed.size_bytes,
    }


def _answer(server: Context, video: str) -> dict[str, Any] | None:
    """Returns the likeliest class, and how likely it is; None if none are predicted.

    "None of these" has no probability.
    """
    found = server.classes.of(video)
    if found is None:
        return None
    probability = found.classes[0]["probability"] if found.is_answered else None
    return {"name": found.answer, "probability": probability}


def _is_playable(server: Context, video: str) -> bool:
    facts = server.prober.known(video)
    if facts is not None and not facts.needs_copy:
        return True
    return is_copy(server.places.videos / video, server.places.playable_copy(video))
