"""A report on a model: one page for those who will use it, from an evaluation of labeled videos."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import torch

from mienet import __version__
from mienet.data.resolve import choose_split
from mienet.engines.runtime import sha256
from mienet.errors import MienetError
from mienet.files import require_writable
from mienet.loading import model_digest
from mienet.options import checked, declared
from mienet.rendering.evaluation_files import METRICS, results_folder
from mienet.rendering.report.clips import write_clips_page
from mienet.rendering.report.recordings import write_recordings_page
from mienet.rendering.report.run import read_run
from mienet.view_options import FindingOptions, ModelOptions
from mienet.workflows.evaluate import evaluate
from mienet.workflows.evaluate_recordings import evaluate_recordings, is_of_recordings

PAGE = "report.html"
ENDINGS = (".html", ".htm")
TAKEN = ("clips", "crops", "short_side", "crop_size", "error_rate")
"""Options of an evaluation of clips, as its metrics.json names them."""


@dataclass(frozen=True)
class Report:
    """A page that was written.

    Attributes:
        path: The page.
        headline: Its first paragraph, as sentences.
        folder: The evaluation's files, which it was made of.
        num_kept: Recordings or clips whose results were kept from an earlier evaluation.
        num_computed: Those that were computed for it.
        problems: Recordings that could not be used, and why.
    """

    path: Path
    headline: tuple[str, ...]
    folder: Path
    num_kept: int
    num_computed: int
    problems: tuple[str, ...] = ()


@checked()
def report(
    checkpoint: str | Path,
    data: str | Path | None = None,
    *,
    root: str | Path | None = None,
    out: str | Path | None = None,
    **options: Unpack[ModelOptions],
) -> Report:
    """Writes a page about a model: what it is good for, how good it is, and where it fails.

    The model is evaluated on the list, as ``mienet evaluate`` does it, to its folder. What an
    earlier evaluation of this model computed there is kept, with the options that it was given.

    Args:
        checkpoint: A run's or model's folder, or its file.
        data: As for ``evaluate``: a list or a prepared dataset; None is the run's own validation
            list.
        root: Folder that the list's paths start from; None is the list's own.
        out: The page; None is ``report.html`` in the evaluation's folder.
        options: Those of ``ModelOptions``, each of which is explained there.

    Raises:
        MienetError: If the model, the list or ``out`` cannot be used, or nothing can be evaluated.
        OSError: If one of them is not there, or the page cannot be written.
    """
    of_recordings = is_of_recordings([checkpoint])
    home = Path(checkpoint).parent if Path(checkpoint).is_file() else Path(checkpoint)
    source = _source(home, data)
    folder = results_folder(home / "evaluation", source)
    page = _page(Path(out) if out is not None else folder / PAGE)
    earlier = _earlier(folder, checkpoint, source)
    make = _of_recordings if of_recordings else _of_clips
    return make(checkpoint, home, source, root, page, earlier, options)


def _of_recordings(
    checkpoint: str | Path,
    home: Path,
    source: Path,
    root: str | Path | None,
    page: Path,
    earlier: dict[str, Any],
    options: ModelOptions,
) -> Report:
    said = {**(earlier.get("options") or {}), "tolerance_frames": earlier.get("tolerance_frames")}
    taken = {name: said[name] for name in declared(FindingOptions) if said.get(name) is not None}
    evaluation, folder = evaluate_recordings(
        checkpoint, source, root=root, **options, **taken, frame_pattern=said.get("frame_pattern")
    )
    count = len(evaluation.recordings)
    facts = [
        *_facts(checkpoint, source),
        ("recordings", f"{count:,}, {evaluation.num_frames:,} labeled frames"),
        ("options of the evaluation", _options(taken)),
    ]
    headline = write_recordings_page(
        page,
        evaluation,
        read_run(home),
        facts=facts,
        version=__version__,
        is_real_time=taken.get("capture_fps") is None,
    )
    kept = evaluation.num_kept
    return Report(page, tuple(headline), folder, kept, count - kept, evaluation.problems)


def _of_clips(
    checkpoint: str | Path,
    home: Path,
    source: Path,
    root: str | Path | None,
    page: Path,
    earlier: dict[str, Any],
    options: ModelOptions,
) -> Report:
    said = {**(earlier.get("models") or [{}])[0], **earlier}
    taken = {name: said[name] for name in TAKEN if said.get(name) is not None}
    evaluation, folder = evaluate(checkpoint, source, root=root, **options, **taken)
    count = len(evaluation.records)
    facts = [
        *_facts(checkpoint, source),
        ("clips", f"{count:,}"),
        (
            "options of the evaluation",
            ", ".join(f"{name} {value}" for name, value in taken.items()),
        ),
    ]
    headline = write_clips_page(page, evaluation, read_run(home), facts=facts, version=__version__)
    kept = count if evaluation.num_kept else 0
    return Report(page, tuple(headline), folder, kept, count - kept)


def _source(home: Path, data: str | Path | None) -> Path:
    if data is not None:
        return choose_split(Path(data), "test", "val")
    path = home / "val.csv"
    if not path.exists():
        raise FileNotFoundError(
            f"{home} has no validation list of its own; give --data LIST_OR_DATASET"
        )
    return path


def _page(path: Path) -> Path:
    """Returns the page's path, to which it can be written.

    Raises:
        MienetError: If it has another ending, or is a folder.
        OSError: If it cannot be written.
    """
    if path.suffix.lower() not in ENDINGS:
        raise MienetError(f"{path}: the report is a page; give a name that ends in .html")
    require_writable(path.parent, [path.name])
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _earlier(folder: Path, checkpoint: str | Path, source: Path) -> dict[str, Any]:
    """Returns what an earlier evaluation of this model and list says of itself; empty for none."""
    try:
        found = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict) or found.get("data") != str(source.absolute()):
        return {}
    models = found.get("models") or [{"sha256": found.get("model")}]
    return found if [m.get("sha256") for m in models] == [model_digest(checkpoint)] else {}


def _facts(checkpoint: str | Path, source: Path) -> list[tuple[str, str]]:
    found = [("model", str(checkpoint)), ("SHA-256 of the model", model_digest(checkpoint))]
    found.append(("list", str(source.absolute())))
    if source.is_file():
        found.append(("SHA-256 of the list", sha256(source)))
    return [*found, ("versions now", f"mienet {__version__}, torch {torch.__version__}")]


def _options(taken: dict[str, Any]) -> str:
    standard = {name: option.default for name, (_, option) in declared(FindingOptions).items()}
    standard["order"] = "learned"
    other = [
        f"--{name.replace('_', '-')} {value}"
        for name, value in taken.items()
        if value != standard[name]
    ]
    return ", ".join(other) or "the defaults"
