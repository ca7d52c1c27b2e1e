"""Data preparation against the way the authors recommend, as ratios in one run.

    .venv/bin/python benchmarks/data.py --out runs/benchmark_data [--egogestar FOLDER_OF_VIDEOS]

Extraction: against OpenCV that reads a whole video into memory and then writes it, videos shared
out by joblib. Loading: against folders of PNG frames, PIL and per-frame transforms. Both baselines
are written here, after the authors' description. Then the checking of 10,000 clips, the opening of
200,000, and the memory that a job takes for a video of ten minutes.
"""

import argparse
import json
import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image
from synthetic_videos import make_videos, repeat_video
from torch.utils.data import DataLoader, Dataset

from mienet.annotations.discovery import find_videos
from mienet.annotations.records import VideoRecord
from mienet.curation.extraction import ExtractionJob
from mienet.data.clips import Augmentation, ClipFormat
from mienet.data.loading import EpochBatches, TrainingDataset, make_loader
from mienet.video.reader import VideoFile
from mienet.workflows.extract import extract

BASELINE = Path(__file__).with_name("baseline_extract.py")
MIENET = ["-c", "import sys; from mienet.cli import main; sys.exit(main())"]
JOBS = 2
QUALITY = 95
SEGMENTS, LENGTH, CROP = 8, 4, 224
REPEATS = 3


class BaselineDataset(Dataset[tuple[torch.Tensor, int]]):
    """Frames as PNG files, opened and transformed one by one by PIL, as TSN's loaders do."""

    def __init__(self, folders: list[Path]) -> None:
        self.files = [sorted(folder.glob("*.png")) for folder in folders]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        files = self.files[index]
        count = len(files)
        step = (count - LENGTH + 1) // SEGMENTS
        starts = [
            segment * step + random.randrange(step) if step > 0 else 0
            for segment in range(SEGMENTS)
        ]
        images = [
            Image.open(files[min(start + place, count - 1)]).convert("RGB")
            for start in starts
            for place in range(LENGTH)
        ]
        width, height = images[0].size
        side = int(min(width, height) * random.choice((1.0, 0.875, 0.75, 0.66)))
        left, top = random.randrange(width - side + 1), random.randrange(height - side + 1)
        images = [image.crop((left, top, left + side, top + side)) for image in images]
        images = [image.resize((CROP, CROP), Image.Resampling.BILINEAR) for image in images]
        if random.random() < 0.5:
            images = [image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for image in images]
        stacked = np.concatenate([np.array(image) for image in images], axis=2)
        clip = torch.from_numpy(stacked).permute(2, 0, 1).contiguous().float().div(255)
        for channel, (mean, std) in enumerate(
            [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)] * len(images)
        ):
            clip[channel].sub_(mean).div_(std)
        return clip, 0


