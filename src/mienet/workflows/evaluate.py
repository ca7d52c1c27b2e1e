"""Evaluation on labeled videos: metrics, per-class results and a confusion matrix."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from mienet import metrics
from mienet.annotations.discovery import Ignored, ignored_lines
from mienet.annotations.records import Annotations, VideoRecord
from mienet.data.clips import num_views
from mienet.data.loading import EvaluationDataset, check_videos, evaluation_loader
from mienet.data.resolve import choose_split, read_labeled
from mienet.data.sampling import ClipChoice
from mienet.data.transforms import CropChoice
from mienet.data.workers import worker_failures
from mienet.errors import MienetError
from mienet.files import require_space, require_writable, write_whole
from mienet.metrics import Metrics, compute_metrics
from mienet.options import Range, checked
from mienet.recognizer import ExportedRecognizer, Recognizer, load, model_digest
from mienet.rendering.figures import confusion_matrix_png
from mienet.rendering.results import PART_COLUMNS, csv_line, to_bytes

Average = Literal["logits", "probabilities"]
"""What is averaged over several models."""

FILES = ("metrics.json", "predictions.csv", "per_class.csv", "confusion_matrix.png")


@dataclass(frozen=True)
class Evaluation:
    """What a recognizer, or several together, say about labeled videos.

    Attributes:
        records: The videos.
        classes: Names of the classes by index.
        labels: Right classes, ``(N,)``.
        probabilities: ``(N, classes)``, in [0, 1].
        metrics: The figures.
        ignored: What lies in the folder of the videos and is none.
    """

    records: Sequence[VideoRecord]
    classes: Sequence[str]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    metrics: Metrics
    ignored: Sequence[Ignored] = ()


@checked(
    batch_size=Range(least=1),
    num_workers=Range(least=0),
    short_side=Range(least=1),
    crop_size=Range(least=1),
)
def evaluate(
    checkpoint: str | Path | Sequence[str | Path],
    data: str | Path | None = None,
    *,
    root: str | Path | None = None,
    out: str | Path | None = None,
    clips: ClipChoice = "center",
    crops: CropChoice = "one",
    short_side: int | None = None,
    crop_size: int | None = None,
    average: Average = "logits",
    frame_pattern: str | None = None,
    batch_size: int = 8,
    num_workers: int | None = None,
    device: str = "auto",
    allow_pickle: bool = False,
) -> tuple[Evaluation, Path]:
    """Returns the results on labeled videos, and the folder they are written to.

    The folder gets metrics.json, predictions.csv (every class's probability for every video),
    per_class.csv and confusion_matrix.png, each whole or not at all.

    Args:
        checkpoint: A run's or model's folder; of several models, which may differ in all but their
            classes, the outputs are averaged.
        data: Class folders, CSV or list, as for training, or a prepared dataset, whose test list
            is taken, or else its validation list; None is the run's own validation list.
        root: Folder that the list's paths start from; None is the list's own.
        out: The folder; None is ``evaluation`` in the checkpoint's folder, or for several models
            ``evaluation_average`` in the first one's.
        clips: Clips per video to average over; see ``ClipChoice``.
        crops: Crops per clip to average over: one or three.
        short_side: Pixels of the frames' shorter side; None is each model's own.
        crop_size: Pixels of the crop; None is each model's own.
        average: What is averaged over models: logits, or probabilities. Over a model's views it is
            the logits in any case, as in the authors' code.
        frame_pattern: Names of the images in folders of frames, such as ``img_{:05d}.jpg``.
        batch_size: Views per step, over all videos; one video's views stay together.
        num_workers: Processes that read videos; None is one per CPU, at most 8.
        device: Where to compute; "auto" takes a GPU if there is one.
        allow_pickle: Whether an exported ``.pt2`` file may be opened, which can run code.

    Raises:
        MienetError: If a checkpoint, the list or a video cannot be used, or the list's classes or
            another model's are not the checkpoint's.
        OSError: If one of them is not there, or the folder cannot be written.
    """
    checkpoints = [checkpoint] if isinstance(checkpoint, (str, Path)) else list(checkpoint)
    if not checkpoints:
        raise MienetError("no model to evaluate; give a run's or model's folder")
    written = Path(out) if out is not None else _own_folder(checkpoints)
    require_writable(written, FILES)
    recognizers = _open(checkpoints, device, allow_pickle)
    for recognizer in recognizers:
        recognizer.set_sizes(short_side=short_side, crop_size=crop_size)
    views = [num_views(r.clip_format, clips=clips, crops=crops) for r in recognizers]
    source = Path(data) if data is not None else _own_list(checkpoints)
    source = choose_split(source, "test", "val")
    annotations = read_labeled(
        source, root=Path(root) if root else None, classes=recognizers[0].classes
    ).with_frame_pattern(frame_pattern)
    require_space(written, len(annotations.records) * (300 + 9 * len(annotations.classes)))
    check_videos(annotations.records)
    logits = []
    for recognizer in recognizers:
        dataset = EvaluationDataset(
            annotations.records, recognizer.clip_format, clips=clips, crops=crops
        )
        logits.append(_logits(recognizer, dataset, batch_size, num_workers))
    evaluation = _evaluation(annotations, average_models(logits, average))
    settings = {
        "checkpoint": str(checkpoints[0]) if len(checkpoints) == 1 else [*map(str, checkpoints)],
        "data": str(source),
        "clips": clips,
        "crops": crops,
        "average": average if len(checkpoints) > 1 else None,
        "models": list(map(_model_facts, checkpoints, recognizers, views)),
    }
    _write(evaluation, settings, written)
    return evaluation, written


def _open(checkpoints: Sequence[str | Path], device: str, allow_pickle: bool) -> list[Recognizer]:
    """Returns the models, which all know the same classes."""
    found = [load(path, device=device, allow_pickle=allow_pickle) for path in checkpoints]
    for path, recognizer in zip(checkpoints, found, strict=True):
        _check_classes(checkpoints[0], found[0].classes, path, recognizer.classes)
    return found


def average_models(logits: Sequence[NDArray[np.float64]], average: Average) -> NDArray[np.float64]:
    """Returns the probabilities of several models' logits, all of them ``(N, classes)``."""
    stacked = torch.from_numpy(np.stack(logits))  # (models, N, classes)
    if average == "probabilities":
        return stacked.softmax(dim=-1).mean(dim=0).numpy()
    return stacked.mean(dim=0).softmax(dim=-1).numpy()


def _folder(checkpoint: str | Path) -> Path:
    path = Path(checkpoint)
    return path.parent if path.is_file() else path


def _own_folder(checkpoints: Sequence[str | Path]) -> Path:
    """Returns where the results of models go unless it is said."""
    name = "evaluation" if len(checkpoints) == 1 else "evaluation_average"
    return _folder(checkpoints[0]) / name


def _own_list(checkpoints: Sequence[str | Path]) -> Path:
    """Returns the validation list of the run; several runs need to have the same.

    Raises:
        FileNotFoundError: If a run has none.
        MienetError: If the lists differ.
    """
    lists = [_folder(path) / "val.csv" for path in checkpoints]
    for path in lists:
        if not path.exists():
            raise FileNotFoundError(
                f"{path.parent} has no validation list of its own; give --data LIST_OR_FOLDER"
            )
        if path.read_bytes() != lists[0].read_bytes():
            raise MienetError(
                f"{lists[0]} and {path} differ, so one model may have learned the other's "
                "validation videos; give --data LIST_OR_FOLDER"
            )
    return lists[0]


def _check_classes(
    first: str | Path, expected: Sequence[str], other: str | Path, classes: Sequence[str]
) -> None:
    """Raises an error that says how the classes of two models differ."""
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
        f"{first} and {other} cannot be averaged, as their classes differ in names or order: "
        f"{'; '.join(said)}"
    )


