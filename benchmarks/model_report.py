"""The table and the plots of ``model.py``."""

import json
import statistics
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

GREY, BLUE, GREEN = "#b0b0b0", "#4878a8", "#5aa469"
NAMES = {
    "eager-float32": "PyTorch float32",
    "eager-bfloat16": "PyTorch bfloat16",
    "torch-float32": "torch.export float32",
    "onnx-float32": "ONNX Runtime float32",
    "openvino-float32": "OpenVINO float32",
    "openvino-bfloat16": "OpenVINO bfloat16",
    "onnx-int8": "ONNX Runtime int8",
    "openvino-int8": "OpenVINO int8",
}
GOALS = {
    "eager-float32": 2.0,
    "eager-bfloat16": 4.0,
    "openvino-bfloat16": 8.0,
    "openvino-int8": 12.0,
}


def write_report(found: dict[str, Any], out: Path) -> str:
    """Writes everything into the folder and returns the table."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    text = table(found)
    (out / "table.md").write_text(text)
    draw_speed(found, out / "speed.png")
    draw_scaling(found, out / "scaling.png")
    return f"{text}\nWritten: {out}"


def released_seconds(found: dict[str, Any]) -> float:
    """Returns the median of the three measurements of the reference implementation."""
    runs = [value for name, value in found["inference"].items() if name.startswith("released")]
    return statistics.median(run["seconds"] for run in runs)


def bound_seconds(found: dict[str, Any], kind: str) -> float:
    """Returns the seconds of one clip at the rate of a matrix product in the kind's precision."""
    return found["gflop"] * 1e9 / found["rates"][kind.split("-")[1]]


