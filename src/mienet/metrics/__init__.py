"""Figures from labels and predictions: of clips, and of the phases and events of whole videos."""

from mienet.metrics.agreement import cohens_kappa, compare_agreement
from mienet.metrics.bootstrap import bootstrap_interval
from mienet.metrics.clips import (
    Metrics,
    Reference,
    class_counts,
    compute_metrics,
    compute_reference,
    metrics_of_counts,
    per_class,
)
from mienet.metrics.comparison import holm_adjusted, mcnemar_test, paired_difference
from mienet.metrics.events import (
    Event,
    average_precisions,
    compare_events,
    correct_events,
    mean_average_precision,
)
from mienet.metrics.frame_labels import labels_from_intervals
from mienet.metrics.phases import compare_phases, edit_score, frame_accuracy, segmental_f1
from mienet.metrics.timing import boundaries, compare_timing, timing_errors

__all__ = [
    "Event",
    "Metrics",
    "Reference",
    "average_precisions",
    "bootstrap_interval",
    "boundaries",
    "class_counts",
    "cohens_kappa",
    "compare_agreement",
    "compare_events",
    "compare_phases",
    "compare_timing",
    "compute_metrics",
    "compute_reference",
    "correct_events",
    "edit_score",
    "frame_accuracy",
    "holm_adjusted",
    "labels_from_intervals",
    "mcnemar_test",
    "mean_average_precision",
    "metrics_of_counts",
    "paired_difference",
    "per_class",
    "segmental_f1",
    "timing_errors",
]
