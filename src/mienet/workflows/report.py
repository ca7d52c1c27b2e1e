"""A report on a model: one page for those who will use it, from an evaluation of labeled videos."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import torch

from mienet import __version__
from mienet.data.held_out import evaluation_list, own_list
from mienet.destinations import require_own_file, require_writable
from mienet.engines.runtime import sha256
from mienet.errors import MienetError
from mienet.loading import home_of, model_digest
from mienet.options import checked, declared
from mienet.rendering.evaluation_files import METRICS, Evaluation, results_folder, results_home
from mienet.rendering.report.clips import write_clips_page
from mienet.rendering.report.recordings import write_recordings_page
from mienet.rendering.report.run import read_runs
from mienet.rendering.sweep import SweepTable
from mienet.rendering.timeline_evaluation import TimelineEvaluation
from mienet.sweeps.trials import SweepError
from mienet.view_options import FindingOptions, ModelOptions
from mienet.workflows.evaluate import evaluate
from mienet.workflows.evaluate_recordings import (
    evaluate_recordings,
    is_of_recordings,
)
from mienet.workflows.sweep_table import sweep_table

PAGE = "report.html"
ENDINGS = (".html", ".htm")
OWN_TITLE = r"(?s).*<title>[^<]*: (a model of|an ensemble:) "
TAKEN = ("clips", "crops", "short_side", "crop_size", "error_rate", "average")
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
        warnings: What makes the figures say less than they seem to; on the page, too.
        kept_in: The files or the folder that what was kept is in.
    """

    path: Path
    headline: tuple[str, ...]
    folder: Path
    num_kept: int
    num_computed: int
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    kept_in: tuple[Path, ...] = ()


@checked()
def report(
    checkpoint: str | Path | Sequence[str | Path],
    data: str | Path | None = None,
    *,
    root: str | Path | None = None,
    out: str | Path | None = None,
    learning_curve: str | Path | None = None,
    **options: Unpack[ModelOptions],
) -> Report:
    """Writes a page about a model: what it is good for, how good it is, and where it fails.

    The model is evaluated on the list, as ``mienet evaluate`` does it, to its folder. What an
    earlier evaluation of this model computed there is kept, with the options that it was given.

    Args:
        checkpoint: A run's or model's folder, or its file; several are averaged, as ``evaluate``
            does it.
        data: As for ``evaluate``: a list or a prepared dataset; None is the run's own validation
            list.
        root: Folder that the list's paths start from; None is the list's own.
        out: The page; None is ``report.html`` in the evaluation's folder.
        learning_curve: Folder of a sweep that varies how much is learned from, to show what more
            labels would bring.
        options: Those of ``ModelOptions``, each of which is explained there.

    Raises:
        MienetError: If the model, the list or ``out`` cannot be used, or nothing can be evaluated.
        OSError: If one of them is not there, or the page cannot be written.
    """
    checkpoints = [checkpoint] if isinstance(checkpoint, (str, Path)) else list(checkpoint)
    of_recordings = is_of_recordings(checkpoints)
    homes = [*map(home_of, checkpoints)]
    source = evaluation_list(Path(data)) if data is not None else own_list(homes)
    folder = results_folder(results_home(homes), source)
    learning = _learning_curve(Path(learning_curve)) if learning_curve is not None else None
    page = _page(Path(out) if out is not None else folder / PAGE)
    earlier = _earlier(folder, checkpoints, source)
    taken = _taken(earlier, of_recordings)
    evaluation: Evaluation | TimelineEvaluation
    kept_in: tuple[Path, ...]
    if of_recordings:
        pattern = (earlier.get("options") or {}).get("frame_pattern")
        evaluation, folder = evaluate_recordings(
            checkpoints, source, root=root, **options, **taken, frame_pattern=pattern
        )
        count, problems = len(evaluation.recordings), evaluation.problems
        kept, kept_in = evaluation.num_kept, (folder,)
    else:
        evaluation, folder = evaluate(checkpoints, source, root=root, **options, **taken)
        count, problems = len(evaluation.records), ()
        kept = count if evaluation.num_kept >= len(checkpoints) else 0
        kept_in = tuple(evaluation.kept_in)
    headline = write_page(page, evaluation, checkpoints, taken, learning)
    warnings = tuple(evaluation.warnings())
    return Report(page, tuple(headline), folder, kept, count - kept, problems, warnings, kept_in)


