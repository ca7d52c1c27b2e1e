"""Figures from labels and predictions: of clips, and of the phases and events of whole videos."""

from mienet.metrics.clips import (
    Metrics,
    Reference,
    class_counts,
    compute_metrics,
    compute_reference,
    metrics_of_counts,
    per_class,
)

__all__ = [
    "Metrics",
    "Reference",
    "class_counts",
    "compute_metrics",
    "compute_reference",
    "metrics_of_counts",
    "per_class",
]
