"""How fast a model is on this machine: latency, throughput, memory, and where the time goes."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from mienet.data.camera_rates import camera_rates
from mienet.data.resolve import FoundVideos, resolve_videos
from mienet.errors import MienetError
from mienet.exported_recognizer import ExportedRecognizer
from mienet.loading import home_of, load
from mienet.measuring import (
    describe_machine,
    gigaflops,
    measure,
    peak_memory_bytes,
    random_inputs,
)
from mienet.options import checked, option_name
from mienet.progress import progress_bar
from mienet.recognizer import NetworkRecognizer
from mienet.timeline_recognizer import ExportedTimelineRecognizer, NetworkTimelineRecognizer
from mienet.view_options import ModelOptions
from mienet.workflows.benchmark_kinds import (
    BenchmarkModel,
    ClipModel,
    RecordingModel,
    RecordingSpeed,
    benchmark_model,
)


@dataclass(frozen=True)
class Speed:
    """Times of one batch size.

    Attributes:
        batch_size: Clips or windows computed at once.
        median_seconds: For the whole batch.
        p90_seconds: The 90th percentile.
    """

    batch_size: int
    median_seconds: float
    p90_seconds: float

    @property
    def per_second(self) -> float:
        """Returns the throughput, in clips or windows a second."""
        return self.batch_size / self.median_seconds


@dataclass(frozen=True)
class Benchmark:
    """What ``benchmark`` measured.

    Attributes:
        machine: CPU or GPU, threads, and version of PyTorch.
        model: Network, input and precision.
        unit: What the model takes: "clip", or "window" of a recording.
        speeds: One for each batch size.
        recording: How fast a whole recording is, by a model of recordings; None without one.
        gigaflops: Of one clip or window, a multiplication and an addition counting as two; None for
            an exported model.
        peak_memory_bytes: The process's largest resident memory, or the GPU's largest allocation;
            None where the system does not tell.
        stages: Seconds of each stage for one clip or window, in order; for an exported model only
            those of reading and of the whole model.
    """

    machine: str
    model: str
    unit: str
    speeds: Sequence[Speed]
    recording: RecordingSpeed | None
    gigaflops: float | None
    peak_memory_bytes: int | None
    stages: dict[str, float]


@checked()
def benchmark(
    checkpoint: str | Path,
    *,
    video: str | Path | None = None,
    batch_sizes: Sequence[int] | None = None,
    **options: Unpack[ModelOptions],
) -> Benchmark:
    """Returns how fast a model is here.

    Args:
        checkpoint: A run's, a model's or an exported model's folder.
        video: A video to measure reading on, or a folder or list, whose first is taken; None is
            the first of the run's validation list, and without one reading is not measured. With a
            model of whole recordings its whole timeline is measured, too, at the camera's rate if
            the list's column ``capture_fps`` says it.
        batch_sizes: Clips or windows computed at once; None is 1 and 8 clips, or as many windows as
            ``timeline`` computes.
        options: Those of ``ModelOptions``, each of which is explained there.

    Raises:
        FileNotFoundError: If the checkpoint or the video is not there.
        MienetError: If one of them cannot be used, or a batch size is not at least 1.
    """
    if batch_sizes is not None and (not batch_sizes or min(batch_sizes) < 1):
        raise MienetError(
            f"{option_name('batch_sizes')} must be whole numbers from 1, got {list(batch_sizes)}; "
            "such as [1, 8]"
        )
    checkpoint = Path(checkpoint)
    recognizer = load(checkpoint, device=options["device"], allow_pickle=options["allow_pickle"])
    model = benchmark_model(recognizer)
    found = _videos(checkpoint, video)
    record = found.records[0] if found.records else None
    sizes = model.batch_sizes if batch_sizes is None else batch_sizes
    speeds = [
        measure_speed(model, batch_size)
        for batch_size in progress_bar(sizes, description="Measuring", unit="batch size")
    ]
    seconds_each = speeds[0].median_seconds / speeds[0].batch_size
    recording, stages = None, {}
    if record and isinstance(model, RecordingModel):
        rate = camera_rates(found.columns.get("capture_fps", ()), None).get(record.path)
        recording = model.recording_speed(record, seconds_each, capture_fps=rate)
    memory = peak_memory_bytes(recognizer.device)
    if record and isinstance(model, ClipModel):
        stages = model.reading_stages(record)
    work = None
    if isinstance(recognizer, NetworkRecognizer | NetworkTimelineRecognizer):
        stages |= model.stages()
        one = random_inputs(1, model.shape, recognizer.device)
        work = gigaflops(lambda: model.compute(one))
    else:
        stages["model"] = seconds_each
    return Benchmark(
        machine=describe_machine(recognizer.device),
        model=_describe_model(model),
        unit=model.unit,
        speeds=speeds,
        recording=recording,
        gigaflops=work,
        peak_memory_bytes=memory,
        stages=stages,
    )


def measure_speed(model: BenchmarkModel, batch_size: int) -> Speed:
    """Returns the speed of one batch size."""
    device = model.recognizer.device
    inputs = random_inputs(batch_size, model.shape, device)
    times = measure(lambda: model.compute(inputs), device)
    return Speed(batch_size, statistics.median(times), statistics.quantiles(times, n=10)[-1])


def _describe_model(model: BenchmarkModel) -> str:
    recognizer = model.recognizer
    if isinstance(recognizer, NetworkRecognizer | NetworkTimelineRecognizer):
        options, computed = recognizer.network.options, "float32"
    else:
        assert isinstance(recognizer, ExportedRecognizer | ExportedTimelineRecognizer)
        metadata = recognizer.metadata
        options, computed = metadata["network"], f"{metadata['format']} {metadata['precision']}"
    return (
        f"{options['backbone']}, motion {options['motion']}, temporal {options['temporal']}, "
        f"{computed}, {model.shape_words}, {model.shape[-1]}x{model.shape[-1]} pixels"
    )


def _videos(checkpoint: Path, video: str | Path | None) -> FoundVideos:
    """Returns those of ``video``, or the run's own; none where there is neither."""
    own = home_of(checkpoint) / "val.csv"
    if video is None and not own.is_file():
        return FoundVideos()
    found = resolve_videos([own if video is None else video])
    if found.problems:
        raise MienetError("\n  ".join(found.problems))
    return found
