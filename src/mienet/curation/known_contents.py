"""What preparations and checks have noted of videos' content, by which renamed ones are known."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mienet.curation.probe import PROBES
from mienet.data.copies import Content, originals
from mienet.files import Journal
from mienet.yaml_files import read_yaml

COUNT_AS_NEW = "under other names they count as new"
"""What becomes of videos that are lost."""


def contents_in(folder: Path) -> dict[str, Content]:
    """Returns what a prepared dataset's folder has noted of video files, by their real paths."""
    lines: list[dict[str, Any]] = Journal(folder / PROBES).peek()
    return {
        os.path.realpath(line["path"]): Content(line["size_bytes"], line["fingerprint"])
        for line in lines
        if line.get("path") and line.get("size_bytes") and line.get("fingerprint")
    }


def contents_of_runs(homes: Iterable[Path]) -> dict[str, Content]:
    """Returns what the datasets that runs were trained on have noted; of what is no run, nothing.

    Args:
        homes: The runs' folders.
    """
    folders: set[Path] = set()
    for home in homes:
        try:
            recipe = read_yaml(home / "config.yaml")
        except (OSError, ValueError):
            continue
        named = recipe.get("data") if isinstance(recipe, dict) else None
        paths = [Path(named[key]) for key in ("root", "train", "val") if named and named.get(key)]
        folders |= {path if path.is_dir() else path.parent for path in paths}
    return {path: content for folder in folders for path, content in contents_in(folder).items()}


def lost_videos(paths: Iterable[str], contents: Mapping[str, Content]) -> list[str]:
    """Returns the videos that are not there and not known under other names, each once.

    Args:
        paths: Of the videos.
        contents: What was noted of videos, by their real paths.
    """
    missing = [path for path in dict.fromkeys(paths) if not Path(path).exists()]
    return [path for path in missing if os.path.realpath(path) not in contents]


def lost_warnings(
    learned: Mapping[str, Sequence[str]], paths: Sequence[str], contents: Mapping[str, Content]
) -> tuple[str, ...]:
    """Returns a sentence on each list of which some lost videos may be among others.

    None where all of these are known. No sentence names a video, as cards repeat them.

    Args:
        learned: Paths of the videos of lists that a model has learned from, by what they are.
        paths: The others.
        contents: What was noted of the lists' videos, by their real paths.
    """
    lost = {name: lost_videos(listed, contents) for name, listed in learned.items()}
    if any(lost.values()):
        known = {os.path.realpath(path) for listed in learned.values() for path in listed}
        if set(originals(paths, known, contents).values()) <= known:
            return ()
    return tuple(
        f"{len(missing)} of {len(set(learned[name]))} videos of {name} are not there; "
        f"{COUNT_AS_NEW}"
        for name, missing in lost.items()
        if missing
    )
