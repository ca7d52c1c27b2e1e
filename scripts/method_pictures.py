"""Draws the pictures of docs/method.md, from a synthetic jump and the model of mienet demo.

.venv/bin/python scripts/method_pictures.py runs/demo

The jump is of an athlete and a scene that no demo learns from. What the network computes is taken
from it while it looks at one window of the jump.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mienet.data.recording_format import RecordingFormat, read_window, window_around
from mienet.data.sampling import center_starts
from mienet.data.transforms import normalize, to_clip
from mienet.loading import read_network
from mienet.models import DoublePoolingTemporalAttention
from mienet.models.fusion import AdaptiveFusion
from mienet.synthetic.recordings import MadeRecording, VideoFile, make_recording
from mienet.video.reader import Images, open_video

RGB, MOTION, FRAME = "#00796b", "#c2410c", "#111827"
SEGMENTS, FRAMES = 8, 4
SIDE = 144
"""Pixels of a picture; the demo's network sees 64."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of mienet demo")
    parser.add_argument("--out", type=Path, default=Path("docs/method"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        jump = make_recording(
            Path(folder) / "jump.mp4", athlete=3, seed=100, file=VideoFile(size=(320, 240))
        )
        draw_all(options.run, jump, options.out)
    return 0


def draw_all(run: Path, jump: MadeRecording, out: Path) -> None:
    recognizer = read_network(run)
    reading = recognizer.recording_format
    with open_video(jump.path) as video:
        images = squares(video.read(range(video.num_frames)))
        times = np.asarray(video.timestamps_seconds)
        start, _ = window_around(frame_at(times, jump.events[0][1]), video.num_frames, reading)
        window = read_window(video, start, 1, reading)  # (W, 3, S, S)
    seen = Seen(recognizer, window, reading)
    first, last = (frame_at(times, jump.phases[i][k]) for i, k in ((0, 1), (-1, 2)))
    out.mkdir(parents=True, exist_ok=True)
    save(segments(images[first:last], reading), out / "segments.png")
    save(motion(images, times, jump, recognizer.network.motion), out / "motion.png")
    places = start + reading.stride * np.arange(reading.num_segments)
    save(fusion(images, places, times, seen), out / "fusion.png")
    save(attention(images, places, times, seen), out / "attention.png")


class Seen:
    """What a network computes on its way through one window.

    Attributes:
        gates: Of the fusion, ``(T, 3)``.
        shares: Of the fusion, ``(2,)``.
        scales: Of DPTAM in the last block, ``(C, T)``.
    """

    def __init__(self, recognizer, window: torch.Tensor, reading: RecordingFormat) -> None:
        clip = window.unfold(0, reading.frames_per_segment, reading.stride).movedim(-1, 1)
        modules = list(recognizer.network.modules())
        (fuse,) = (m for m in modules if isinstance(m, AdaptiveFusion))
        last = [m for m in modules if isinstance(m, DoublePoolingTemporalAttention)][-1]
        kept = []
        handle = last.excite.register_forward_hook(lambda _, __, scale: kept.append(scale))
        with torch.inference_mode():
            normalized = normalize(clip[None])
            maps = recognizer.network.motion(normalized)
            self.gates = fuse.gates(normalized[:, :, 0], maps)[0].numpy()
            self.shares = fuse.shares().numpy()
            recognizer(clip[None])
        handle.remove()
        self.scales = kept[0][0].numpy()


def frame_at(times: np.ndarray, seconds: float) -> int:
    return int(np.abs(times - seconds).argmin())


def squares(images: Images) -> Images:
    """Returns whole pictures squeezed into squares, as a model of recordings sees them."""
    return np.stack([cv2.resize(i, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for i in images])


def segments(images: Images, reading: RecordingFormat) -> Figure:
    """Returns how a clip becomes segments, and a recording positions."""
    figure = Figure(figsize=(7.2, 3.3), layout="constrained")
    grid = figure.add_gridspec(3, SEGMENTS, height_ratios=(1.0, 2.3, 1.0))
    count = len(images)
    starts = center_starts(count, SEGMENTS, FRAMES)
    axes = bar(figure.add_subplot(grid[0, :]), count)
    axes.set_title(
        f"A clip of {count} frames: T = {SEGMENTS} segments, L = {FRAMES} frames of each",
        size=9, loc="left",
    )  # fmt: skip
    for place in np.arange(1, SEGMENTS) * count / SEGMENTS:
        axes.axvline(place, color=FRAME, linewidth=1)
    for start in starts:
        axes.axvspan(start, start + FRAMES, 0.1, 0.9, color=RGB)
    for place, start in enumerate(starts):
        picture(figure.add_subplot(grid[1, place]), images[start], f"segment {place + 1}")
    axes = bar(figure.add_subplot(grid[2, :]), count)
    axes.set_title(
        f"A recording: T = {reading.num_segments} positions in a window, one every "
        f"{reading.stride} frames, each of L = {FRAMES} frames",
        size=9, loc="left",
    )  # fmt: skip
    for start in range(2, 2 + reading.stride * reading.num_segments, reading.stride):
        axes.axvspan(start, start + 1, 0.1, 0.9, color=RGB)
    axes.axvspan(2, 2 + reading.window_steps, color=RGB, alpha=0.15, linewidth=0)
    return figure


def motion(images: Images, times: np.ndarray, jump: MadeRecording, network) -> Figure:
    """Returns four frames and their three motion maps, of rest and of take-off."""
    rows = [("at rest", 0.2), ("take-off", jump.events[0][1])]
    figure = Figure(figsize=(7.2, 2.5), layout="constrained")
    grid = figure.add_gridspec(2, 2 * FRAMES - 1)
    clips = [images[(start := frame_at(times, at)) : start + FRAMES] for _, at in rows]
    with torch.inference_mode():
        maps = network(normalize(torch.stack([to_clip(clip, 1) for clip in clips])))[:, 0].numpy()
    for row, (name, _) in enumerate(rows):
        for column in range(FRAMES):
            axes = figure.add_subplot(grid[row, column])
            picture(axes, clips[row][column], f"frame {column + 1}")
            if column == 0:
                axes.set_ylabel(name, size=9)
        for column in range(FRAMES - 1):
            axes = figure.add_subplot(grid[row, FRAMES + column])
            axes.imshow(maps[row, column], cmap="inferno", vmin=0, vmax=np.percentile(maps, 99.5))
            bare(axes, f"map {column + 1}")
    return figure


def fusion(images: Images, places: np.ndarray, times: np.ndarray, seen: Seen) -> Figure:
    """Returns the gates over a window, and the shares of image and motion."""
    figure = Figure(figsize=(7.2, 2.9), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=(5, 1.1), height_ratios=(1, 1.8))
    strip(figure.add_subplot(grid[0, 0]), images, places)
    axes = figure.add_subplot(grid[1, 0])
    for channel, color in enumerate(("#dc2626", "#16a34a", "#2563eb")):
        name = ("red and map 1", "green and map 2", "blue and map 3")[channel]
        axes.plot(seen.gates[:, channel], ".-", color=color, label=name)
    over_time(axes, places, times)
    axes.set_title("gate g of each channel, position by position", size=9, loc="left")
    axes.legend(fontsize=7, frameon=False, ncols=3, loc="best")
    axes.margins(y=0.25)
    axes = figure.add_subplot(grid[:, 1])
    axes.bar(["image", "motion"], seen.shares, color=(RGB, MOTION), width=0.6)
    axes.set_ylim(0, 1)
    for place, share in enumerate(seen.shares):
        axes.text(place, share + 0.02, f"{share:.2f}", ha="center", size=8)
    axes.set_title("shares a", size=9, loc="left")
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def attention(images: Images, places: np.ndarray, times: np.ndarray, seen: Seen) -> Figure:
    """Returns what DPTAM scales channels by over a window: those that vary most, and the mean."""
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    grid = figure.add_gridspec(3, 1, height_ratios=(1, 2, 1.2))
    strip(figure.add_subplot(grid[0]), images, places)
    varying = seen.scales[np.argsort(-seen.scales.std(axis=1))[:48]]
    varying = varying[np.argsort(varying.argmax(axis=1), kind="stable")]
    axes = figure.add_subplot(grid[1])
    drawn = axes.imshow(varying, aspect="auto", cmap="viridis", vmin=0, vmax=1)
    axes.set(xticks=[], yticks=[])
    axes.set_title(
        f"scale of the 48 of {len(seen.scales)} channels that change most, one a row, "
        "by when it is largest",
        size=9, loc="left",
    )  # fmt: skip
    figure.colorbar(drawn, ax=axes, pad=0.01, ticks=(0, 1)).ax.tick_params(labelsize=7)
    axes = figure.add_subplot(grid[2])
    axes.bar(np.arange(len(places)), seen.scales.mean(axis=0), color="0.5", width=0.7)
    over_time(axes, places, times)
    axes.set_title("mean over all channels", size=9, loc="left")
    return figure


def strip(axes: Axes, images: Images, places: np.ndarray) -> None:
    """Draws the first frame of every position side by side."""
    places = np.minimum(places, len(images) - 1)
    axes.imshow(np.concatenate(list(images[places]), axis=1), aspect="auto")
    bare(axes, "")


def over_time(axes: Axes, places: np.ndarray, times: np.ndarray) -> None:
    """Names the seconds below what is drawn for each position."""
    axes.set_xlim(-0.5, len(places) - 0.5)
    shown = range(0, len(places), 3)
    seconds = times[np.minimum(places, len(times) - 1)]
    axes.set_xticks(list(shown), [f"{seconds[i]:.2f} s" for i in shown], size=7)
    axes.tick_params(axis="y", labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)


def bar(axes: Axes, count: int) -> Axes:
    axes.set(xlim=(0, count), ylim=(0, 1), yticks=[])
    axes.tick_params(labelsize=7)
    return axes


def picture(axes: Axes, image: Images, title: str) -> None:
    axes.imshow(image)
    bare(axes, title)


def bare(axes: Axes, title: str) -> None:
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, size=7.5)
    axes.spines[:].set_visible(False)


def save(figure: Figure, path: Path) -> None:
    """Writes a picture in 64 colors, which is a third of the bytes."""
    figure.savefig(path, dpi=170)
    from PIL import Image

    Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())