def write_page(
    page: Path,
    evaluation: Evaluation | TimelineEvaluation,
    checkpoints: Sequence[str | Path],
    taken: Mapping[str, Any],
    learning: SweepTable | None = None,
) -> list[str]:
    """Writes the page about what models say together, and returns its first paragraph.

    Args:
        page: The file.
        evaluation: Of the mean of their probabilities, or of the one model.
        checkpoints: Their folders or files.
        taken: The options that they were evaluated with, and others, which are not told.
        learning: A sweep that varies how much is learned from.

    Raises:
        OSError: If it cannot be written.
    """
    run, facts = read_runs([*map(home_of, checkpoints)]), _facts(checkpoints, evaluation.source)
    run = run.with_learning(learning) if learning else run
    if isinstance(evaluation, Evaluation):
        shown = {name: taken[name] for name in TAKEN if taken.get(name) is not None}
        said = ", ".join(f"{name} {value}" for name, value in shown.items())
        facts += [("clips", f"{len(evaluation.records):,}"), ("options of the evaluation", said)]
        return write_clips_page(page, evaluation, run, facts=facts, version=__version__)
    count = f"{len(evaluation.recordings):,}, {evaluation.num_frames:,} labeled frames"
    facts += [("recordings", count), ("options of the evaluation", _options(taken))]
    return write_recordings_page(page, evaluation, run, facts=facts, version=__version__)


def _taken(earlier: Mapping[str, Any], of_recordings: bool) -> dict[str, Any]:
    """Returns the options of an earlier evaluation, which are taken again."""
    if of_recordings:
        tolerance = earlier.get("tolerance_frames")
        said = {**(earlier.get("options") or {}), "tolerance_frames": tolerance}
        names: Sequence[str] = list(declared(FindingOptions))
    else:
        said, names = {**(earlier.get("models") or [{}])[0], **earlier}, TAKEN
    return {name: said[name] for name in names if said.get(name) is not None}


def _learning_curve(folder: Path) -> SweepTable:
    """Returns a sweep that varies how much is learned from.

    Raises:
        SweepError: If it is none, or nothing of it is done.
    """
    table = sweep_table(folder)
    if not table.has_parts:
        raise SweepError(
            f"{folder}: a sweep that does not vary how much is learned from; its plan needs "
            "training: [0.1, 0.25, 0.5, 1], or clips_per_class"
        )
    return table


def _page(path: Path) -> Path:
    """Returns the page's path, to which it can be written.

    Raises:
        MienetError: If it has another ending, is a folder, or holds another page.
        OSError: If it cannot be written.
    """
    if path.suffix.lower() not in ENDINGS:
        raise MienetError(f"{path}: the report is a page; give a name that ends in .html")
    require_writable(path.parent, [path.name])
    require_own_file(path, OWN_TITLE, by="mienet report")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _earlier(folder: Path, checkpoints: Sequence[str | Path], source: Path) -> dict[str, Any]:
    """Returns what an earlier evaluation of the models and list says of itself; empty for none."""
    try:
        found = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict) or found.get("data") != str(source.absolute()):
        return {}
    own = found.get("model")  # of recordings; of clips there are ``models``
    digests = own if isinstance(own, list) else [own]
    digests = [model.get("sha256") for model in found.get("models") or []] or digests
    return found if digests == list(map(model_digest, checkpoints)) else {}


def _facts(checkpoints: Sequence[str | Path], source: Path) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for path in checkpoints:
        found += [("model", str(path)), ("SHA-256 of the model", model_digest(path))]
    found.append(("list", str(source.absolute())))
    if source.is_file():
        found.append(("SHA-256 of the list", sha256(source)))
    return [*found, ("versions now", f"mienet {__version__}, torch {torch.__version__}")]


def _options(taken: Mapping[str, Any]) -> str:
    standard = {name: option.default for name, (_, option) in declared(FindingOptions).items()}
    standard["order"] = "learned"
    other = [
        f"--{name.replace('_', '-')} {value}"
        for name, value in taken.items()
        if name in standard and value not in (None, standard[name])
    ]
    return ", ".join(other) or "the defaults"