def run(*arguments: object) -> None:
    """Runs Python as a user's command does, from its start to its end."""
    command = [sys.executable, *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def seconds_of(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def compare_extraction(
    name: str, videos: Path, work: Path, ending: str, short_side: int | None
) -> dict[str, Any]:
    """Extracts all videos both ways in turn, and measures one frame's steps on one CPU."""
    paths = find_videos(videos)

    side = [] if short_side is None else [str(short_side)]

    def baseline() -> None:
        options = ["--ending", ending, *(f"--short_side={value}" for value in side)]
        run(BASELINE, videos, work / "baseline", *options, "--jobs", JOBS)

    def ours() -> None:
        options = ["--format", ending, *(f"--short-side={value}" for value in side)]
        run(*MIENET, "extract", videos, "--out", work / "ours", *options, "--jobs", JOBS)

    times = np.zeros((REPEATS, 2))
    for repeat in range(REPEATS):
        # In turn, and after the disk has taken what was written before.
        for place in ((0, 1), (1, 0))[repeat % 2]:
            shutil.rmtree(work / ("baseline", "ours")[place], ignore_errors=True)
            os.sync()
            times[repeat, place] = seconds_of((baseline, ours)[place])
    frames = sum(1 for _ in (work / "ours").rglob(f"*.{ending}"))
    found = sum(1 for _ in (work / "baseline").rglob(f"*.{ending}"))
    if found != frames:
        raise SystemExit(f"{name}: {frames} frames, the baseline wrote {found}")
    rates = frames / np.median(times, axis=0)
    steps = frame_steps(paths[:20], work, ending, short_side)
    bound = JOBS / (steps["decode"] + steps["encode and write"])
    size = sum(path.stat().st_size for path in (work / "ours").rglob(f"*.{ending}"))
    return {
        "name": f"extract {name}, {ending}" + (f", short side {short_side}" if short_side else ""),
        "baseline": rates[0],
        "ours": rates[1],
        "unit": "frames/s",
        "ratio": float(np.median(times[:, 0] / times[:, 1])),
        "bound": bound,
        "steps_microseconds": {name: 1e6 * seconds for name, seconds in steps.items()},
        "megabytes_of_images": size / 1e6,
        "megabytes_of_videos": sum(path.stat().st_size for path in paths) / 1e6,
    }


def frame_steps(
    paths: list[Path], work: Path, ending: str, short_side: int | None
) -> dict[str, float]:
    """Returns the seconds of each step of one frame, on one CPU."""
    steps = {"decode": 0.0, "convert and resize": 0.0, "encode and write": 0.0}
    count = 0
    (work / "steps").mkdir(parents=True, exist_ok=True)
    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY] if ending == "jpg" else []
    for path in paths:
        with VideoFile(path) as video:
            frames = video.decoded_at(range(video.num_frames))
            while True:
                start = time.perf_counter()
                found = next(frames, None)
                decoded = time.perf_counter()
                if found is None:
                    break
                image = video.to_image(found[1], short_side=short_side, channels="bgr24")
                converted = time.perf_counter()
                cv2.imwrite(str(work / f"steps/{found[0]}.{ending}"), image, options)
                steps["decode"] += decoded - start
                steps["convert and resize"] += converted - decoded
                steps["encode and write"] += time.perf_counter() - converted
                count += 1
    return {name: seconds / count for name, seconds in steps.items()}


def compare_loading(name: str, videos: Path, work: Path) -> dict[str, Any]:
    """Loads random training clips both ways, two workers each, after a first epoch."""
    extract(videos, out=work / "png", format="png", jobs=JOBS)
    folders = sorted(path for path in (work / "png").rglob("*") if has_png(path))
    paths = [str(path) for path in find_videos(videos)]
    ours = TrainingDataset(
        [VideoRecord(path, 0) for path in paths],
        ClipFormat(SEGMENTS, LENGTH, 256, CROP),
        Augmentation((1.0, 0.875, 0.75, 0.66), (0,), 0.0),
        seed=0,
    )
    loaders = [
        DataLoader(BaselineDataset(folders), batch_size=8, num_workers=2, shuffle=True,
                   persistent_workers=True),
        make_loader(ours, EpochBatches(len(paths), 8, shuffle=True), 2),
    ]  # fmt: skip
    for loader in loaders:
        drain(loader)
    times = np.array(
        [[seconds_of(partial(drain, loader)) for loader in loaders] for _ in range(REPEATS)]
    )
    rates = len(paths) / np.median(times, axis=0)
    alone = seconds_of(lambda: [ours[(0, index)] for index in range(40)]) / 40
    decode = seconds_of(lambda: [decode_clip(path) for path in paths[:40]]) / 40
    return {
        "name": f"load training clips from {name}",
        "baseline": rates[0],
        "ours": rates[1],
        "unit": "clips/s",
        "ratio": float(np.median(times[:, 0] / times[:, 1])),
        "bound": 2 / decode,
        "steps_microseconds": {"decode": 1e6 * decode, "all": 1e6 * alone},
        "megabytes_of_images": sum(p.stat().st_size for p in (work / "png").rglob("*.png")) / 1e6,
        "megabytes_of_videos": sum(Path(path).stat().st_size for path in paths) / 1e6,
    }


def drain(loader: DataLoader[object]) -> None:
    for _ in loader:
        pass


def has_png(path: Path) -> bool:
    return path.is_dir() and any(path.glob("*.png"))


def decode_clip(path: str) -> None:
    """Decodes a video up to the end of the last segment, and nothing else."""
    with VideoFile(Path(path)) as video:
        for _ in video.decoded_at(range(max(1, video.num_frames - LENGTH))):
            pass


def peak_megabytes(code: str) -> float:
    """Returns the peak memory of a process that runs some code."""
    done = subprocess.run(
        [sys.executable, "-c",
         f"{code}\nfor line in open('/proc/self/status'):\n"
         "    if line.startswith('VmHWM'): print(line.split()[1])"],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parent,
    )  # fmt: skip
    return float(done.stdout.split()[-1]) / 1024


def measure_memory(work: Path) -> dict[str, float]:
    """Returns the peak memory of jobs in MB, on 1080p."""
    (ten_seconds,) = make_videos(work / "1080p_source", 1, 250, (1920, 1080))
    ten_minutes = work / "ten_minutes.mp4"
    if not ten_minutes.exists():
        repeat_video(ten_seconds, ten_minutes, 60)

    def ours(video: Path, short_side: int | None) -> float:
        job = ExtractionJob(str(video.absolute()), str((work / "memory").absolute()),
                            str((work / "memory_part").absolute()), "img_{:05d}.jpg", short_side,
                            QUALITY)  # fmt: skip
        return peak_megabytes(
            "from mienet.curation.extraction import ExtractionJob, extract_frames\n"
            f"found = extract_frames({job!r})\nassert not found.problem, found.problem"
        )

    found = {
        "ours, 10 minutes, short side 256": ours(ten_minutes, 256),
        "ours, 10 seconds, whole size": ours(ten_seconds, None),
        "baseline, 10 seconds, short side 256": peak_megabytes(
            "from baseline_extract import baseline_extract\n"
            f"baseline_extract({str(ten_seconds.absolute())!r}, "
            f"{str((work / 'memory').absolute())!r}, 'jpg', 256)"
        ),
    }
    shutil.rmtree(work / "memory", ignore_errors=True)
    return found


def measure_check(work: Path) -> dict[str, float]:
    """Returns the seconds of a first (quick) and a second check of 10,000 clips."""
    source = make_videos(work / "small", 40, 20, (160, 120))
    videos = work / "ten_thousand"
    if not videos.exists():
        for number in range(10_000):
            path = videos / f"class_{number % 48:02d}" / f"{number:05d}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            # An unused box behind the end, so that no two are alike.
            box = b"\x00\x00\x00\x10free" + number.to_bytes(8, "big")
            path.write_bytes(source[number % 40].read_bytes() + box)
    out, quick = work / "checked", work / "quick"
    for folder in (out, quick):
        shutil.rmtree(folder, ignore_errors=True)

    def command(*arguments: object) -> float:
        return seconds_of(partial(run, *MIENET, *arguments, "--jobs", JOBS))

    return {
        "prepare, first time": command("prepare", videos, "--out", out),
        "check, all known": min(command("check", out) for _ in range(REPEATS)),
        "check --quick from nothing": command("check", videos, "--quick", "--out", quick),
    }  # fmt: skip


def measure_open(work: Path) -> dict[str, float]:
    """Returns seconds and MB for opening a list of 200,000 clips as a dataset."""
    videos = sorted(str(path) for path in (work / "ten_thousand").rglob("*.mp4"))
    path = work / "long.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("path,label,start_frame,end_frame,athlete\n")
        for number in range(200_000):
            video = videos[number % len(videos)]
            label = Path(video).parent.name
            file.write(f"{Path(video).absolute()},{label},0,16,p{number % 500}\n")
    code = f"""
import resource, time
from pathlib import Path
from mienet.data.resolve import read_labeled
from mienet.data.loading import TrainingDataset
from mienet.data.clips import Augmentation, ClipFormat
def now():
    return int(open('/proc/self/statm').read().split()[1]) * resource.getpagesize() / 1e6
before, start = now(), time.perf_counter()
annotations = read_labeled(Path({str(path.absolute())!r}))
dataset = TrainingDataset(annotations.records, ClipFormat(8, 4, 256, 224),
                          Augmentation((1.0,), None, 0.0), seed=0)
seconds = time.perf_counter() - start
assert len(dataset) == 200_000
print(seconds, now() - before)
"""
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(REPEATS)
    ]
    pairs = [tuple(map(float, run.stdout.split())) for run in runs]
    return {"seconds": min(pair[0] for pair in pairs), "megabytes": max(pair[1] for pair in pairs)}


