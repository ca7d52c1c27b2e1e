"""A folder that was moved: what was trained in it says where its videos are now.

Runs and datasets name their videos by whole paths, so that commands can be used from anywhere. Were
they of the former place, a model would be measured on what it learned from as if it had never seen
it, and its training could not be resumed.
"""

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import yaml

from mienet.files import write_whole
from mienet.server.places import Places

LISTS = ("train.csv", "val.csv", "test.csv")


def follow_move(places: Places) -> list[str]:
    """Corrects the paths in all runs and their datasets, and returns the names of those changed.

    Raises:
        OSError: If they cannot be read or written.
    """
    changed = []
    for file in sorted(places.runs.glob("*/config.yaml")):
        options = _options(file)
        runs = Path(str(options.get("train", {}).get("out", "")))
        former = Places(runs.parent.parent)
        if not runs.is_absolute() or runs != former.runs or former == places:
            continue
        run, dataset = file.parent, places.datasets / file.parent.name
        lists = {
            path: (path.read_text(encoding="utf-8"), _corrected_list(path, former, places))
            for path in (folder / name for folder in (run, dataset) for name in LISTS)
            if path.is_file()
        }
        # Before the lists, as it is by the former ones that their hashes are known as its own.
        _correct_json(run / "run.json", former, places, lists)
        _correct_json(dataset / "dataset.json", former, places, {})
        for path, (_, text) in lists.items():
            write_whole(path, text)
        # Last, as it tells that there is something to correct.
        write_whole(file, yaml.safe_dump(_corrected(options, former, places), sort_keys=False))
        changed.append(run.name)
    return changed


def _options(file: Path) -> dict[str, Any]:
    """Returns the options of a run; none where somebody has broken them."""
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("train"), dict) else {}


def _corrected_list(file: Path, former: Places, places: Places) -> str:
    rows = csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline=""))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [_corrected(value, former, places) for value in row] for row in rows
    )
    return text.getvalue()


def _correct_json(
    file: Path, former: Places, places: Places, lists: dict[Path, tuple[str, str]]
) -> None:
    """Corrects paths, and the hashes of lists beside it, by which a training is resumed."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return
    content = _corrected(content, former, places)
    hashes = content.get("list_sha256") or {}
    for path, (old, new) in lists.items():
        if path.parent == file.parent and hashes.get(path.name) == _hash(old):
            hashes[path.name] = _hash(new)
    write_whole(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _corrected(value: Any, former: Places, places: Places) -> Any:
    """Returns a value, and what is in it, with paths in the former folder in the one of now."""
    if isinstance(value, dict):
        return {key: _corrected(one, former, places) for key, one in value.items()}
    if isinstance(value, str) and Path(value).is_relative_to(former.videos):
        return str(places.videos / Path(value).relative_to(former.videos))
    return value


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
