"""Measures ``mienet serve``: its list of videos, large and hostile uploads, frames in Chromium.

    .venv/bin/python benchmarks/server_figures.py --out runs/server_figures

Needs ffmpeg, Chromium and Playwright (pip install playwright). The figures are in docs/server.md.
"""

import argparse
import bisect
import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from mienet.server.places import Places
from mienet.server.transcoding import write_playable

PORT = 8766
OWN = {"X-Mienet": "1", "Origin": f"http://127.0.0.1:{PORT}"}
NUM_LISTED, UPLOAD_BYTES = 1000, 2 << 30
PICTURES = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=2"
SOUND = "-f lavfi -i sine=frequency=440:duration=2"
H264 = "-c:v libx264 -pix_fmt yuv420p -g 10 -bf 3 -c:a aac"
UNEVEN = "select='not(mod(n,3))*lt(n,20)+gte(n,20)*not(mod(n,2))'"
VIDEOS = {
    "b_frames.mp4": f"{PICTURES} {H264}",
    "uneven.mp4": f"{PICTURES} -vf {UNEVEN} -fps_mode vfr {H264}",
    "late.mp4": f"-itsoffset 0.5 {PICTURES} {SOUND} -map 0:v -map 1:a -fps_mode passthrough {H264}",
    "late_sound.mp4": f"{PICTURES} -itsoffset 0.5 {SOUND} -map 0:v -map 1:a {H264}",
    "late.webm": f"-itsoffset 0.5 {PICTURES} {SOUND} -map 0:v -map 1:a -fps_mode passthrough "
    "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus",
    "negative.mp4": f"{PICTURES} {H264} -movflags negative_cts_offsets",
    "quicktime.mov": f"{PICTURES} {SOUND} {H264}",
    "late_alone.mp4": f"{PICTURES} {H264} -output_ts_offset 1",
    "fragments.mp4": f"{PICTURES} {SOUND} {H264} -movflags frag_keyframe+empty_moov",
    "matroska.mkv": f"{PICTURES} {SOUND} {H264}",
    "hevc.mp4": f"{PICTURES} -c:v libx265 -x265-params log-level=error -tag:v hvc1",
    "old.avi": f"{PICTURES} -c:v mpeg4",
}
LONG = (
    "-f lavfi -i testsrc2=size=1920x1080:rate=30:duration=600 -c:v libx264 -preset ultrafast "
    "-pix_fmt yuv420p -g 60"
)
KEYFRAMES = {30: (1, 15, 30), 60: (1, 30, 60), 300: (1, 60, 150, 300)}
"""Frames from one keyframe to the next, and how many of them are decoded for a jump."""
NUM_JUMPS, FAR_FRAME = 8, 1500
SEEKS = {
    "a frame on": ["."] * 20,
    "a frame back": [","] * 20,
    "ten frames on": ["Shift+ArrowRight"] * 20,
    "to the end and the start": ["End", "Home"] * 5,
}
HOSTILE = {
    "large.avi": "-f lavfi -i color=black:size=16000x16000:rate=1:duration=1 -c:v mjpeg",
    "long.avi": "-f lavfi -i color=black:size=16x16:rate=1000:duration=1200 -c:v mpeg4",
}
JUMP = """(frame) => new Promise((done) => {
  const [seek, editor] = ["seek", "editor"].map((id) => document.getElementById(id));
  const began = performance.now();
  const seen = new MutationObserver(() => {
    if (editor.dataset.settled !== "true") return;
    seen.disconnect();
    done(performance.now() - began);
  });
  seek.value = frame;
  seek.dispatchEvent(new Event("input"));
  seen.observe(editor, { attributeFilter: ["data-settled"] });
})"""
"""From one that moves the player to the frame that it shows, in the page: Playwright's own key and
wait take some 20 to 60 ms more."""
SEEK = """async ([name, times]) => {
  const video = document.createElement("video");
  video.muted = true;
  video.src = "/media?video=" + encodeURIComponent(name);
  document.body.append(video);
  await new Promise((done, fail) => { video.onloadeddata = done; video.onerror = fail; });
  const shown = [];
  for (const time of times) {
    const frame = new Promise((done) => {
      video.requestVideoFrameCallback((now, data) => done(data.mediaTime));
      setTimeout(() => done(shown.at(-1) ?? -1), 4000);
    });
    video.currentTime = time;
    shown.push(await frame);
  }
  video.remove();
  return shown;
}"""