def table(found: dict[str, Any]) -> str:
    """Returns the figures as Markdown."""
    rates = {name: rate / 1e12 for name, rate in found["rates"].items()}
    released = released_seconds(found)
    runs = found["inference"]
    base = runs["released"]
    scale = statistics.pstdev(base["logits"])
    lines = [
        f"Machine: {found['machine']}",
        "",
        f"One clip of 8 segments of 4 frames at 224x224, ResNet-50, {found['gflop']:.1f} GFLOP. "
        "Matrix product: "
        + ", ".join(f"{name} {rate:.2f} TFLOP/s" for name, rate in rates.items())
        + f". Logits have a standard deviation of {scale:.2f}.",
        "",
        "| inference, batch 1 | seconds | ratio | goal | bound, s | times the bound "
        "| logit difference | memory |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        f"| reference implementation, float32 | {released:.3f} | 1 | | "
        f"{bound_seconds(found, 'released-float32'):.3f} | | | {base['memory'] / 1e6:.0f} MB |",
    ]
    for kind, name in NAMES.items():
        run = runs[kind]
        bound = bound_seconds(found, kind)
        pairs = zip(run["logits"], base["logits"], strict=True)
        difference = max(abs(ours - theirs) for ours, theirs in pairs)
        lines.append(
            f"| {name} | {run['seconds']:.3f} | **{released / run['seconds']:.2f}** | "
            f"{_goal(GOALS.get(kind))} | {bound:.3f} | {run['seconds'] / bound:.2f} | "
            f"{difference:.1e} | {run['memory'] / base['memory']:.2f} |"
        )
    lines += [
        "",
        "| training step | reference, s | float32 | bfloat16 | goal, bfloat16 | memory float32 "
        "| memory bfloat16 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for what, kinds in found["training"].items():
        first = kinds["released"]
        ratios = [first["seconds"] / kinds[kind]["seconds"] for kind in ("float32", "bfloat16")]
        memory = [kinds[kind]["memory"] / first["memory"] for kind in ("float32", "bfloat16")]
        lines.append(
            f"| {what} | {first['seconds']:.2f} | **{ratios[0]:.2f}** | **{ratios[1]:.2f}** | >= 2 "
            f"| {memory[0]:.2f} | {memory[1]:.2f} |"
        )
    pipeline = found["pipeline"]
    start = pipeline["released"]["seconds"]
    lines += [
        "",
        "| video of 10 s, 340x256, to class | seconds | ratio | several, overlapping | ratio |",
        "| --- | --- | --- | --- | --- |",
        f"| reference implementation, OpenCV | {start:.3f} | 1 | | |",
    ]
    for kind, value in pipeline.items():
        if kind == "released":
            continue
        alone, several = value["seconds"], value["overlapping_seconds"]
        lines.append(
            f"| {NAMES[kind]} | {alone:.3f} | **{start / alone:.2f}** | {several:.3f} | "
            f"**{start / several:.2f}** |"
        )
    lines += ["", "| cold start of `mienet predict` | seconds, goal <= 4 |", "| --- | --- |"]
    cold = {NAMES.get(kind, "a run's folder"): value for kind, value in found["cold start"].items()}
    lines += [f"| {name} | {seconds:.1f} |" for name, seconds in cold.items()]
    return "\n".join(lines) + "\n"


def _goal(goal: float | None) -> str:
    return "" if goal is None else f">= {goal:g}"


def draw_speed(found: dict[str, Any], path: Path) -> None:
    """Writes a bar for each engine's time, with the bound of its precision."""
    figure = Figure(figsize=(8, 3.8), layout="constrained")
    axes = figure.add_subplot()
    released = released_seconds(found)
    kinds = sorted(NAMES, key=lambda kind: -found["inference"][kind]["seconds"])
    times = [released, *(found["inference"][kind]["seconds"] for kind in kinds)]
    names = ["reference implementation", *(NAMES[kind] for kind in kinds)]
    colors = [GREY, *(GREEN if "int8" in kind else BLUE for kind in kinds)]
    axes.barh(names, times, color=colors)
    bounds = [bound_seconds(found, kind) for kind in ("released-float32", *kinds)]
    for place, (seconds, bound) in enumerate(zip(times, bounds, strict=True)):
        axes.plot([bound, bound], [place - 0.4, place + 0.4], color="black", linewidth=1.5)
        ratio = f"  {released / seconds:.1f}x" if place else ""
        axes.text(seconds, place, f" {seconds:.3f} s{ratio}", va="center", fontsize=9)
    axes.invert_yaxis()
    axes.set(
        xlim=(0, max(times) * 1.2),
        xlabel="seconds for one clip (black line: a matrix product's rate in that precision)",
        title="MIE-Net, ResNet-50, 8 segments of 4 frames at 224x224",
    )
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)


def draw_scaling(found: dict[str, Any], path: Path) -> None:
    """Writes how the time grows with batch, segments and size, for one and two threads."""
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    panels = figure.subplots(1, 3)
    titles = {
        "batch": ("clips at once", "clips per second"),
        "segments": ("segments", "seconds for a clip"),
        "size": ("frame size in pixels", "seconds for a clip"),
    }
    for axes, (sweep, (xlabel, ylabel)) in zip(panels, titles.items(), strict=True):
        for threads, color in ((1, GREY), (2, BLUE)):
            points = found["scaling"][f"{sweep}, {threads} threads"]
            x = [point["value"] for point in points]
            y = [1 / p["seconds"] if sweep == "batch" else p["seconds"] for p in points]
            axes.plot(x, y, "o-", color=color, label=f"{threads} thread{'s' * (threads > 1)}")
            if sweep != "batch":  # in proportion to the work, from the largest point
                power = 2 if sweep == "size" else 1
                line = [y[-1] * (value / x[-1]) ** power for value in x]
                axes.plot(x, line, ":", color=color)
        if sweep == "batch":
            axes.set_xscale("log", base=2)
            axes.set_xticks(x, [str(value) for value in x])
        axes.set_ylim(bottom=0)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].legend(frameon=False)
    panels[1].set_title(
        "PyTorch float32, ResNet-50; dotted: in proportion to the work", fontsize=10
    )
    figure.savefig(path, dpi=110)
