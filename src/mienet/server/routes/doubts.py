"""Where the model is in doubt: curves, places, and which videos to label next."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from mienet.curation.suggestions import NovelNames, suggest
from mienet.server.context import Server
from mienet.server.refusal import RefusedError

router = APIRouter()

MOST_POINTS = 20_000
MOST_SUGGESTIONS = 100


@router.get("/api/curves")
def curves(
    server: Server, video: str, points: Annotated[int, Query(ge=1, le=MOST_POINTS)] = 1000
) -> dict[str, Any]:
    """Returns the probabilities of a video's labels over time; see ``Predictions.curves``."""
    server.library.find(video)
    found = server.predictions.curves(video, points)
    if found is None:
        raise _not_predicted(video)
    return found


@router.get("/api/doubts")
def doubts(server: Server, video: str) -> dict[str, Any]:
    """Returns where the model is in doubt, the worst first."""
    server.library.find(video)
    if not server.predictions.has(video):
        raise _not_predicted(video)
    return {"doubts": server.predictions.places_in_doubt(video)}


@router.get("/api/suggestions")
def suggestions(
    server: Server, number: Annotated[int, Query(ge=1, le=MOST_SUGGESTIONS)] = 5
) -> dict[str, Any]:
    """Returns the videos that are most worth labeling, with a reason each."""
    states = server.states()
    labeled = [video for video, state in states.items() if state in ("draft", "finished")]
    left = [video for video, state in states.items() if state in ("new", "predicted")]
    doubts = ((video, server.predictions.doubt(video)) for video in left)
    found = suggest(doubts, NovelNames(left, labeled), number)
    return {"suggestions": [asdict(one) for one in found]}


def _not_predicted(video: str) -> RefusedError:
    return RefusedError(
        404, f"video: {video}: the model in use has not predicted it; predict it first"
    )
