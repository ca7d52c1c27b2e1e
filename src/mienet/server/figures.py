"""Where the figures of models and the pages about them are kept, for the server and the worker."""

import json
from pathlib import Path
from typing import Any

from mienet.files import write_whole
from mienet.server.places import Places

FIGURES, REPORT = "figures.json", "report.html"


def figures_folder(places: Places, key: str) -> Path:
    """Returns the folder of what was measured of a model, by its ``Model.key``."""
    return places.evaluations / key


def report_page(places: Places, key: str) -> Path:
    """Returns where the report on a model is, or would be."""
    return figures_folder(places, key) / REPORT


def write_figures(places: Places, key: str, figures: dict[str, Any]) -> None:
    """Keeps the figures of a model: JSON values."""
    folder = figures_folder(places, key)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / FIGURES, json.dumps(figures) + "\n")


def read_figures(places: Places, key: str) -> dict[str, Any] | None:
    """Returns the figures that are kept of a model; None if there are none."""
    try:
        found = json.loads((figures_folder(places, key) / FIGURES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
