"""Evaluation on labelled videos: metrics, per-class results and a confusion matrix."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from mienet import metrics
from mienet.data.loading import EvaluationDataset, check_videos, evaluation_loader
from mienet.data.records import Annotations, VideoRecord
from mienet.data.resolve import choose_split, read_labelled
from mienet.data.sampling import ClipChoice
from mienet.data.transforms import CropChoice
from mienet.data.workers import worker_failures
from mienet.metrics import Metrics, compute_metrics
from mienet.options import Range, checked
from mienet.recognizer import Recognizer, load


@dataclass(frozen=True)
class Evaluation:
    """What a recognizer says about labelled videos.

    Attributes:
        records: The videos.
        classes: Names of the classes by index.
        labels: Right classes, ``(N,)``.
        probabilities: ``(N, classes)``, in [0, 1].
        metrics: The figures.
    """

    records: Sequence[VideoRecord]
    classes: Sequence[str]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    metrics: Metrics


@checked(batch_size=Range(least=1), num_workers=Range(least=0))
def evaluate(
    checkpoint: str | Path,
    data: str | Path | None = None,
    *,
    root: str | Path | None = None,
    out: str | Path | None = None,
    clips: ClipChoice = "centre",
    crops: CropChoice = "one",
    batch_size: int = 8,
    num_workers: int | None = None,
    device: str = "auto",
    allow_pickle: bool = False,
) -> tuple[Evaluation, Path]:
    """Returns the results on labelled videos, and the folder they are written to.

    The folder gets metrics.json, predictions.csv (every class's probability for every video),
    per_class.csv and confusion_matrix.png.

    Args:
        checkpoint: A run's or model's folder.
        data: Class folders, CSV or list, as for training, or a prepared dataset, whose test list
            is taken, or else its validation list; None is the run's own validation list.
        root: Folder that the list's paths start from; None is the list's own.
        out: The folder; None is ``evaluation`` in the checkpoint's folder.
        clips: Clips per video to average over: centre, two or dense (ten).
        crops: Crops per clip to average over: one or three.
        batch_size: Views per step, over all videos; one video's views stay together.
        num_workers: Processes that read videos; None is one per processor, at most 8.
        device: Where to compute; "auto" takes a GPU if there is one.
        allow_pickle: Whether an exported ``.pt2`` file may be opened, which can run code.

    Raises:
        MienetError: If the checkpoint, the list or a video cannot be used, or the list's classes
            are not the checkpoint's.
        FileNotFoundError: If one of them is not there.
    """
    recognizer = load(checkpoint, device=device, allow_pickle=allow_pickle)
    folder = Path(checkpoint) if Path(checkpoint).is_dir() else Path(checkpoint).parent
    source = Path(data) if data is not None else folder / "val.csv"
    if data is None and not source.exists():
        raise FileNotFoundError(
            f"{folder} has no validation list of its own; give --data LIST_OR_FOLDER"
        )
    source = choose_split(source, "test", "val")
    annotations = read_labelled(
        source, root=Path(root) if root else None, classes=recognizer.classes
    )
    check_videos(annotations.records)
    dataset = EvaluationDataset(
        annotations.records,
        recognizer.clip_format,
        clips=clips,
        crops=crops,
    )
    evaluation = _run(recognizer, dataset, annotations, batch_size, num_workers)
    written = Path(out) if out is not None else folder / "evaluation"
    settings = {
        "checkpoint": str(checkpoint),
        "data": str(source),
        "clips": clips,
        "crops": crops,
    }
    _write(evaluation, settings, written)
    return evaluation, written


def _run(
    recognizer: Recognizer,
    dataset: EvaluationDataset,
    annotations: Annotations,
    batch_size: int,
    num_workers: int | None,
) -> Evaluation:
    loader = evaluation_loader(dataset, batch_size, num_workers)
    views = (batch.clips for batch in tqdm(loader, desc="Evaluating", unit="batch", delay=2))
    with worker_failures():
        logits = torch.cat(list(recognizer.logits_of(views)))
    probabilities = logits.double().softmax(dim=1).numpy()
    labels = np.array([record.label for record in annotations.records], dtype=np.int64)
    return Evaluation(
        annotations.records,
        recognizer.classes,
        labels,
        probabilities,
        compute_metrics(labels, probabilities),
    )


def per_class(evaluation: Evaluation) -> list[dict[str, str | int | float]]:
    """Returns one row per class: its videos, how many were recognised, precision, recall, F1."""
    return metrics.per_class(evaluation.labels, evaluation.probabilities, evaluation.classes)


def _write(evaluation: Evaluation, settings: dict[str, str], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    content = asdict(evaluation.metrics) | settings
    (out / "metrics.json").write_text(
        json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    _write_predictions(evaluation, out / "predictions.csv")
    rows = per_class(evaluation)
    with (out / "per_class.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    _draw_confusion_matrix(evaluation, out / "confusion_matrix.png")


def _write_predictions(evaluation: Evaluation, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["path", "label", "predicted", *evaluation.classes])
        for record, label, row in zip(
            evaluation.records, evaluation.labels, evaluation.probabilities, strict=True
        ):
            predicted = evaluation.classes[int(row.argmax())]
            shown = [f"{probability:.6f}" for probability in row]
            writer.writerow([record.path, evaluation.classes[label], predicted, *shown])


def _draw_confusion_matrix(evaluation: Evaluation, path: Path) -> None:
    from matplotlib.figure import Figure
    from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

    count = len(evaluation.classes)
    matrix = confusion_matrix(
        evaluation.labels,
        evaluation.probabilities.argmax(axis=1),
        labels=np.arange(count),
        normalize="true",
    )
    longest = max(map(len, evaluation.classes))
    # Room for every class and for the longest name; beyond 40 classes numbers would not be read.
    side = min(max(0.45 * count, 4), 40)
    figure = Figure(
        figsize=(side + 0.09 * longest + 1, side + 0.09 * longest), layout="constrained"
    )
    axes = figure.add_subplot()
    display = ConfusionMatrixDisplay(matrix, display_labels=evaluation.classes)
    display.plot(
        ax=axes,
        cmap="Blues",
        xticks_rotation=90,
        include_values=count <= 40,
        values_format=".2f",
        colorbar=False,
        im_kw={"vmin": 0, "vmax": 1},
        text_kw={"fontsize": 8},
    )
    found = evaluation.metrics
    axes.set(
        title=f"top-1 {found.top1:.1%} of {found.num_videos} videos",
        xlabel="predicted",
        ylabel="true (rows sum to 1)",
    )
    figure.savefig(path, dpi=120)
