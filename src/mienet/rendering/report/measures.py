"""Which figures of recordings a report shows, and what they mean to those who never saw one."""

from mienet.rendering.report.words import Measure, counted
from mienet.rendering.timeline_evaluation import TimelineEvaluation

PHASES = (
    Measure(
        "frame_accuracy",
        "Frames with the right phase (frame accuracy)",
        "share",
        "Says little of short phases: one that takes 2% of a recording can be missed for 2%.",
    ),
    Measure(
        "edit_score",
        "Phases in the right order (edit score)",
        "share",
        "100% where the same phases follow each other as in truth, whatever their times.",
    ),
    Measure(
        "f1_50",
        "Phases found, half overlapping (F1@50)",
        "share",
        "A phase is found if it overlaps the true one by half; missed and invented ones lower it "
        "equally.",
    ),
    Measure(
        "f1_25", "Phases found, a quarter overlapping (F1@25)", "share", "The same, less strict."
    ),
    Measure(
        "f1_10", "Phases found, a tenth overlapping (F1@10)", "share", "The same, least strict."
    ),
    Measure(
        "kappa",
        "Agreement beyond chance (Cohen's kappa)",
        "number",
        "0 is chance, 1 is full agreement; a frame agrees if the other has its phase within the "
        "tolerance. What two people reach is the measure of it.",
    ),
    Measure(
        "boundary_median_frames",
        "Boundaries off by, usually (median)",
        "frames",
        "Half of the boundaries that were found are off by less; lower is better.",
    ),
    Measure("boundary_median_ms", "The same in time", "ms", "Lower is better."),
    Measure(
        "boundary_p95_frames",
        "Boundaries off by, in bad cases (95th percentile)",
        "frames",
        "19 of 20 boundaries that were found are off by less; lower is better.",
    ),
)

EVENTS = (
    Measure(
        "event_f1",
        "Events found (F1)",
        "share",
        "Within the tolerance; missed and invented events lower it equally.",
    ),
    Measure("event_recall", "Of the true events, found (recall)", "share", "The rest is missed."),
    Measure(
        "event_precision",
        "Of the reported events, true (precision)",
        "share",
        "The rest is invented.",
    ),
    *(
        Measure(
            f"event_map_{frames}",
            f"Events by confidence, within {counted(frames, 'frame')} (mAP)",
            "share",
            "Over all thresholds of confidence: false alarms cost the more, the surer they are.",
        )
        for frames in (0, 1, 2, 4)
    ),
)


def shown_measures(evaluation: TimelineEvaluation) -> list[Measure]:
    """Returns the figures of what a model has: phases, events, or both."""
    return [*PHASES * bool(evaluation.phases), *EVENTS * bool(evaluation.events)]
