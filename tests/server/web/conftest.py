"""A real server in a process of its own, and Debian's Chromium to look at its page with."""

import csv
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mienet.models import resnet
from tests.conftest import make_recognizer

pytest.importorskip("fastapi", reason="needs the extra serve")
playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = shutil.which("chromium")

BITS = 8
BLOCK = 16
"""Pixels of a side of the black and white squares that a frame's number is written in."""
SECONDS = 60
"""To wait at most, on a computer that has other things to do."""


def write_numbered_video(path: Path, times: Sequence[int], **options: str) -> Path:
    """Writes a video whose frames show their number as squares, at times in hundredths."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "10", **options})
        stream.width, stream.height, stream.pix_fmt = BITS * BLOCK, 4 * BLOCK, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 100)
        for number, time in enumerate(times):
            bits = [255 * (number >> bit & 1) for bit in range(BITS)]
            row = np.repeat(np.array(bits, np.uint8), BLOCK)
            image = np.broadcast_to(row[None, :, None], (4 * BLOCK, BITS * BLOCK, 3))
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame.time_base, frame.pts = Fraction(1, 100), time
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


class PageServer:
    """``mienet serve`` in a process, which can be killed and started again at its port."""

    def __init__(self, folder: Path, *arguments: str, port: int = 0) -> None:
        self.folder, self.arguments, self.port = folder, arguments, port
        self.start()

    def start(self) -> None:
        """Starts the server, at the port it had before."""
        code = "import sys; from mienet.cli import main; sys.exit(main())"
        command = [sys.executable, "-c", code, "serve", *self.arguments, "--no-browser"]
        command += ["--videos", str(self.folder), "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        line = self.process.stdout.readline()
        found = re.search(r"http://[^:]+:(\d+)/", line)
        assert found, line
        self.url, self.port = found[0], int(found[1])

    def forget_labels(self) -> None:
        """Takes away all labels and their order, as another program may."""
        for file in self.folder.glob("mienet/*/*.csv"):
            file.unlink()
        (self.folder / "mienet/label_order.json").unlink(missing_ok=True)

    def labels(self, video: str) -> list[tuple[str, float, float | None]]:
        """Returns the label, start and end in seconds of all marks that are kept of a video."""
        files = [*self.folder.glob(f"mienet/drafts/{video}*.csv")]
        files += self.folder.glob(f"mienet/labels/{video}*.csv")
        (file,) = files
        rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
        return [
            (
                row["label"],
                round(float(row["start_seconds"]), 3),
                round(float(row["end_seconds"]), 3) if row["end_seconds"] else None,
            )
            for row in rows
            if row.get("label")
        ]

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Returns Chromium; not for the session, as asyncio runs nothing else beside playwright."""
    if not CHROMIUM:
        pytest.skip("needs chromium: apt install chromium")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[PageServer]:
    """Returns a server of two videos: even.mp4, and uneven.mp4 with B-frames and uneven times.

    Its camera is the first.
    """
    folder = tmp_path_factory.mktemp("videos")
    write_numbered_video(folder / "even.mp4", [4 * number for number in range(60)])
    uneven = np.cumsum([0, *np.random.default_rng(0).integers(1, 12, 79)])
    write_numbered_video(folder / "uneven.mp4", uneven.tolist(), bf="3", g="24")
    started = PageServer(folder, "--camera", str(folder / "even.mp4"))
    yield started
    started.kill()


@pytest.fixture
def page(browser: Any, server: PageServer) -> Iterator[Any]:
    """Returns the page, of a browser that has not seen it before; scripts must not fail."""
    server.forget_labels()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.set_default_timeout(SECONDS * 1000)
    opened.goto(server.url)
    # Files that are given before it listens would be lost, as a click would that inert holds off.
    opened.wait_for_selector("body:not([inert])")
    yield opened
    context.close()
    assert not problems


def open_video(page: Any, name: str) -> None:
    """Opens a video of the list and waits until its first frame is shown."""
    page.get_by_role("button", name=re.compile(rf"^\W*{re.escape(name)}")).click()
    page.wait_for_selector("#editor[aria-busy=false]:not(.empty)")
    settle(page)


def settle(page: Any) -> None:
    """Waits until the frame that was asked for is shown."""
    page.wait_for_selector("#editor[data-settled=true]")


def go_to(page: Any, frame: int) -> None:
    """Goes to a frame of the open video."""
    page.keyboard.press("Home")
    for key, times in (("Shift+ArrowRight", frame // 10), (".", frame % 10)):
        for _ in range(times):
            page.keyboard.press(key)
    wait_shown(page, frame)


def wait_shown(page: Any, frame: int) -> None:
    """Waits until the page says that it shows a frame, and no other is asked for."""
    page.locator("#frame-number").get_by_text(re.compile(f"^{frame}$")).wait_for()
    settle(page)


def add(page: Any, frame: int, label: str, kind: str = "phase") -> None:
    """Begins a phase, or marks an event, at a frame of the open video, by keys."""
    go_to(page, frame)
    page.keyboard.press("a" if kind == "phase" else "e")
    page.locator("#label-name").fill(label)
    page.keyboard.press("Enter")


def wait_saved(page: Any) -> None:
    """Waits until the page says that the server has the labels."""
    page.locator("#saving").get_by_text("Saved", exact=True).wait_for()


def shown_frame(page: Any) -> int:
    """Returns the number that the page says."""
    return int(page.locator("#frame-number").inner_text())


def burnt_frame(page: Any) -> int:
    """Returns the number that the picture shows."""
    bits = page.evaluate(
        """([bits, block]) => {
          const video = document.getElementById("video");
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
          const context = canvas.getContext("2d");
          context.drawImage(video, 0, 0);
          return Array.from({length: bits}, (_, bit) =>
            context.getImageData((bit + 0.5) * block, 2 * block, 1, 1).data[0]);
        }""",
        [BITS, BLOCK],
    )
    assert all(value < 60 or value > 195 for value in bits), bits
    return sum(1 << bit for bit, value in enumerate(bits) if value > 127)


@pytest.fixture(scope="module")
def full_networks() -> Iterator[None]:
    """Gives networks the blocks and channels that other processes give them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resnet, "WIDTH", 64)
        patch.setitem(resnet.ARCHITECTURES, "resnet18", (resnet.BasicBlock, (2, 2, 2, 2)))
        yield


@pytest.fixture(scope="module")
def clip_server(
    tmp_path_factory: pytest.TempPathFactory, browser: Any, full_networks: None
) -> Iterator[PageServer]:
    """Returns a server of even.mp4 and an untrained model of the clips fall and rise.

    Its camera is that file.
    """
    folder = tmp_path_factory.mktemp("clips")
    make_recognizer().save(folder / "model")
    video = write_numbered_video(folder / "videos/even.mp4", [4 * number for number in range(60)])
    started = PageServer(folder / "videos", str(folder / "model"), "--camera", str(video))
    yield started
    started.kill()