def _logits(
    recognizer: Recognizer, dataset: EvaluationDataset, batch_size: int, num_workers: int | None
) -> NDArray[np.float64]:
    """Returns the logits of every video, ``(N, classes)``."""
    loader = evaluation_loader(dataset, batch_size, num_workers)
    views = (batch.clips for batch in tqdm(loader, desc="Evaluating", unit="batch", delay=2))
    with worker_failures():
        return torch.cat(list(recognizer.logits_of(views))).double().numpy()


def _evaluation(annotations: Annotations, probabilities: NDArray[np.float64]) -> Evaluation:
    labels = np.array([record.label for record in annotations.records], dtype=np.int64)
    return Evaluation(
        annotations.records,
        annotations.classes,
        labels,
        probabilities,
        compute_metrics(labels, probabilities),
        annotations.ignored,
    )


def ignored_summary(evaluation: Evaluation) -> list[str]:
    """Returns lines on what was ignored, for the screen."""
    return ignored_lines(evaluation.ignored)


def per_class(evaluation: Evaluation) -> list[dict[str, str | int | float]]:
    """Returns one row per class: its videos, how many were recognized, precision, recall, F1."""
    return metrics.per_class(evaluation.labels, evaluation.probabilities, evaluation.classes)


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


def _write(evaluation: Evaluation, settings: dict[str, Any], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    content = asdict(evaluation.metrics) | settings
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(out / "metrics.json", to_bytes(text))
    write_whole(out / "predictions.csv", to_bytes("".join(_prediction_lines(evaluation))))
    rows = per_class(evaluation)
    lines = [csv_line(rows[0]), *(csv_line(row.values()) for row in rows)]
    write_whole(out / "per_class.csv", to_bytes("".join(lines)))
    predicted = evaluation.probabilities.argmax(axis=1)
    figures = evaluation.metrics
    image = confusion_matrix_png(
        evaluation.labels,
        predicted,
        evaluation.classes,
        title=f"top-1 {figures.top1:.1%} of {figures.num_videos} videos",
    )
    write_whole(out / "confusion_matrix.png", image)


def _prediction_lines(evaluation: Evaluation) -> Iterator[str]:
    """Yields the CSV's lines: video and part of it, right and likeliest class, each probability."""
    records, classes = evaluation.records, evaluation.classes
    parts = [n for n in PART_COLUMNS if any(getattr(r, n) is not None for r in records)]
    yield csv_line(["path", *parts, "label", "predicted", *classes])
    for record, label, row in zip(
        records, evaluation.labels, evaluation.probabilities, strict=True
    ):
        part = [getattr(record, name) for name in parts]
        names = [classes[label], classes[int(row.argmax())]]
        yield csv_line([record.path, *part, *names], [f"{share:.6f}" for share in row])
