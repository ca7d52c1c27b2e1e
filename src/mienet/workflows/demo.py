"""The end-to-end example: synthetic recordings, training, evaluation, an unseen one's timeline."""

from pathlib import Path
from typing import Any

from mienet.config import load_recipe
from mienet.options import Range, checked
from mienet.rendering.timeline_evaluation import TimelineEvaluation
from mienet.shell import command
from mienet.synthetic.recordings import LIST_NAME, MadeRecording, make_recordings
from mienet.workflows.demo_folder import clear_demo_folder
from mienet.workflows.evaluate_recordings import evaluate_recordings
from mienet.workflows.prepare_recordings import prepare_recordings
from mienet.workflows.timeline import timeline
from mienet.workflows.train import train

ATHLETES = 60
FRACTIONS = (0.8, 0.07, 0.13)
"""Parts of the athletes for training, validation and test."""

RGB_ONLY = {"model.motion": "none", "model.temporal": "none"}


@checked(seed=Range(least=0))
def demo(out: str | Path, *, seed: int = 0, rgb_only: bool = False) -> TimelineEvaluation:
    """Returns the demo's results on unseen athletes, and leaves everything in the folder ``out``.

    Args:
        out: The folder; one of an earlier demo is replaced.
        seed: Of the videos, of who is trained with, and of the training.
        rgb_only: Train a network that sees single frames, instead of MIE-Net.

    Raises:
        MienetError: If ``out`` holds something that no demo made, or ``seed`` is below 0.
    """
    out = Path(out)
    videos = clear_demo_folder(out)
    print("1/5 Drawing whole recordings of standing long jumps (synthetic: no real people) ...")
    made = make_recordings(videos, athletes=ATHLETES, split="train", seed=seed)
    print("2/5 Preparing: reading all, and splitting by athlete ...")
    dataset = out / "dataset"
    inspection, _ = prepare_recordings(
        videos / LIST_NAME, out=dataset, group_by="subject", split=FRACTIONS, seed=seed
    )
    counts = {name: len(recordings) for name, recordings in inspection.splits.items()}
    print("    " + ", ".join(f"{name} {count}" for name, count in counts.items()))
    print("3/5 Training ...")
    changes = {
        "data.root": str(dataset),
        "train.out": str(out.parent),
        "train.name": out.name,
        "train.seed": seed,
    }
    train(load_recipe("demo_timeline", changes | (RGB_ONLY if rgb_only else {})))
    print("4/5 Evaluating on athletes and scenes that were not in the training ...")
    evaluation, written = evaluate_recordings(out, dataset)
    print(_figures(evaluation))
    unseen = Path(evaluation.recordings[0].path)
    (truth,) = (recording for recording in made if recording.path.name == unseen.name)
    print(f"5/5 The timeline of {unseen} ...")
    timelines = out / "timeline"
    for found in timeline(out, [unseen], out=timelines, overlay=True):
        print(_table(found.timeline or {}, truth))
    print(
        f"""
Everything is in {out}:
    {timelines / unseen.stem}.png: the timeline as a picture
    {timelines / unseen.stem}_phases.mp4: the video with phases and events drawn over it
    {timelines}: phases.csv, events.csv, summary.csv
    {written / "timelines.png"}: all unseen recordings, true above predicted
    {dataset / "report.html"}: what the recordings contain, and how they were split
    {out / "model.safetensors"}: the model; use it with: {command("timeline", out, "VIDEO")}
    {videos}: the synthetic videos, and what happens in them ({LIST_NAME})"""
    )
    return evaluation


def _figures(evaluation: TimelineEvaluation) -> str:
    """Returns the figures that matter most, in lines."""
    found = evaluation.figures
    boundaries, events = found["boundary_median_frames"], found["event_map_2"]
    return f"""\
    {len(evaluation.recordings)} synthetic recordings of as many athletes:
    phases: F1@50 {found["f1_50"].value:.1%}, frame accuracy {found["frame_accuracy"].value:.1%}
    their boundaries: the median one is off by {boundaries.value:g} frame(s)
    events: mean average precision within 2 frames {events.value:.1%}"""


def _table(timeline: dict[str, Any], made: MadeRecording) -> str:
    """Returns what was found in the order of time, each beside what is true of the same label."""
    marks = [(p["start_seconds"], p["end_seconds"], p) for p in timeline["phases"]]
    marks += [(e["time_seconds"], None, e) for e in timeline["events"]]
    true = [*made.phases, *((label, time, None) for label, time in made.events)]
    lines = [f"    {'found':21}{'':6}{'true':21}"]
    for start, end, mark in sorted(marks, key=lambda row: row[0]):
        own = [(begin, until) for label, begin, until in true if label == mark["label"]]
        nearest = min(own, key=lambda times: abs(times[0] - start), default=None)
        said = _times(*nearest) if nearest else "-"
        lines.append(
            f"    {_times(start, end):21}{mark['confidence']:4.0%}  {said:21}{mark['label']}"
        )
    return "\n".join(lines)


def _times(start: float, end: float | None) -> str:
    return f"{start:5.2f} s, event" if end is None else f"{start:5.2f} to {end:5.2f} s"
