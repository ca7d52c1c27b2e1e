"""How a run's training went: what TensorBoard's files in its folder say of each epoch, drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mienet.rendering.report.charts import Chart, line_chart

FOLDER = "tensorboard"
KINDS = ("train/", "val/")
OF_AN_EPOCH = "_epoch"
OF_A_STEP = "_step"
MEANT = {
    "train/loss": "training",
    "val/loss": "validation",
    "train/top1": "top-1, training",
    "val/top1": "top-1, validation",
    "val/top5": "top-5, validation",
    "val/mean_class_accuracy": "mean class accuracy, validation",
    "train/frame_accuracy": "frame accuracy, training",
    "val/frame_accuracy": "frame accuracy, validation",
    "val/event_map": "event mAP, validation",
}
"""What the figures of a training are called."""


@dataclass(frozen=True)
class Curve:
    """A figure by epoch.

    Attributes:
        name: As the training logs it, such as ``val/top1`` or ``train/loss``.
        epochs: Counted from 1.
        values: One for each.
    """

    name: str
    epochs: tuple[int, ...]
    values: tuple[float, ...]


def read_curves(run: Path) -> list[Curve]:
    """Returns the figures of training and validation by epoch; none where the run has no files.

    Args:
        run: The run's folder.
    """
    folder = run / FOLDER
    if not any(folder.glob("events.out.tfevents.*")):
        return []
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    tags: Sequence[str] = events.Tags()["scalars"]
    if "epoch" not in tags:
        return []
    epoch_of = {point.step: int(point.value) + 1 for point in events.Scalars("epoch")}
    curves = []
    for tag in sorted(tags):
        if tag.startswith(KINDS) and not tag.endswith(OF_A_STEP):
            points = {epoch_of[p.step]: p.value for p in events.Scalars(tag) if p.step in epoch_of}
            name = tag.removesuffix(OF_AN_EPOCH)
            curves.append(Curve(name, tuple(points), tuple(points.values())))
    return [curve for curve in curves if curve.epochs]


def training_charts(curves: Sequence[Curve]) -> list[Chart]:
    """Returns the drawings of a training: its loss, and its figures, which are shares."""
    losses = [curve for curve in curves if curve.name.endswith("/loss")]
    shares = [curve for curve in curves if not curve.name.endswith("/loss")]
    charts = []
    if losses:
        charts.append(line_chart("loss (lower is better)", _lines(losses), "epoch"))
    if shares:
        charts.append(line_chart("figures (higher is better)", _lines(shares), "epoch", top=1.0))
    return charts


def _lines(curves: Sequence[Curve]) -> list[tuple[str, Sequence[float], Sequence[float]]]:
    return [(MEANT.get(curve.name, curve.name), curve.epochs, curve.values) for curve in curves]
