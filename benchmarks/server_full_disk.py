"""What the page's server does on a disk that is really full, and what it costs to save.

    mkdir /tmp/small && sudo mount -t tmpfs -o size=24m tmpfs /tmp/small
    .venv/bin/python benchmarks/server_full_disk.py --small /tmp/small
    .venv/bin/python benchmarks/server_full_disk.py --saves /tmp/some_folder

The figures are in docs/server.md.
"""

import argparse
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import av
import numpy as np
from fastapi.testclient import TestClient

from mienet.labeling.timelines import AnnotatedVideo, Interval
from mienet.server.app import create_app
from mienet.server.label_files import LabelFiles
from mienet.server.places import Places
from mienet.server.settings import Settings
from mienet.server.transcoding import write_playable

OWN = {"X-Mienet": "1", "Origin": "http://127.0.0.1:8000"}
NUM_SAVES, NUM_MARKS = 200, 100
TABLE = "path,label,start_seconds,end_seconds\n"


def write_video(path: Path, codec: str = "libx264", num_frames: int = 50, side: int = 128) -> None:
    noise = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = side, side, "yuv420p"
        for _ in range(num_frames):
            image = noise.integers(0, 255, (side, side, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())


def files(folder: Path) -> dict[str, bytes]:
    """Returns all files but the queue, what is known of videos, and what fills the disk."""
    found = (path for path in folder.rglob("*") if path.is_file())
    own = ("fill", "facts.jsonl", "jobs.sqlite", "jobs.sqlite-wal", "jobs.sqlite-shm")
    left = (path for path in found if path.name not in own and path.suffix != ".npy")
    return {str(path.relative_to(folder)): path.read_bytes() for path in left}


@contextmanager
def full(folder: Path, left_bytes: int = 0) -> Iterator[None]:
    """Fills the disk but for some bytes."""
    fill = folder / "fill"
    with fill.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    with fill.open("r+b") as file:
        file.truncate(max(0, fill.stat().st_size - left_bytes))
    try:
        yield
    finally:
        fill.unlink()


def try_all(folder: Path) -> None:
    """Prints how each kind of write is refused, and whether all files are as before."""
    for name in ("a.mp4", "b.mp4"):
        write_video(folder / name)
    write_video(folder / "old.avi", "mpeg4", 100, 256)
    upload = folder.parent / "upload.mp4"
    write_video(upload)
    app = create_app(Settings(folder.resolve()))
    page: Any = TestClient(app, "http://127.0.0.1:8000", headers=OWN, raise_server_exceptions=False)
    mark = {"kind": "phase", "label": "run", "start_seconds": 0, "end_seconds": 1}
    body = {"version": "", "finished": True, "marks": [mark]}
    body["version"] = page.put("/api/labels?video=a.mp4", json=body).json()["version"]
    page.get("/api/frames?video=b.mp4"), page.get("/api/frames?video=old.avi")
    many = body | {"marks": [mark | {"start_seconds": k / 1e4, "end_seconds": (k + 1) / 1e4}
                             for k in range(9000)]}  # fmt: skip
    table = (TABLE + "a.mp4,walk,0,1\nb.mp4,walk,0,1\n").encode()

    def transcode() -> str:
        try:
            write_playable(folder / "old.avi", Places(folder).playable_copy("old.avi"))
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return "written"

    def answered(answer: Any) -> str:
        return f"{answer.status_code}, {answer.text[:300]}"

    tries = {
        "save": lambda: answered(page.put("/api/labels?video=a.mp4", json=many)),
        "import": lambda: answered(
            page.post("/api/import?name=labels.csv&replace=true", content=table)
        ),
        "upload": lambda: answered(
            page.put("/api/uploads?name=c.mp4", content=iter([upload.read_bytes()]))
        ),
        "transcode": transcode,
    }
    for left_bytes in (0, 4096, 65_536, 400_000):
        print(f"{left_bytes} bytes left:")
        for what, run in tries.items():
            before = files(folder)
            with full(folder, left_bytes):
                said = run()
            after = files(folder)
            if after == before:
                kept = "all as before"
            else:
                names = sorted(before.keys() ^ after.keys())
                names += [name for name in before.keys() & after.keys()
                          if before[name] != after[name]]  # fmt: skip
                kept = f"CHANGED: {names}"
            print(f"  {what}: {said}; {kept}; then {page.get('/api/videos').status_code}")
            for name in before.keys() | after.keys():
                if name not in before:
                    (folder / name).unlink()
                elif before[name] != after.get(name):
                    (folder / name).write_bytes(before[name])


def measure_saves(folder: Path) -> None:
    """Prints how long the labels of a video take to be on the disk."""
    places = Places(folder)
    places.make()
    labels, version, taken = LabelFiles(places), "", []
    for number in range(NUM_SAVES):
        marks = (Interval(f"run {number}", k, k + 1) for k in range(NUM_MARKS))
        began = time.perf_counter()
        saved = labels.save(AnnotatedVideo("a.mp4", tuple(marks)), version, is_finished=False)
        taken.append(1000 * (time.perf_counter() - began))
        version = saved.version
    taken.sort()
    middle, high = statistics.median(taken), taken[int(0.95 * len(taken))]
    print(f"a save of {NUM_MARKS} marks: {middle:.1f} ms (median), {high:.1f} ms (95 %)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--small", type=Path, help="an empty folder that is a small disk")
    parser.add_argument("--saves", type=Path, help="a new folder, to measure saves in")
    options = parser.parse_args()
    if options.small:
        videos = options.small.resolve() / "videos"
        videos.mkdir()
        try_all(videos)
    if options.saves:
        options.saves.mkdir(parents=True)
        measure_saves(options.saves)


if __name__ == "__main__":
    main()
