"""How fast MIE-Net is on a GPU, as ratios to the reference implementation on the same card.

    python benchmarks/gpu.py --out runs/benchmark_gpu [--videos FOLDER]

One process measures everything, one after another. The reference implementation computes in
float32, as its authors run it; its convolutions and ours take TF32 where the GPU has it, which is
PyTorch's default. MFU is the network's multiplications and additions (three times the forward
pass's in training) a second, of those of a large bfloat16 matrix product on this card. With
``--videos``: clips a second that readers decode, resize and crop, against those that a training
step takes.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from model import CLASSES, SEGMENTS, new_network
from reference import as_released
from torch import Tensor, nn

from mienet.annotations.records import VideoRecord
from mienet.data.clips import Augmentation, ClipFormat
from mienet.data.loading import EpochBatches, TrainingDataset, make_loader
from mienet.measuring import describe_machine, gigaflops, measure
from mienet.models.folding import fold_batch_norm
from mienet.processors import num_processors
from mienet.recognizer import NetworkRecognizer

GPU = torch.device("cuda")
KINDS = ("reference", "float32", "bfloat16", "bfloat16, compiled")
NETWORKS = {"ResNet-50 at 224": ("resnet50", 224), "ResNet-18 at 96": ("resnet18", 96)}
INFERENCE = [("ResNet-50 at 224", 1), ("ResNet-50 at 224", 32)]
TRAINING = [("ResNet-50 at 224", 32), ("ResNet-18 at 96", 8)]


def product_rate() -> float:
    """Returns multiplications and additions a second of a bfloat16 product, on random numbers."""
    size = 8192
    a, b = (torch.randn(size, size, device=GPU, dtype=torch.bfloat16) for _ in range(2))
    return 2 * size**3 / statistics.median(measure(lambda: a @ b, GPU, seconds=1.0))


def new_recognizer(what: str) -> NetworkRecognizer:
    backbone, size = NETWORKS[what]
    network = new_network(backbone)
    clip_format = ClipFormat(SEGMENTS, network.frames_per_segment, size, size)
    return NetworkRecognizer(network, [str(i) for i in range(CLASSES)], clip_format)


def random_clips(what: str, batch: int) -> Tensor:
    size = NETWORKS[what][1]
    shape = (batch, SEGMENTS, 4, 3, size, size)
    return torch.randint(256, shape, dtype=torch.uint8, device=GPU)


def inference(kind: str, what: str, batch: int) -> Callable[[], object]:
    """Returns what computes the logits of clips that are on the card."""
    recognizer = new_recognizer(what).eval()
    if kind == "reference":
        as_released(recognizer.network)
    else:
        fold_batch_norm(recognizer.network)
        recognizer.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    recognizer.to(GPU, torch.bfloat16 if kind.startswith("bfloat16") else torch.float32)
    compute: Callable[[Tensor], Tensor] = recognizer
    if kind.endswith("compiled"):
        compute = torch.compile(recognizer, mode="reduce-overhead")
    clips = random_clips(what, batch)
    return lambda: compute(clips)


def training(kind: str, what: str, batch: int) -> Callable[[], object]:
    """Returns what does one step: forward, loss, backward and update."""
    recognizer = new_recognizer(what).train()
    if kind == "reference":
        as_released(recognizer.network)
    else:
        recognizer.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    recognizer.to(GPU)
    compute: Callable[[Tensor], Tensor] = recognizer
    if kind.endswith("compiled"):
        compute = torch.compile(recognizer)
    clips = random_clips(what, batch)
    labels = torch.randint(CLASSES, (batch,), device=GPU)
    optimizer = torch.optim.SGD(recognizer.parameters(), lr=0.01, momentum=0.9)

    @torch.inference_mode(mode=False)
    def step() -> None:
        with (
            torch.enable_grad(),
            torch.autocast("cuda", torch.bfloat16, enabled=kind.startswith("bfloat16")),
        ):
            loss = nn.functional.cross_entropy(compute(clips), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def table(
    name: str,
    rows: list[tuple[str, int]],
    make: Callable[[str, str, int], Callable[[], object]],
    *,
    passes: int,
    rate: float,
) -> list[dict[str, object]]:
    """Prints a row for each network and precision, and returns them."""
    print(f"\n| {name} | | milliseconds | ratio | clips/s | MFU | memory, GB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    found: list[dict[str, object]] = []
    for what, batch in rows:
        flop = passes * 1e9 * gigaflops(inference("float32", what, batch))
        first = 0.0
        for kind in KINDS:
            torch.compiler.reset()
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            seconds = statistics.median(measure(make(kind, what, batch), GPU))
            first = first or seconds
            row = {
                "what": f"{what}, {batch} clips",
                "kind": kind,
                "seconds": seconds,
                "ratio": first / seconds,
                "clips_per_second": batch / seconds,
                "mfu": flop / seconds / rate,
                "memory_bytes": torch.cuda.max_memory_allocated(),
            }
            print(
                f"| {row['what']} | {kind} | {seconds * 1e3:.2f} | **{first / seconds:.2f}** | "
                f"{batch / seconds:.0f} | {row['mfu']:.0%} | "
                f"{torch.cuda.max_memory_allocated() / 1e9:.2f} |",
                flush=True,
            )
            found.append(row)
    return found


def reading(videos: Path) -> dict[int, float]:
    """Prints and returns the clips a second of 1, 2, 4, ... readers, for ResNet-50 at 224."""
    records = [VideoRecord(str(path), 0) for path in sorted(videos.iterdir())]
    clip_format = ClipFormat(SEGMENTS, 4, 256, 224)
    augmentation = Augmentation(scales=(1.0, 0.875, 0.75, 0.66), flip_labels=None, brightness=0.0)
    print("\n| readers | clips/s read |\n| --- | --- |")
    found: dict[int, float] = {}
    readers = 1
    while readers <= num_processors():
        dataset = TrainingDataset(records, clip_format, augmentation, seed=0)
        batches = EpochBatches(len(records), 8, shuffle=True, passes=1 + readers // 4)
        loader = make_loader(dataset, batches, readers)
        for _ in loader:  # the readers start
            pass
        start, count = time.perf_counter(), 0
        for sample in loader:
            count += len(sample.label)
        found[readers] = count / (time.perf_counter() - start)
        print(f"| {readers} | {found[readers]:.0f} |", flush=True)
        readers *= 2
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("runs/benchmark_gpu"))
    parser.add_argument("--videos", type=Path, help="folder of videos to read clips of")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("PyTorch sees no GPU here")
    arguments.out.mkdir(parents=True, exist_ok=True)
    rate = product_rate()
    print(f"{describe_machine(GPU)}; bfloat16 product: {rate / 1e12:.0f} TFLOP/s")
    found: dict[str, object] = {"machine": describe_machine(GPU), "product_rate": rate}
    if arguments.videos:
        found["reading"] = reading(arguments.videos)
    found["inference"] = table("inference", INFERENCE, inference, passes=1, rate=rate)
    found["training"] = table("training step", TRAINING, training, passes=3, rate=rate)
    (arguments.out / "gpu.json").write_text(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
