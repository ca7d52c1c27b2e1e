"""How fast a model is on this machine: latency, throughput, memory, and where the time goes."""

import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Unpack, get_args

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mienet.annotations.records import VideoRecord
from mienet.data.clips import read_evaluation_clips
from mienet.data.resolve import resolve_videos
from mienet.errors import MienetError
from mienet.loading import load_clip_model
from mienet.models.temporal import Slot
from mienet.options import checked
from mienet.progress import progress_bar
from mienet.recognizer import ExportedRecognizer, NetworkRecognizer, Recognizer
from mienet.video.reader import open_video
from mienet.view_options import ModelOptions

BATCH_SIZES = (1, 8)
SECONDS = 3.0
"""About how long each figure is measured."""


@dataclass(frozen=True)
class Speed:
    """Times of one batch size.

    Attributes:
        batch_size: Clips computed at once.
        median_seconds: For the whole batch.
        p90_seconds: The 90th percentile.
    """

    batch_size: int
    median_seconds: float
    p90_seconds: float

    @property
    def clips_per_second(self) -> float:
        """Returns the throughput."""
        return self.batch_size / self.median_seconds


@dataclass(frozen=True)
class Benchmark:
    """What ``benchmark`` measured.

    Attributes:
        machine: CPU or GPU, threads, and version of PyTorch.
        model: Network, input and precision.
        speeds: One for each batch size.
        gigaflops: Of one clip, a multiplication and an addition counting as two; None for an
            exported model.
        peak_memory_bytes: The process's largest resident memory, or the GPU's largest allocation;
            None where the system does not tell.
        stages: Seconds of each stage for one clip, in order; for an exported model only those of
            reading and of the whole model.
    """

    machine: str
    model: str
    speeds: Sequence[Speed]
    gigaflops: float | None
    peak_memory_bytes: int | None
    stages: dict[str, float]


@checked()
def benchmark(
    checkpoint: str | Path,
    *,
    video: str | Path | None = None,
    batch_sizes: Sequence[int] = BATCH_SIZES,
    **options: Unpack[ModelOptions],
) -> Benchmark:
    """Returns how fast a model is here.

    Args:
        checkpoint: A run's, a model's or an exported model's folder.
        video: A video to measure reading on, or a folder or list, whose first is taken; None is
            the first of the run's validation list, and without one reading is not measured.
        batch_sizes: Clips computed at once.
        options: Those of ``ModelOptions``, each of which is explained there.

    Raises:
        FileNotFoundError: If the checkpoint or the video is not there.
        MienetError: If one of them cannot be used, or a batch size is not at least 1.
    """
    if not batch_sizes or min(batch_sizes) < 1:
        raise MienetError(
            f"batch_sizes must be whole numbers from 1, got {list(batch_sizes)}; such as [1, 8]"
        )
    checkpoint = Path(checkpoint)
    recognizer = load_clip_model(
        checkpoint, device=options["device"], allow_pickle=options["allow_pickle"]
    )
    record = _record(checkpoint, video)
    speeds = [
        measure_speed(recognizer, batch_size)
        for batch_size in progress_bar(batch_sizes, description="Measuring", unit="batch size")
    ]
    memory = peak_memory_bytes(recognizer.device)
    stages = reading_stages(recognizer, record) if record else {}
    work = None
    if isinstance(recognizer, NetworkRecognizer):
        clip = example_clips(recognizer, 1)
        stages |= network_stages(recognizer, clip)
        work = gigaflops(recognizer, clip)
    else:
        stages["model"] = speeds[0].median_seconds / speeds[0].batch_size
    return Benchmark(
        machine=describe_machine(recognizer.device),
        model=_describe_model(recognizer),
        speeds=speeds,
        gigaflops=work,
        peak_memory_bytes=memory,
        stages=stages,
    )


def example_clips(recognizer: Recognizer, batch_size: int) -> Tensor:
    """Returns random clips of the recognizer's shape on its device, uint8."""
    clip_format = recognizer.clip_format
    size = (clip_format.crop_size, clip_format.crop_size)
    shape = (batch_size, clip_format.num_segments, clip_format.frames_per_segment, 3, *size)
    return torch.randint(256, shape, dtype=torch.uint8).to(recognizer.device)


def measure_speed(recognizer: Recognizer, batch_size: int) -> Speed:
    """Returns the speed of one batch size."""
    views = example_clips(recognizer, batch_size)[:, None]  # (B, 1, T, L, 3, S, S)
    times = measure(lambda: recognizer.video_logits(views), recognizer.device)
    return Speed(batch_size, statistics.median(times), statistics.quantiles(times, n=10)[-1])


@torch.inference_mode()
def measure(
    compute: Callable[[], object], device: torch.device, *, seconds: float | None = None
) -> list[float]:
    """Returns the seconds of each of several runs, after two that warm up.

    There are at least 5, at most 200, and about as many as fit into ``seconds``; None is
    ``SECONDS``.
    """
    enough = SECONDS if seconds is None else seconds
    times: list[float] = []
    for run in range(202):
        start = time.perf_counter()
        compute()
        _wait(device)
        if run >= 2:
            times.append(time.perf_counter() - start)
        if len(times) >= 5 and sum(times) > enough:
            break
    return times


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def reading_stages(recognizer: Recognizer, record: VideoRecord) -> dict[str, float]:
    """Returns the median seconds to open a video, and to decode, resize and crop its frames."""

    def open_only() -> None:
        with open_video(record.path, frame_pattern=record.frame_pattern):
            pass

    def read() -> None:
        read_evaluation_clips(record, recognizer.clip_format, decode_threads=0)

    cpu = torch.device("cpu")
    opening, whole = (
        statistics.median(measure(job, cpu, seconds=SECONDS / 3)) for job in (open_only, read)
    )
    return {"open the video": opening, "decode, resize, crop": max(whole - opening, 0.0)}


