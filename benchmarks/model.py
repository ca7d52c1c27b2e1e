"""How fast MIE-Net is on this machine, as ratios to the reference implementation, all in one run.

    make benchmark        or: python benchmarks/model.py --out runs/benchmark

Every figure is measured in a process of its own, one after another, and the reference
implementation three times: at the beginning, in the middle and at the end. Writes table.md,
results.json, speed.png and scaling.png into the folder. Takes about 15 minutes on two cores;
leave the machine alone meanwhile.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import torch
from torch import Tensor, nn

from mienet.models import mie_net
from mienet.models.network import SegmentNetwork

SEGMENTS, SHORT_SIDE, CROP_SIZE, CLASSES = 8, 256, 224, 48
ENGINES = (
    "onnx-float32",
    "onnx-int8",
    "openvino-float32",
    "openvino-bfloat16",
    "openvino-int8",
    "torch-float32",
)
TRAINING = {"ResNet-50 at 224": ("resnet50", 2, 224), "ResNet-18 at 112": ("resnet18", 8, 112)}
CPU = torch.device("cpu")


def resident_bytes(*, peak: bool = False) -> int:
    """Returns this process's resident memory, now or at its highest (Linux)."""
    name = "VmHWM" if peak else "VmRSS"
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise RuntimeError("benchmarks measure memory on Linux alone")


# ---------------------------------------------------------------------------------------------
# What is measured: each function runs in a process of its own and returns JSON values.
# ---------------------------------------------------------------------------------------------


def measure_rates() -> dict[str, float]:
    """Multiplications and additions per second of a matrix product, the machine's bound."""
    from mienet.measuring import measure

    size = 2048
    rates = {}
    for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        a, b = (torch.randn(size, size).to(dtype) for _ in range(2))
        rates[name] = 2 * size**3 / min(measure(lambda: a @ b, CPU))  # noqa: B023
    a, b = (torch.randint(-127, 127, (size, size), dtype=torch.int8) for _ in range(2))
    rates["int8"] = 2 * size**3 / min(measure(lambda: torch._int_mm(a, b), CPU))
    return rates


def measure_inference(kind: str, work: Path) -> dict[str, object]:
    """Latency of one clip, memory for weights and computation, and the logits."""
    import mienet  # noqa: F401 - so that it is not counted below
    from mienet.measuring import measure

    before = resident_bytes()
    compute = load_kind(kind, work)
    clip = torch.load(work / "clip.pt")
    with torch.inference_mode():
        logits = compute(clip)
        times = measure(lambda: compute(clip), CPU, seconds=6.0)
    return {
        "seconds": statistics.median(times),
        "memory": resident_bytes(peak=True) - before,
        "logits": logits.float()[0].tolist(),
    }


def load_kind(kind: str, work: Path) -> Callable[[Tensor], Tensor]:
    """Returns what computes logits of uint8 clips."""
    from mienet.loading import load, load_network

    if kind == "released":
        from reference import as_released

        recognizer = load_network(work / "model")
        recognizer.network = as_released(recognizer.network)
        return recognizer
    if kind == "eager-float32":
        return load(work / "model")
    if kind == "eager-bfloat16":
        return load(work / "model").to(torch.bfloat16)
    return load(work / kind)


def measure_work(work: Path) -> float:
    """GFLOP of one clip."""
    from mienet.loading import load_network
    from mienet.measuring import gigaflops

    network, clip = load_network(work / "model"), torch.load(work / "clip.pt")
    return gigaflops(lambda: network(clip))


