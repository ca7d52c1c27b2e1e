"""Frames of videos the authors' way: OpenCV reads all of one, then writes; joblib over videos.

python benchmarks/baseline_extract.py VIDEOS OUT --ending jpg --short_side 256
"""

import argparse
from pathlib import Path

import cv2
from joblib import Parallel, delayed

QUALITY = 95


def baseline_extract(video: str, folder: str, ending: str, short_side: int | None) -> int:
    """Reads a whole video into memory with OpenCV, then writes its frames."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    capture = cv2.VideoCapture(video)
    frames = []
    while True:
        whole, frame = capture.read()
        if not whole:
            break
        frames.append(frame)
    capture.release()
    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY] if ending == "jpg" else []
    for number, frame in enumerate(frames, start=1):
        if short_side is not None:
            scale = short_side / min(frame.shape[:2])
            size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
            frame = cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR)
        cv2.imwrite(f"{folder}/img_{number:05d}.{ending}", frame, options)
    return len(frames)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--ending", default="jpg")
    parser.add_argument("--short_side", type=int)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    Parallel(n_jobs=options.jobs)(
        delayed(baseline_extract)(
            str(path), str(options.out / str(number)), options.ending, options.short_side
        )
        for number, path in enumerate(sorted(options.videos.rglob("*.mp4")))
    )


if __name__ == "__main__":
    main()