def network_stages(recognizer: NetworkRecognizer, clip: Tensor) -> dict[str, float]:
    """Returns the median seconds of each stage for one clip, in their order."""
    network = recognizer.network
    parts = dict(network.backbone.named_children())
    stem = [part for part in parts.values() if not list(part.children())]
    layers = {name: part for name, part in parts.items() if part not in stem}
    temporal = {name: _temporal_modules(layer) for name, layer in layers.items()}
    inputs: dict[str, nn.Module] = {}
    if network.motion is not None:
        inputs = {"motion maps": network.motion, "fusion": network.fusion}
    modules: list[nn.Module] = [recognizer, network, *inputs.values(), *parts.values()]
    modules += [network.consensus, network.head]
    modules += chain.from_iterable(temporal.values())
    seconds = time_modules(modules, lambda: recognizer(clip), recognizer.device)
    stages = {"normalize": seconds[recognizer] - seconds[network]}
    stages |= {name: seconds[module] for name, module in inputs.items()}
    stages["stem"] = sum(seconds[module] for module in stem)
    inside = {name: sum(seconds[m] for m in modules) for name, modules in temporal.items()}
    stages |= {name: seconds[layer] - inside[name] for name, layer in layers.items()}
    if network.options["temporal"] != "none":
        stages[f"temporal module ({network.options['temporal']})"] = sum(inside.values())
    if network.options["consensus"] != "mean":
        stages[f"consensus ({network.options['consensus']})"] = seconds[network.consensus]
    stages["classifier"] = seconds[network.head]
    # What lies between the modules; medians do not add up exactly, so never less than nothing.
    stages["other"] = max(seconds[recognizer] - sum(stages.values()), 0.0)
    return stages


def _temporal_modules(layer: nn.Module) -> list[nn.Module]:
    """Returns what is in the slots for temporal modules of a part of a backbone."""
    slots = get_args(Slot)
    return [module for name, module in layer.named_modules() if name.split(".")[-1] in slots]


def time_modules(
    modules: Sequence[nn.Module], compute: Callable[[], object], device: torch.device
) -> dict[nn.Module, float]:
    """Returns the median seconds that each module takes in one run of ``compute``."""
    started: dict[nn.Module, float] = {}
    seconds: dict[nn.Module, list[float]] = {module: [] for module in modules}

    def before(module: nn.Module, _: object) -> None:
        _wait(device)
        started[module] = time.perf_counter()

    def after(module: nn.Module, _: object, __: object) -> None:
        _wait(device)
        seconds[module].append(time.perf_counter() - started[module])

    hooks = [module.register_forward_pre_hook(before) for module in modules]
    hooks += [module.register_forward_hook(after) for module in modules]
    try:
        measure(compute, device)
    finally:
        for hook in hooks:
            hook.remove()
    return {module: statistics.median(times) for module, times in seconds.items()}


@torch.inference_mode()
def gigaflops(recognizer: NetworkRecognizer, clip: Tensor) -> float:
    """Returns the work of one clip; a multiplication and an addition count as two.

    Counts what is computed: PA's blocks hold zeros, a third more than the 7x7 kernels alone.
    """
    with FlopCounterMode(display=False) as counter:
        recognizer(clip)
    return counter.get_total_flops() / 1e9


def peak_memory_bytes(device: torch.device) -> int | None:
    """Returns the GPU's largest allocation, or the process's largest resident memory.

    None where the system does not tell (Windows).
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def describe_machine(device: torch.device) -> str:
    """Returns the CPU or GPU, the threads in use, and PyTorch's version."""
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    else:
        name = f"{_cpu_name()}, {torch.get_num_threads()} threads"
    return f"{name}, PyTorch {torch.__version__}"


def _cpu_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _describe_model(recognizer: Recognizer) -> str:
    clip_format = recognizer.clip_format
    size = clip_format.crop_size
    shape = (
        f"{clip_format.num_segments} segments of {clip_format.frames_per_segment} frames, "
        f"{size}x{size} pixels"
    )
    if isinstance(recognizer, NetworkRecognizer):
        options, computed = recognizer.network.options, "float32"
    else:
        assert isinstance(recognizer, ExportedRecognizer)
        metadata = recognizer.metadata
        options, computed = metadata["network"], f"{metadata['format']} {metadata['precision']}"
    return (
        f"{options['backbone']}, motion {options['motion']}, temporal {options['temporal']}, "
        f"{computed}, {shape}"
    )


def _record(checkpoint: Path, video: str | Path | None) -> VideoRecord | None:
    own = (checkpoint if checkpoint.is_dir() else checkpoint.parent) / "val.csv"
    if video is None and not own.is_file():
        return None
    found = resolve_videos([own if video is None else video])
    if found.problems:
        raise MienetError("\n  ".join(found.problems))
    return found.records[0]