def ask(method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes, float]:
    """Returns the status, the answer and the seconds of a request."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=900)
    began = time.monotonic()
    connection.request(method, path, body, OWN | headers)
    answer = connection.getresponse()
    return answer.status, answer.read(), time.monotonic() - began


def start(videos: Path) -> "subprocess.Popen[bytes]":
    command = ["serve", "--videos", str(videos), "--port", str(PORT), "--no-browser"]
    code = "from mienet.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", code, *command], stdout=subprocess.DEVNULL)
    while True:
        try:
            ask("GET", "/")
        except OSError:
            time.sleep(0.2)
        else:
            return process


def encode(options: str, path: Path) -> None:
    command = ["ffmpeg", "-loglevel", "error", "-y", *options.split(), str(path)]
    subprocess.run(command, check=True)


def draw_repeated(short: Path, long: Path, options: str, times: int) -> None:
    """Draws 10 s of a video, which takes long, and repeats them, which does not."""
    encode(options.replace("duration=600", "duration=10"), short)
    repeat(short, long, times)


def repeat(short: Path, long: Path, times: int) -> None:
    again = ["ffmpeg", "-loglevel", "error", "-y", "-stream_loop", str(times - 1), "-i", str(short)]
    subprocess.run([*again, "-c", "copy", str(long)], check=True)


class Sized:
    """A valid MP4 of a given size: a video, and a box that nobody reads."""

    def __init__(self, video: Path, size_bytes: int) -> None:
        start = video.read_bytes()
        rest = size_bytes - len(start)
        self.head = start + (1).to_bytes(4, "big") + b"free" + rest.to_bytes(8, "big")
        self.left = size_bytes - len(self.head)

    def read(self, most: int = 65536) -> bytes:
        block, self.head = self.head[:most], self.head[most:]
        if not block:
            block = bytes(min(most, self.left))
            self.left -= len(block)
        return block


def memory_bytes(process: int) -> int:
    pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def measure_list(folder: Path, video: Path) -> None:
    for number in range(NUM_LISTED):
        path = folder / f"{number % 20}/{number}.mp4"
        path.parent.mkdir(exist_ok=True)
        os.link(video, path)
    for _ in range(3):
        status, answer, seconds = ask("GET", "/api/videos")
        count = len(json.loads(answer)["videos"])
        print(f"list of {count} videos: {status}, {seconds:.2f} s")


def measure_uploads(folder: Path, video: Path, server: int) -> None:
    most = 0
    stop = threading.Event()

    def watch() -> None:
        nonlocal most
        while not stop.wait(0.2):
            most = max(most, memory_bytes(server))

    threading.Thread(target=watch, daemon=True).start()
    headers = {"Content-Length": str(UPLOAD_BYTES)}
    body = Sized(video, UPLOAD_BYTES)
    status, _, seconds = ask("PUT", "/api/uploads?name=big.mp4", body, **headers)
    print(f"upload of 2 GB: {status}, {seconds:.0f} s, server at most {most / 1e6:.0f} MB")
    for name, options in HOSTILE.items():
        path = folder.parent / name
        encode(options, path)
        status, answer, seconds = ask("PUT", f"/api/uploads?name={name}", path.read_bytes())
        print(f"{name}: {status}, {seconds:.0f} s, {answer.decode()}")
    stop.set()
    print(f"server: {ask('GET', '/api/state')[0]}, at most {most / 1e6:.0f} MB")


def measure_frames(folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    right = total = 0
    with sync_playwright() as playwright:
        options = {"executable_path": shutil.which("chromium"), "args": ["--no-sandbox"]}
        page = playwright.chromium.launch(**options).new_page()
        page.goto(f"http://127.0.0.1:{PORT}/web/index.html")
        for name, command in VIDEOS.items():
            encode(command, folder / name)
            while ask("GET", f"/media?video={name}", Range="bytes=0-9")[0] == 409:
                time.sleep(1)  # its copy is being made
            borders = json.loads(ask("GET", f"/api/frames?video={name}")[1])["borders_seconds"]
            wanted = list(range(len(borders) - 1))[::-1]
            times = [(borders[k] + borders[k + 1]) / 2 for k in wanted]
            shown = page.evaluate(SEEK, [name, times])
            found = [max(0, bisect.bisect_right(borders, t + 1e-4) - 1) for t in shown]
            same = sum(a == b for a, b in zip(wanted, found, strict=True))
            print(f"{name}: {same} of {len(wanted)} frames are those that were sought")
            right, total = right + same, total + len(wanted)
    print(f"all: {right} of {total}")


def measure_page(folder: Path) -> None:
    """Prints how long a 10-minute video takes to its first frame, and a key to its frame."""
    from playwright.sync_api import sync_playwright

    encode(LONG, folder / "long.mp4")
    with sync_playwright() as playwright:
        options = {"executable_path": shutil.which("chromium"), "args": ["--no-sandbox"]}
        browser = playwright.chromium.launch(**options)
        for what in ("seen for the first time", "known"):
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{PORT}/")
            page.get_by_role("button", name="long.mp4").wait_for()
            began = time.monotonic()
            page.get_by_role("button", name="long.mp4").click()
            page.wait_for_selector("#editor[aria-busy=false]:not(.empty)")
            page.wait_for_selector("#editor[data-settled=true]")
            seconds = time.monotonic() - began
            print(f"10 minutes of 1080p, {what}: first frame after {seconds:.2f} s")
        measure_keys(page)


def measure_keys(page: Any) -> None:
    for what, keys in SEEKS.items():
        taken = []
        for key in keys:
            began = time.monotonic()
            page.keyboard.press(key)
            page.wait_for_selector("#editor[data-settled=true]")
            taken.append(time.monotonic() - began)
        middle, longest = sorted(taken)[len(taken) // 2], max(taken)
        print(f"{what}: {1000 * middle:.0f} ms (median), {1000 * longest:.0f} ms at most")


def measure_copy(folder: Path) -> None:
    """Prints how long a key takes to its frame in a 10-minute video, and in its quick copy."""
    from playwright.sync_api import sync_playwright

    short, video = folder.parent / "short.mp4", folder / "quick.mp4"
    draw_repeated(short, video, LONG, 60)
    short_copy, copy = folder.parent / "short_copy.mp4", Places(folder).playable_copy("quick.mp4")
    began, worked = time.monotonic(), time.process_time()
    write_playable(short, short_copy)
    seconds, cpu_seconds = time.monotonic() - began, time.process_time() - worked
    size = short_copy.stat().st_size / 1e6
    print(f"copying 10 s of 1080p: {seconds:.0f} s, {cpu_seconds:.1f} s of CPU, {size:.1f} MB")
    with sync_playwright() as playwright:
        options = {"executable_path": shutil.which("chromium"), "args": ["--no-sandbox"]}
        browser = playwright.chromium.launch(**options)
        for what in ("the file", "its copy"):
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{PORT}/")
            page.get_by_role("button", name="quick.mp4").click()
            page.wait_for_selector("#editor[aria-busy=false]:not(.empty)")
            page.wait_for_selector("#editor[data-settled=true]")
            print(f"{what}, load {os.getloadavg()[0]:.0f}:")
            measure_keys(page)
            page.close()
            repeat(short_copy, copy, 60)
            shutil.copystat(video, copy)  # which makes it the copy of the video as it is


def measure_keyframes(folder: Path) -> None:
    """Prints how long a jump takes, by how many frames lie between its frame and a keyframe."""
    from playwright.sync_api import sync_playwright

    for every in KEYFRAMES:
        short = folder.parent / f"short_{every}.mp4"
        options = LONG.replace("-g 60", f"-g {every}")
        draw_repeated(short, folder / f"every_{every}.mp4", options, 6)
    with sync_playwright() as playwright:
        options = {"executable_path": shutil.which("chromium"), "args": ["--no-sandbox"]}
        browser = playwright.chromium.launch(**options)
        for every, decoded in KEYFRAMES.items():
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{PORT}/")
            page.get_by_role("button", name=f"every_{every}.mp4").click()
            page.wait_for_selector("#editor[aria-busy=false]:not(.empty)")
            page.wait_for_selector("#editor[data-settled=true]")
            for count in decoded:
                taken = []
                for _ in range(NUM_JUMPS):
                    taken.append(page.evaluate(JUMP, FAR_FRAME + count - 1))
                    page.evaluate(JUMP, 0)
                middle = sorted(taken)[NUM_JUMPS // 2]
                print(
                    f"keyframes every {every}, {count} decoded: {middle:.0f} ms (median), "
                    f"{min(taken):.0f} at least"
                )
            page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to work in; it is emptied")
    out = parser.parse_args().out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    folder, video = out / "videos", out / "video.mp4"
    folder.mkdir(parents=True)
    encode(VIDEOS["b_frames.mp4"], video)
    server = start(folder)
    try:
        measure_page(folder)
        measure_copy(folder)
        measure_keyframes(folder)
        measure_frames(folder)
        measure_uploads(folder, video, server.pid)
        measure_list(folder, video)
    finally:
        server.kill()


if __name__ == "__main__":
    main()
