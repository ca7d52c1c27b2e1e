"""The demo of clips: synthetic videos, training, evaluation, prediction on an unseen clip."""

from pathlib import Path

import torch

from mienet.annotations.readers import read_csv
from mienet.annotations.records import VideoRecord
from mienet.config import load_recipe
from mienet.data.clips import read_evaluation_clips
from mienet.loading import load_network
from mienet.options import Range, checked
from mienet.recognizer import NetworkRecognizer
from mienet.shell import command
from mienet.synthetic.videos import make_dataset
from mienet.workflows.demo_folder import clear_demo_folder
from mienet.workflows.evaluate import Evaluation, evaluate
from mienet.workflows.predict import predict, write_json
from mienet.workflows.train import train


@checked(seed=Range(least=0))
def demo_clips(out: str | Path, *, seed: int = 0, rgb_only: bool = False) -> Evaluation:
    """Returns the demo's results on unseen athletes, and leaves everything in the folder ``out``.

    Args:
        out: The folder; one of an earlier demo is replaced.
        seed: Of the videos and of the training.
        rgb_only: Train TSN, which sees single frames, instead of MIE-Net.

    Raises:
        MienetError: If ``out`` holds something that no demo made, or ``seed`` is below 0.
    """
    out = Path(out)
    videos = clear_demo_folder(out)
    print("1/4 Drawing videos of standing long jumps (synthetic: no real people) ...")
    make_dataset(videos, seed=seed)
    print("2/4 Training ...")
    changes = {
        "data.train": str(videos / "train.csv"),
        "data.val": str(videos / "val.csv"),
        "data.classes": str(videos / "classes.txt"),
        "train.out": str(out.parent),
        "train.name": out.name,
        "train.seed": seed,
    }
    if rgb_only:
        changes |= {"model.motion": "none", "model.temporal": "none"}
    train(load_recipe("demo", changes))
    print("3/4 Evaluating on athletes and scenes that were not in the training ...")
    evaluation, written = evaluate(out, videos / "test.csv")
    metrics = evaluation.metrics
    print(
        f"    top-1 {metrics.top1:.1%}, mean class accuracy {metrics.mean_class_accuracy:.1%} "
        f"on {metrics.num_videos} synthetic clips"
    )
    clip = evaluation.records[-1].path
    print(f"4/4 Predicting {clip} ...\n    true: {evaluation.classes[evaluation.labels[-1]]}")
    found = predict(out, [clip])
    write_json(out / "prediction.json", found)
    best = found.predictions[0]
    for name, probability in list(zip(best.classes, best.probabilities, strict=True))[:3]:
        print(f"    {probability:6.1%}  {name}")
    draw_overview(load_network(out), videos / "test.csv", out / "overview.png")
    print(
        f"""
Everything is in {out}:
    {out / "overview.png"}: inputs, motion maps and predictions, clip by clip
    {written / "confusion_matrix.png"}, per_class.csv, predictions.csv, metrics.json
    {out / "model.safetensors"}: the model; use it with: {command("predict", out, "VIDEO")}
    {videos}: the synthetic videos"""
    )
    return evaluation


def draw_overview(recognizer: NetworkRecognizer, test_list: Path, path: Path) -> None:
    """Writes a picture of one clip per class: frames, motion maps, and the likeliest classes."""
    from matplotlib.figure import Figure

    annotations = read_csv(test_list, classes=recognizer.classes)
    rows = _one_per_class(annotations.records)
    columns = min(recognizer.clip_format.num_segments, 4)
    figure = Figure(figsize=(3.2 * columns + 5, 1.25 * len(rows)), layout="constrained")
    widths = [1.0] * (2 * columns) + [2.6]
    grid = figure.subplots(len(rows), len(widths), width_ratios=widths, squeeze=False)
    for axes, record in zip(grid, rows, strict=True):
        views = read_evaluation_clips(record, recognizer.clip_format)
        images = views[0, :columns, 0].permute(0, 2, 3, 1).numpy()
        with torch.inference_mode():
            maps = recognizer.motion_maps(views)
            probabilities = recognizer.video_logits(views[None])[0].softmax(dim=0)
        for segment in range(columns):
            axes[segment].imshow(images[segment])
            if maps is not None:
                motion = maps[0, segment].mean(dim=0).numpy()
                axes[columns + segment].imshow(motion, cmap="magma")
            for cell in (axes[segment], axes[columns + segment]):
                cell.axis("off")
        top, order = probabilities.sort(descending=True)
        bars = axes[-1]
        names = [recognizer.classes[i] for i in order[:3].tolist()]
        colors = ["#7fd1a0" if i == record.label else "#c0c0c0" for i in order[:3].tolist()]
        bars.barh(range(3), top[:3].tolist(), color=colors)
        bars.set(xlim=(0, 1), xticks=[], yticks=[])
        bars.invert_yaxis()
        for place, name in enumerate(names):
            bars.text(0.02, place, name, va="center", fontsize=8)
    grid[0][0].set_title("first frame of each segment", loc="left", fontsize=10)
    if recognizer.network.motion is not None:
        title = "motion maps (persistence of appearance)"
        grid[0][columns].set_title(title, loc="left", fontsize=10)
    grid[0][-1].set_title("prediction (green: right)", loc="left", fontsize=10)
    figure.savefig(path, dpi=80)


def _one_per_class(records: list[VideoRecord]) -> list[VideoRecord]:
    """Returns one record per label, each of another athlete where the list has that many."""
    by_label: dict[int, list[VideoRecord]] = {}
    for record in records:
        by_label.setdefault(record.label or 0, []).append(record)
    return [found[label % len(found)] for label, found in sorted(by_label.items())]
