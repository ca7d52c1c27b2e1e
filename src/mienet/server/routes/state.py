"""What the page asks first: the folder, the model, the labels and their colors."""

from typing import Any

from fastapi import APIRouter

from mienet import __version__
from mienet.labeling.timeline_formats import written_formats
from mienet.server.context import Server
from mienet.server.label_order import EVENT, PHASE, colors_of
from mienet.server.model_labels import called
from mienet.video.endings import VIDEO_SUFFIXES

router = APIRouter()


@router.get("/api/state")
def state(server: Server) -> dict[str, Any]:
    """Returns what does not change from video to video."""
    model = server.models.used()
    names = server.model_labels.of(model) if model else {}
    model_phases = called(PHASE, model.phases, names) if model else []
    model_events = called(EVENT, model.events, names) if model else []
    videos = [listed.video for listed in server.library.videos() if not listed.problem]
    phases, events = server.labels.labels_in_use(videos)
    known = [
        *((PHASE, name) for name in phases),
        *((EVENT, name) for name in events),
        *((PHASE, name) for name in model_phases),
        *((EVENT, name) for name in model_events),
    ]
    order = server.label_order.take(known)
    shown = [label for label in order if label in known]
    return {
        "folder": str(server.settings.folder),
        "identity": server.identity,
        "version": __version__,
        "model": model
        and {
            "name": model.name,
            "kind": model.kind,
            "phases": model_phases,
            "events": model_events,
        },
        "phases": [name for kind, name in shown if kind == PHASE],
        "events": [name for kind, name in shown if kind == EVENT],
        "colors": colors_of(order),
        "video_endings": sorted(VIDEO_SUFFIXES),
        "formats": written_formats(),
        "camera": server.settings.camera,
    }
