"""How much of a video at an address is fetched: by container, and by what is read of it.

    .venv/bin/python benchmarks/remote.py clip.mp4 --times 100

Needs the extra remote. The H.264 packets of a video are written again and again into one long file
of each container, without encoding; a server of this computer sends parts of it and counts them.
Frames must be those of the file.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import av
import numpy as np

sys.path.append(str(Path(__file__).parents[1]))

from mienet.video.reader import open_video
from tests.store_stand_in import serving

CONTAINERS = {
    "MP4, index first": ("first.mp4", {"movflags": "faststart"}),
    "MP4, index last": ("last.mp4", {}),
    "MP4 in pieces": ("pieces.mp4", {"movflags": "frag_keyframe+empty_moov"}),
    "Matroska": ("a.mkv", {}),
    "MPEG-TS": ("a.ts", {}),
}


def repeat(video: Path, target: Path, options: dict[str, str], times: int) -> None:
    """Writes the packets of a video, again and again."""
    with av.open(str(target), "w", options=options) as container:
        stream, start = None, 0
        for _ in range(times):
            with av.open(str(video)) as source:
                track = source.streams.video[0]
                stream = stream or container.add_stream_from_template(track)
                end = 0
                for packet in source.demux(track):
                    if packet.dts is None:
                        continue
                    end = max(end, packet.pts + packet.duration)
                    packet.pts, packet.dts = packet.pts + start, packet.dts + start
                    packet.stream = stream
                    container.mux(packet)
            start += end


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("video", type=Path)
    parser.add_argument("--times", type=int, default=100)
    options = parser.parse_args()
    print("| container | MB | to open | and 2 s in the middle | and 32 frames of all |")
    print("| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as store:
        for title, (name, flags) in CONTAINERS.items():
            file = Path(folder) / name
            repeat(options.video, file, flags, options.times)
            store.forget()
            cells = [f"{file.stat().st_size / 1e6:.1f}"]
            with open_video(f"{store.url}/files/{name}") as video, open_video(file) as same:
                assert video.num_frames == same.num_frames
                middle, step = video.num_frames // 2, video.num_frames // 32
                for wanted in ([], range(middle, middle + 50), range(0, 32 * step, step)):
                    if wanted:
                        np.testing.assert_array_equal(video.read(wanted), same.read(wanted))
                    cells.append(f"{store.num_bytes / 1e6:.1f} MB in {store.num_requests}")
            print("|", " | ".join([title, *cells]), "|", flush=True)


if __name__ == "__main__":
    main()
