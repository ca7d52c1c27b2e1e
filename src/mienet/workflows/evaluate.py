"""Evaluation on labeled videos: metrics, per-class results and a confusion matrix."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import torch
from numpy.typing import NDArray

from mienet.annotations.discovery import ignored_lines
from mienet.annotations.readers import read_csv
from mienet.annotations.records import Annotations, VideoRecord
from mienet.curation.known_contents import contents_of_runs, lost_warnings
from mienet.data.clips import num_views
from mienet.data.held_out import RUN_LISTS, evaluation_list, own_list
from mienet.data.loading import EvaluationDataset, check_videos, evaluation_loader, with_unreadable
from mienet.data.manifest import group_column, holds_recordings
from mienet.data.overlap import overlapping
from mienet.data.resolve import read_labeled
from mienet.data.workers import worker_failures
from mienet.destinations import require_own, require_space, require_writable
from mienet.errors import MienetError
from mienet.exported_recognizer import ExportedRecognizer
from mienet.loading import (
    home_of,
    load_clip_model,
    model_digest,
    refuse_data,
    require_each_once,
    require_model,
)
from mienet.metrics import compute_metrics, compute_reference
from mienet.metrics.selection import Selection
from mienet.options import checked
from mienet.progress import progress_bar
from mienet.recognizer import Recognizer
from mienet.rendering.evaluation_files import (
    FILES,
    METRICS,
    METRICS_START,
    Evaluation,
    earlier_list,
    results_folder,
    results_home,
    write_evaluation,
)
from mienet.video.address import local
from mienet.view_options import Average, EvaluationOptions
from mienet.workflows.kept_logits import LOGITS, LOGITS_START, KeptLogits, outputs_key
from mienet.workflows.selecting import select_for

__all__ = ["Average", "Evaluation", "average_models", "evaluate"]


@checked()
def evaluate(
    checkpoint: str | Path | Sequence[str | Path],
    data: str | Path | None = None,
    *,
    root: str | Path | None = None,
    out: str | Path | None = None,
    **options: Unpack[EvaluationOptions],
) -> tuple[Evaluation, Path]:
    """Returns the results on labeled videos, and the folder they are written to.

    The folder gets metrics.json, predictions.csv (every class's probability for every video),
    mistakes.csv, per_class.csv and confusion_matrix.png, each whole or not at all, and logits.npz:
    what the models said is kept, and not computed again for the same videos and views. Results of
    the same list are replaced; ``Evaluation.replaced`` says so.

    Args:
        checkpoint: A run's or model's folder; of several models, which may differ in all but their
            classes, the outputs are averaged.
        data: Class folders, CSV or list, as for training, or a prepared dataset, whose test list
            is taken, or else its validation list; None is the run's own validation list.
        root: Folder that the list's paths start from; None is the list's own.
        out: The folder; None is ``evaluation/LIST`` in the checkpoint's folder, or for several
            models ``evaluation_average/LIST`` in the first one's, LIST being the list's name: val,
            test, ...; where another list of this name has it, LIST_2.
        options: Those of ``EvaluationOptions``, each of which is explained there.

    Raises:
        MienetError: If a checkpoint, the list or a video cannot be used, or the list's classes or
            another model's are not the checkpoint's.
        OSError: If one of them is not there, or the folder cannot be written.
    """
    checkpoints = [checkpoint] if isinstance(checkpoint, (str, Path)) else list(checkpoint)
    if not checkpoints:
        raise MienetError("no model to evaluate; give a run's or model's folder")
    for number, path in enumerate(checkpoints):
        refuse_data(Path(path), is_first=number == 0)
    for path in checkpoints:
        require_model(Path(path))
    require_each_once(checkpoints)
    homes = [*map(home_of, checkpoints)]
    source = evaluation_list(local(data)) if data is not None else own_list(homes)
    if holds_recordings(source):
        raise MienetError(
            f"{checkpoints[0]} is a model of clips, and {source} holds whole recordings; give a "
            "list of clips, or a model of recordings"
        )
    written = Path(out) if out is not None else results_folder(results_home(homes), source)
    require_writable(written, (*FILES, LOGITS))
    starts = {METRICS: METRICS_START, LOGITS: LOGITS_START}
    require_own(written, (*FILES, LOGITS), tuple(starts), by="mienet evaluate", starts=starts)
    clips, crops, average = options["clips"], options["crops"], options["average"]
    recognizers = _open(checkpoints, options["device"], options["allow_pickle"])
    selection = select_for(recognizers, options)
    for recognizer in recognizers:
        recognizer.set_sizes(short_side=options["short_side"], crop_size=options["crop_size"])
    views = [num_views(r.clip_format, clips=clips, crops=crops) for r in recognizers]
    frame_pattern = options["frame_pattern"]
    with with_unreadable(frame_pattern):
        annotations = read_labeled(
            source, root=Path(root) if root else None, classes=recognizers[0].classes
        ).with_frame_pattern(frame_pattern)
    require_space(written, len(annotations.records) * 2 * (300 + 11 * len(annotations.classes)))
    check_videos(annotations.records)
    alone = [results_folder(results_home([home]), source) / LOGITS for home in homes]
    kept, logits, familiarity = KeptLogits(written / LOGITS, alone), [], None
    for path, recognizer in zip(checkpoints, recognizers, strict=True):
        dataset = EvaluationDataset(
            annotations.records, recognizer.clip_format, clips=clips, crops=crops
        )
        key = outputs_key(
            model_digest(path), recognizer.clip_format, (clips, crops), annotations.records
        )
        compute = partial(
            _logits, recognizer, dataset, options["batch_size"], options["num_workers"]
        )
        logits.append(kept.of(key, compute))
        if selection is not None:
            familiarity = kept.of(f"{key} familiarity", partial(compute, familiarity=True))[:, 0]
    learned, lost = learned_clips(checkpoints, annotations.records)
    evaluation = _evaluation(
        annotations,
        average_models(logits, average),
        source=source,
        group_by=_group_column(source),
        learned=learned,
        lost=lost,
        replaced=earlier_list(written),
        kept=kept,
        familiarity=familiarity,
        selection=selection,
    )
    settings = {
        "checkpoint": str(checkpoints[0]) if len(checkpoints) == 1 else [*map(str, checkpoints)],
        "data": str(source.absolute()),
        "clips": clips,
        "crops": crops,
        "average": average if len(checkpoints) > 1 else None,
        "error_rate": options["error_rate"],
        "models": list(map(_model_facts, checkpoints, recognizers, views)),
    }
    write_evaluation(evaluation, settings, written)
    return evaluation, written


def _open(checkpoints: Sequence[str | Path], device: str, allow_pickle: bool) -> list[Recognizer]:
    """Returns the models, which all know the same classes."""
    found = [
        load_clip_model(path, device=device, allow_pickle=allow_pickle) for path in checkpoints
    ]
    for path, recognizer in zip(checkpoints, found, strict=True):
        first, classes = str(checkpoints[0]), recognizer.classes
        require_same_classes(first, found[0].classes, str(path), classes, "averaged")
    return found


def average_models(logits: Sequence[NDArray[np.float64]], average: Average) -> NDArray[np.float64]:
    """Returns the probabilities of several models' logits, all of them ``(N, classes)``."""
    stacked = torch.from_numpy(np.stack(logits))  # (models, N, classes)
    if average == "probabilities":
        return stacked.softmax(dim=-1).mean(dim=0).numpy()
    return stacked.mean(dim=0).softmax(dim=-1).numpy()


def require_same_classes(
    first: str, expected: Sequence[str], other: str, classes: Sequence[str], purpose: str
) -> None:
    """Refuses two models whose classes differ in names or order.

    Args:
        first: Path of one.
        expected: Its classes.
        other: Path of the other.
        classes: Its classes.
        purpose: What cannot be done with them, such as "averaged".

    Raises:
        MienetError: With what each of them lacks.
    """
    if list(classes) == list(expected):
        return
    said = [
        f"{place} lacks {', '.join(map(repr, missing[:5]))}"
        + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        for place, missing in (
            (other, [name for name in expected if name not in set(classes)]),
            (first, [name for name in classes if name not in set(expected)]),
        )
        if missing
    ]
    if not said:
        at = next(
            i for i, pair in enumerate(zip(expected, classes, strict=True)) if pair[0] != pair[1]
        )
        said = [f"class {at} is {expected[at]!r} in {first} and {classes[at]!r} in {other}"]
    raise MienetError(
        f"{first} and {other} cannot be {purpose}, as their classes differ in names or order: "
        f"{'; '.join(said)}"
    )


def _logits(
    recognizer: Recognizer,
    dataset: EvaluationDataset,
    batch_size: int,
    num_workers: int | None,
    *,
    familiarity: bool = False,
) -> NDArray[np.float64]:
    """Returns the logits of every video, ``(N, classes)``, or its familiarity, ``(N, 1)``."""
    loader = evaluation_loader(dataset, batch_size, num_workers)
    batches = progress_bar(loader, description="Evaluating", unit="batch")
    views = (batch.clips for batch in batches)
    with worker_failures():
        if familiarity:
            ranked = (recognizer.rank("", video) for batch in views for video in batch)
            return np.array([[one.familiarity] for one in ranked])
        return torch.cat(list(recognizer.logits_of(views))).double().numpy()


def _evaluation(
    annotations: Annotations,
    probabilities: NDArray[np.float64],
    *,
    source: Path,
    group_by: str | None,
    learned: dict[str, int],
    lost: tuple[str, ...],
    replaced: str | None,
    kept: KeptLogits,
    familiarity: NDArray[np.float64] | None,
    selection: Selection | None,
) -> Evaluation:
    labels = np.array([record.label for record in annotations.records], dtype=np.int64)
    named = group_by if group_by in annotations.columns else None
    groups = _groups(annotations, named)
    return Evaluation(
        annotations.records,
        annotations.classes,
        labels,
        probabilities,
        compute_metrics(labels, probabilities),
        source,
        compute_reference(labels, probabilities, groups),
        named,
        learned,
        replaced,
        annotations.ignored,
        kept.num_kept,
        kept.kept_in,
        groups,
        familiarity,
        selection,
        lost,
    )


def ignored_summary(evaluation: Evaluation) -> list[str]:
    """Returns lines on what was ignored, for the screen."""
    return ignored_lines(evaluation.ignored)


def _groups(annotations: Annotations, column: str | None) -> list[str]:
    """Returns what each clip belongs to: a value of the column, or else its video."""
    if column is None:
        return [record.path for record in annotations.records]
    at = annotations.columns.index(column)
    return [record.extra[at] or record.path for record in annotations.records]


def _group_column(source: Path) -> str | None:
    """Returns the column that a list was split by; for a run's own list, what its dataset says."""
    facts = source.parent / "run.json"
    if not facts.is_file():
        return group_column(source)
    named = json.loads(facts.read_text(encoding="utf-8")).get("group_by")
    return named if isinstance(named, str) else None


def learned_clips(
    checkpoints: Sequence[str | Path], records: Sequence[VideoRecord]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Returns how many clips show some of what the lists of the runs have, by the lists' names.

    Beside it are sentences on videos of the lists that may be among the clips', and are not known.
    """
    found, runs = {}, set(map(home_of, checkpoints))
    contents = contents_of_runs(runs)
    learned: dict[str, list[str]] = {}
    for name, what in RUN_LISTS.items():
        kept: list[VideoRecord] = []
        for run in runs:
            path = run / name
            if path.is_file() and (run / "run.json").is_file():
                kept += read_csv(path, must_exist=False, is_of_run=True).records
        found[name] = sum(overlapping(records, kept, contents))
        learned[what] = [record.path for record in kept]
    return found, lost_warnings(learned, [record.path for record in records], contents)


def _model_facts(path: str | Path, recognizer: Recognizer, views: int) -> dict[str, Any]:
    """Returns what computed the figures, for metrics.json."""
    engine = "pytorch"
    if isinstance(recognizer, ExportedRecognizer):
        engine = f"{recognizer.metadata['format']}, {recognizer.metadata['precision']}"
    return {
        "checkpoint": str(path),
        "sha256": model_digest(path),
        "engine": engine,
        "views": views,
        **asdict(recognizer.clip_format),
    }
