"""What preparations and checks have noted of videos' content, by which renamed ones are known."""

import os
from pathlib import Path
from typing import Any

from mienet.curation.probe import PROBES
from mienet.data.copies import Content
from mienet.files import Journal
from mienet.yaml_files import read_yaml


def contents_in(folder: Path) -> dict[str, Content]:
    """Returns what a prepared dataset's folder has noted of video files, by their real paths."""
    lines: list[dict[str, Any]] = Journal(folder / PROBES).peek()
    return {
        os.path.realpath(line["path"]): Content(line["size_bytes"], line["fingerprint"])
        for line in lines
        if line.get("path") and line.get("size_bytes") and line.get("fingerprint")
    }


def contents_of_run(home: Path) -> dict[str, Content]:
    """Returns what the datasets that a run was trained on have noted; of no run, nothing."""
    try:
        recipe = read_yaml(home / "config.yaml")
    except (OSError, ValueError):
        return {}
    named = recipe.get("data") if isinstance(recipe, dict) else None
    paths = [Path(named[name]) for name in ("root", "train", "val") if named and named.get(name)]
    found: dict[str, Content] = {}
    for folder in {path if path.is_dir() else path.parent for path in paths}:
        found |= contents_in(folder)
    return found