def measure_training(kind: str, what: str) -> dict[str, float]:
    """One step: forward, loss, backward and update; and the memory for it."""
    from reference import as_released

    from mienet.data.transforms import normalize
    from mienet.measuring import measure

    backbone, batch, size = TRAINING[what]
    before = resident_bytes()
    network = new_network(backbone).train()
    if kind == "released":
        network = as_released(network)
    else:
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    clips = torch.randint(256, (batch, SEGMENTS, 4, 3, size, size), dtype=torch.uint8)
    labels = torch.randint(CLASSES, (batch,))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)

    @torch.inference_mode(mode=False)
    def step() -> None:
        with (
            torch.enable_grad(),
            torch.autocast("cpu", torch.bfloat16, enabled=kind == "bfloat16"),
        ):
            logits = network(normalize(clips))
            loss = nn.functional.cross_entropy(logits, labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    seconds = statistics.median(measure(step, CPU, seconds=12.0))
    return {"seconds": seconds, "memory": resident_bytes(peak=True) - before}


def measure_pipeline(kind: str, work: Path) -> dict[str, float]:
    """From a video of ten seconds to its class, in a warm process; and several, overlapping."""
    from mienet.measuring import measure

    video = work / "video.mp4"
    if kind == "released":
        return {"seconds": statistics.median(measure(released_pipeline(work, video), CPU))}
    from mienet.loading import load
    from mienet.workflows.predict import predict

    folder = work / ("model" if kind.startswith("eager") else kind)
    recognizer = load(folder)
    times = measure(lambda: recognizer.predict(video), CPU)
    predict(folder, [video])
    start = time.perf_counter()
    predict(folder, [video])
    one = time.perf_counter() - start
    start = time.perf_counter()
    predict(folder, [video] * 21)
    many = (time.perf_counter() - start - one) / 20  # without opening the model
    return {"seconds": statistics.median(times), "overlapping_seconds": many}


def released_pipeline(work: Path, video: Path) -> Callable[[], Tensor]:
    """OpenCV reads the whole video; frames are resized, cropped and normalized one by one."""
    import cv2
    import numpy as np
    from reference import as_released

    from mienet.data.sampling import evaluation_starts, frame_indices
    from mienet.data.transforms import IMAGENET_MEAN, IMAGENET_STD
    from mienet.loading import load_network

    network = as_released(load_network(work / "model").network)

    def run() -> Tensor:
        capture = cv2.VideoCapture(str(video))
        images = []
        while True:
            found, image = capture.read()
            if not found:
                break
            images.append(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        starts = evaluation_starts(len(images), SEGMENTS, 4, "center")[0]
        frames = []
        for index in frame_indices(starts, 4, len(images)).ravel():
            height, width = images[index].shape[:2]
            scale = SHORT_SIDE / min(height, width)
            image = cv2.resize(images[index], (round(width * scale), round(height * scale)))
            top, left = ((side - CROP_SIZE) // 2 for side in image.shape[:2])
            image = image[top : top + CROP_SIZE, left : left + CROP_SIZE].astype(np.float32) / 255
            image = (image - np.float32(IMAGENET_MEAN)) / np.float32(IMAGENET_STD)
            frames.append(torch.from_numpy(image.transpose(2, 0, 1).copy()))
        return network(torch.stack(frames).unflatten(0, (1, SEGMENTS, 4)))

    return run


@torch.inference_mode()
def least_seconds(compute: Callable[[], object]) -> float:
    """Returns the least of at least three runs and a second; the many large batches take long."""
    times: list[float] = []
    while len(times) < 3 or sum(times) < 1.0:
        start = time.perf_counter()
        compute()
        times.append(time.perf_counter() - start)
    return min(times)


def measure_scaling() -> dict[str, list[dict[str, float]]]:
    """Seconds a clip over batch, segments, size and threads; eager float32."""
    from mienet.data.clips import ClipFormat
    from mienet.measuring import random_inputs
    from mienet.models.folding import fold_batch_norm
    from mienet.recognizer import NetworkRecognizer

    def seconds(batch: int = 1, segments: int = SEGMENTS, size: int = CROP_SIZE) -> float:
        network = mie_net(CLASSES, "resnet50", num_segments=segments).eval()
        fold_batch_norm(network)
        clip_format = ClipFormat(segments, 4, size, size)
        recognizer = NetworkRecognizer(network, [str(i) for i in range(CLASSES)], clip_format)
        recognizer.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        views = random_inputs(batch, clip_format.clip_shape, CPU)[:, None]  # one of each video
        return least_seconds(lambda: recognizer.video_logits(views)) / batch

    found: dict[str, list[dict[str, float]]] = {}
    for threads in (1, 2):
        torch.set_num_threads(threads)
        sweeps = {
            "batch": (1, 2, 4, 8, 16, 32, 64),
            "segments": (3, 4, 6, 8, 12, 16),
            "size": (112, 160, 224, 272, 320),
        }
        for name, values in sweeps.items():
            if name == "batch" and threads == 1:
                values = values[:3]
            found[f"{name}, {threads} threads"] = [
                {"value": value, "seconds": seconds(**{name: value})} for value in values
            ]
    return found


# ---------------------------------------------------------------------------------------------
# The run
# ---------------------------------------------------------------------------------------------


def new_network(backbone: str) -> SegmentNetwork:
    """Returns a network with weights from a fixed seed."""
    torch.manual_seed(0)
    return mie_net(CLASSES, backbone, num_segments=SEGMENTS, head_std=0.1)  # type: ignore[arg-type]


def prepare(work: Path) -> None:
    """Writes synthetic clips, a video of ten seconds, a clip, a model, and its exports."""
    from mienet.data.clips import ClipFormat
    from mienet.data.transforms import normalize
    from mienet.recognizer import NetworkRecognizer
    from mienet.synthetic.videos import make_clip
    from mienet.workflows.export import export

    print("Drawing videos ...", flush=True)
    (work / "clips").mkdir()
    for number in range(10):
        path = work / f"clips/{number}.mp4"
        make_clip(path, phase=number, athlete=number, split="train", size=(340, 256))
    write_video(work / "video.mp4", work / "jump.mp4")
    network = new_network("resnet50")
    names = [str(number) for number in range(CLASSES)]
    recognizer = NetworkRecognizer(
        network, names, ClipFormat(SEGMENTS, network.frames_per_segment, SHORT_SIDE, CROP_SIZE)
    )
    # Batch-norm takes its statistics from the clips, so that all layers see values of their size.
    clips = [recognizer.read_views(path) for path in sorted((work / "clips").iterdir())]
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        network.train()(normalize(torch.cat(clips)))
    recognizer.eval().save(work / "model")
    torch.save(recognizer.read_views(work / "video.mp4"), work / "clip.pt")
    for engine in ENGINES:
        print(f"Exporting {engine} ...", flush=True)
        format, precision = engine.split("-")
        videos = work / "clips"
        export(
            work / "model",
            work / engine,
            format=format,  # type: ignore[arg-type]
            precision=precision,  # type: ignore[arg-type]
            data=videos,
            calibration=videos if precision == "int8" else None,
            tolerance=1.0,  # the weights are random; the table shows the difference
        )


def write_video(path: Path, jump: Path) -> None:
    """Writes ten seconds of 340x256 pixels at 30 frames per second: a synthetic jump, repeated."""
    from mienet.synthetic.recordings import VideoFile, make_recording

    make_recording(jump, athlete=0, file=VideoFile((340, 256), 30))
    with av.open(str(jump)) as container:
        images = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 340, 256, "yuv420p"
        for index in range(300):
            frame = av.VideoFrame.from_ndarray(images[index % len(images)], format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def in_process(work: Path, *job: str) -> Any:
    """Returns what one measurement finds, made in a process of its own."""
    print(f"Measuring {' '.join(job)} ...", flush=True)
    command = [sys.executable, __file__, "--work", str(work), "--job", *job]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    result = json.loads(done.stdout.splitlines()[-1])
    if isinstance(result, dict) and "seconds" in result:
        print(f"    {result['seconds']:.3f} s", flush=True)
    return result


def cold_start_seconds(work: Path, model: str) -> float:
    """Returns the seconds of a whole ``mienet predict``, the median of three."""
    command = [str(Path(sys.executable).with_name("mienet")), "predict", str(work / model)]
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([*command, str(work / "video.mp4")], stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure_all(work: Path) -> dict[str, Any]:
    """Returns every measurement, one after another."""
    prepare(work)
    found: dict[str, Any] = {"rates": in_process(work, "rates"), "gflop": in_process(work, "work")}
    kinds = ["released", "eager-float32", "eager-bfloat16", "released#2", *ENGINES, "released#3"]
    found["inference"] = {kind: in_process(work, "inference", kind) for kind in kinds}
    found["training"] = {
        what: {
            kind: in_process(work, "training", kind, what)
            for kind in ("released", "float32", "bfloat16")
        }
        for what in TRAINING
    }
    found["pipeline"] = {
        kind: in_process(work, "pipeline", kind)
        for kind in ("released", "eager-float32", "openvino-float32", "openvino-int8")
    }
    found["cold start"] = {model: cold_start_seconds(work, model) for model in ("model", *ENGINES)}
    found["scaling"] = in_process(work, "scaling")
    return found


def run_job(work: Path, job: Sequence[str]) -> Any:
    """Returns the result of one measurement in this process."""
    kind = job[1].split("#")[0] if len(job) > 1 else ""
    jobs: dict[str, Callable[[], Any]] = {
        "rates": measure_rates,
        "work": lambda: measure_work(work),
        "inference": lambda: measure_inference(kind, work),
        "training": lambda: measure_training(kind, job[2]),
        "pipeline": lambda: measure_pipeline(kind, work),
        "scaling": measure_scaling,
    }
    return jobs[job[0]]()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("runs/benchmark"))
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--job", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        print(json.dumps(run_job(arguments.work, arguments.job)))
        return
    from model_report import write_report

    from mienet.measuring import describe_machine

    with tempfile.TemporaryDirectory() as folder:
        found = {"machine": describe_machine(CPU)} | measure_all(Path(folder))
    print(write_report(found, arguments.out))


if __name__ == "__main__":
    main()
