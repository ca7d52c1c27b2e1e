"""What the page asks first: the folder, the model, the labels and their colors."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from mienet import __version__
from mienet.labeling.timeline_formats import written_formats
from mienet.rendering.phase_colors import PHASE_COLORS
from mienet.server.context import Server

router = APIRouter()


@router.get("/api/state")
def state(server: Server) -> dict[str, Any]:
    """Returns what does not change from video to video."""
    model = server.models.used()
    videos = [listed.video for listed in server.library.videos() if not listed.problem]
    in_use = server.labels.labels_in_use(videos)
    phases = _joined(model.phases if model else (), in_use[0])
    events = _joined(model.events if model else (), in_use[1])
    return {
        "folder": str(server.settings.folder),
        "version": __version__,
        "model": model
        and {
            "name": model.name,
            "kind": model.kind,
            "phases": list(model.phases),
            "events": list(model.events),
        },
        "phases": phases,
        "events": events,
        "colors": _colors([*phases, *events]),
        "limits": asdict(server.settings.limits),
        "formats": written_formats(),
        "camera": server.settings.camera,
    }


def _joined(first: Sequence[str], then: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*first, *then]))


def _colors(labels: Sequence[str]) -> dict[str, str]:
    """Returns a color for every label, those of reports in the same order."""
    names = dict.fromkeys(labels)
    return {name: PHASE_COLORS[place % len(PHASE_COLORS)] for place, name in enumerate(names)}