def cpu_name() -> str:
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(": ")[1]
    return platform.processor() or platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/benchmark_data"))
    parser.add_argument("--egogestar", type=Path, help="the videos of EgoGestAR")
    options = parser.parse_args()
    work = options.out / "work"
    work.mkdir(parents=True, exist_ok=True)
    print(f"{os.cpu_count()} CPUs, {cpu_name()}; {JOBS} jobs or workers", flush=True)
    small, large = work / "340x256", work / "1080p"
    make_videos(small, 60, 120, (340, 256))
    (source,) = make_videos(work / "1080p_source", 1, 250, (1920, 1080))
    large.mkdir(exist_ok=True)
    for number in range(6):
        shutil.copy(source, large / f"{number}.mp4")
    sources = {"EgoGestAR 256x192": options.egogestar} if options.egogestar else {}
    sources["made 340x256"] = small
    comparisons = [
        *(partial(compare_extraction, n, path, work, "jpg", None) for n, path in sources.items()),
        partial(compare_extraction, "made 1920x1080", large, work, "jpg", 256),
        partial(compare_extraction, "made 340x256", small, work, "png", None),
        *(partial(compare_loading, n, path, work) for n, path in sources.items()),
    ]
    print(f"{'':52}{'baseline':>9}{'mienet':>9}{'ratio':>7}{'bound':>9}{'of it':>7}")
    rows = []
    for compare in comparisons:
        shutil.rmtree(work / "png", ignore_errors=True)
        row = compare()
        rows.append(row)
        print(
            f"{row['name']:52}{row['baseline']:9.1f}{row['ours']:9.1f}{row['ratio']:7.2f}"
            f"{row['bound']:9.1f}{row['ours'] / row['bound']:7.0%}  {row['unit']}"
        )
        steps = ", ".join(f"{k} {v:.0f}" for k, v in row["steps_microseconds"].items())
        print(
            f"    microseconds on one CPU: {steps}; disk: "
            f"{row['megabytes_of_videos']:.0f} MB of videos, "
            f"{row['megabytes_of_images']:.0f} MB of images",
            flush=True,
        )
    content: dict[str, object] = {"rows": rows}
    for title, measure in (
        ("peak memory of a job, MB", measure_memory),
        ("10,000 clips, seconds", measure_check),
        ("opening 200,000 clips", measure_open),
    ):
        content[title] = found = measure(work)
        print(title)
        for name, value in found.items():
            print(f"    {name:44}{value:9.2f}", flush=True)
    content["own peak, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (options.out / "data.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
