"""Clips per second in training against TSM's own code with the same network, on a CPU.

    git clone https://github.com/mit-han-lab/temporal-shift-module CLONE
    python benchmarks/tsm.py CLONE

TSM with ResNet-18, 8 segments of one frame, 96 pixels, batches of 8, random weights, on synthetic
videos. Ours is ``mienet train small --model.motion none --model.temporal shift``, from its start to
its last checkpoint, so that decoding and validation are in it. TSM's is what its ``main.py`` calls
for each epoch, ``train``, with its own data set, augmentation and optimizer, over JPGs of our size
(112 pixels' shorter side): their extraction, validation and checkpoints are not counted. It is
measured with the 8 processes that read as it comes, and with one; the ratio is to the faster one.

Its code is run unchanged, but for stand-ins: ``torchvision_stand_in.py``, no TensorBoard, a
``cuda`` that does nothing, and its ``accuracy``, which fails since PyTorch 1.7. It computes in
float32; ours in what it measures to be faster.
"""

import argparse
import contextlib
import io
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

import av
import cv2
import torch
import torchvision_stand_in
from synthetic_videos import make_videos
from torch.utils.data import DataLoader
from training import busy_neighbor, processor, train

SIDE, CROP = 112, 96
SEGMENTS, BATCH = 8, 8
READERS = (8, 1)
"""Processes that read, as TSM's comes and for a small CPU."""


def extract_frames(videos: list[Path], folder: Path) -> Path:
    """Writes each video's frames as TSM's script does, and the list of them; returns the list."""
    lines = []
    for number, video in enumerate(videos):
        (folder / str(number)).mkdir(parents=True)
        count = 0
        with av.open(str(video)) as container:
            for count, frame in enumerate(container.decode(video=0), 1):
                width = round(frame.width * SIDE / frame.height)
                image = cv2.resize(frame.to_ndarray(format="bgr24"), (width, SIDE))
                cv2.imwrite(str(folder / str(number) / f"img_{count:05d}.jpg"), image)
        lines.append(f"{number} {count} {int(video.parent.name)}")
    path = folder / "train.txt"
    path.write_text("\n".join(lines))
    return path


def import_theirs(clone: Path) -> None:
    torchvision_stand_in.install()
    torchvision_stand_in.add_module("tensorboardX", SummaryWriter=None)
    torch.Tensor.cuda = lambda tensor: tensor  # type: ignore[method-assign, assignment]
    sys.path.insert(0, str(clone))
    sys.argv = sys.argv[:1]
    import_module("main").accuracy = accuracy


def accuracy(logits: torch.Tensor, labels: torch.Tensor, topk: tuple[int, ...]) -> list:
    """Takes the place of TSM's: the percentage of labels among the first k, for each k."""
    ranks = logits.argsort(1, descending=True).eq(labels[:, None]).float().argmax(1)
    return [100 * (ranks < k).float().mean() for k in topk]


class Unwritten:
    """Takes the place of TSM's log and of TensorBoard."""

    def write(self, text: str) -> None: ...
    def flush(self) -> None: ...
    def add_scalar(self, name: str, value: float, step: int) -> None: ...


def theirs(clips: Path, num_classes: int, readers: int, epochs: int) -> float:
    """Returns TSM's clips per second."""
    code, models, data = (import_module(name) for name in ("main", "ops.models", "ops.dataset"))
    transforms = import_module("ops.transforms")
    code.args = argparse.Namespace(no_partialbn=True, clip_gradient=20, print_freq=20)
    with contextlib.redirect_stdout(io.StringIO()):
        network = models.TSN(
            num_classes, SEGMENTS, "RGB", "resnet18", dropout=0.5, partial_bn=False, is_shift=True
        )
        network.input_size = CROP
        dataset = data.TSNDataSet(
            str(clips.parent),
            str(clips),
            SEGMENTS,
            transform=torchvision_stand_in.Compose(
                [
                    network.get_augmentation(flip=False),
                    transforms.Stack(),
                    transforms.ToTorchFormatTensor(),
                    transforms.GroupNormalize(network.input_mean, network.input_std),
                ]
            ),
        )
        policies = network.get_optim_policies()
        model = torch.nn.DataParallel(network)
        optimizer = torch.optim.SGD(policies, 0.01, momentum=0.9, weight_decay=5e-4)
        loader = DataLoader(
            dataset, BATCH, shuffle=True, num_workers=readers, pin_memory=False, drop_last=True
        )
        loss = torch.nn.CrossEntropyLoss()
        start = time.monotonic()
        for epoch in range(epochs):
            code.train(loader, model, loss, optimizer, epoch, Unwritten(), Unwritten())
    return epochs * BATCH * len(loader) / (time.monotonic() - start)


def ours(videos: Path, out: Path) -> float:
    """Returns our clips per second."""
    options = ["--data.root", str(videos), "--model.pretrained", "null"]
    options += ["--model.motion", "none", "--model.temporal", "shift"]
    return train(Path(__file__).resolve().parent.parent, out, options, {})["clips_per_second"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clone", type=Path, help="of github.com/mit-han-lab/temporal-shift-module")
    parser.add_argument("--clips", type=int, default=126, help="synthetic videos, of 75 frames")
    parser.add_argument("--epochs", type=int, default=3, help="of TSM's")
    chosen = parser.parse_args()
    if not (chosen.clone / "ops/temporal_shift.py").is_file():
        parser.error(f"{chosen.clone}: no TSM there; clone mit-han-lab/temporal-shift-module")
    print(f"{processor()}, {torch.get_num_threads()} threads, PyTorch {torch.__version__}\n")
    import_theirs(chosen.clone)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        videos = make_videos(folder / "videos", chosen.clips, 75, (256, 192))
        frames = extract_frames(videos, folder / "frames")
        print("| clips/s | alone | beside a busy program |\n| --- | --- | --- |", flush=True)
        rows = []
        for readers in READERS:
            alone = theirs(frames, 10, readers, chosen.epochs)
            with busy_neighbor():
                beside = theirs(frames, 10, readers, chosen.epochs)
            rows.append((alone, beside))
            print(f"| TSM, {readers} readers | {alone:.2f} | {beside:.2f} |", flush=True)
        alone = ours(folder / "videos", folder / "run")
        with busy_neighbor():
            beside = ours(folder / "videos", folder / "run")
        print(f"| mienet | {alone:.2f} | {beside:.2f} |")
        best = [max(column) for column in zip(*rows, strict=True)]
        print(f"\nratio: {alone / best[0]:.2f} alone, {beside / best[1]:.2f} beside")
    return 0


if __name__ == "__main__":
    sys.exit(main())
