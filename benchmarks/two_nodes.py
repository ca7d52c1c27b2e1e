"""Trains on two nodes with torchrun, on this machine, and kills a process and a whole node.

    .venv/bin/python benchmarks/two_nodes.py --out runs/two_nodes

Three trainings of a small network on synthetic videos, with the same clips in each step, each of
them killed (SIGKILL) after its first epoch: one process, which is started again; two nodes (gloo,
each one process), of which one process is killed; and two nodes, of which one is killed with its
torchrun, and torchrun is started again. The command is the same each time, with --train.resume
auto. Prints the figures of each, and how far its weights are from those of the one process.
"""

import argparse
import csv
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import torch
from synthetic_videos import make_videos
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

VIDEOS = 16
EPOCHS = 3
MIENET = Path(sys.executable).with_name("mienet")


def command(folder: Path, name: str, nodes: int) -> list[str]:
    """Returns the words after ``mienet``.

    Normalization is that of each clip, not of a batch. Rounding grows within some steps to what a
    mistake would make; so that it does not, precision is 64 bits, and the learning rate is low, as
    a training state is read in 32 bits.
    """
    options = {
        "data.train": folder / "labels.csv", "data.val_fraction": 0.5,
        "data.short_side": 36, "data.crop_size": 32, "data.num_workers": 0,
        "data.batch_size": 4 // nodes, "data.cache": folder / "frames",
        "model.backbone": "resnet18", "model.num_segments": 2, "model.pretrained": "null",
        "model.normalization": "window", "model.temporal": "none", "model.dropout": 0,
        "train.epochs": EPOCHS, "train.out": folder, "train.name": name, "train.resume": "auto",
        "train.optimizer": "sgd", "train.learning_rate": 1e-5,
        "trainer.accelerator": "cpu", "trainer.precision": "64-true", "trainer.num_nodes": nodes,
    }  # fmt: skip
    return ["train", "small", *(w for n, v in options.items() for w in (f"--{n}", str(v)))]


def start_node(number: int, port: int, folder: Path, name: str) -> "subprocess.Popen[bytes]":
    """Starts torchrun as the node of a number; what it prints goes to a file."""
    torchrun = ["--nnodes=2", "--nproc_per_node=1", "--max_restarts=3"]
    meeting = ["--rdzv_backend=c10d", f"--rdzv_endpoint=127.0.0.1:{port}", f"--rdzv_id={name}"]
    meeting += [f"--rdzv_conf=is_host={int(number == 0)},read_timeout=600"]
    words = [sys.executable, "-m", "torch.distributed.run", *torchrun, *meeting]
    with (folder / f"{name}_{number}.log").open("ab") as log:
        return subprocess.Popen(
            [*words, str(MIENET), *command(folder, name, 2)],
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def wait_for_epoch(run: Path, nodes: "list[subprocess.Popen[bytes]]") -> None:
    while not (run / "last.ckpt").exists():
        if any(node.poll() is not None for node in nodes):
            raise SystemExit(f"a node ended before {run} had an epoch; see its log")
        time.sleep(0.05)


def one_process(folder: Path) -> None:
    """Trains in one process, is killed after the first epoch, and goes on."""
    words = [sys.executable, str(MIENET), *command(folder, "alone", 1)]
    with (folder / "alone.log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
        wait_for_epoch(folder / "alone", [process])
        process.kill()
        process.wait()
        shutil.copy(folder / "alone/last.ckpt", folder / "first.ckpt")
        subprocess.run(words, check=True, stdout=log, stderr=log)


def two_nodes(folder: Path, name: str, kill: str) -> None:
    """Trains on two nodes to the end; a process or a node is killed after the first epoch."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nodes = [start_node(number, port, folder, name) for number in (0, 1)]
    wait_for_epoch(folder / name, nodes)
    if kill == "node":  # torchrun first, which would start the process again
        nodes[1].send_signal(signal.SIGSTOP)
    for pid in children(nodes[1].pid):
        os.kill(pid, signal.SIGKILL)
    if kill == "node":
        nodes[1].kill()
        nodes[1].wait()
        nodes[1] = start_node(1, port, folder, name)
    codes = [node.wait() for node in nodes]
    if any(codes):
        raise SystemExit(f"{name}: torchrun ended with {codes}; see {folder}/{name}_*.log")


def figures(run: Path) -> dict[str, float]:
    log = EventAccumulator(str(run / "tensorboard"))
    log.Reload()
    names = ("train/loss_epoch", "val/loss", "val/top1")
    return {name: log.Scalars(name)[-1].value for name in names}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/two_nodes"))
    folder = parser.parse_args().out.absolute()
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"  # docs/clusters.md, torchrun
    shutil.rmtree(folder, ignore_errors=True)
    paths = make_videos(folder / "videos", VIDEOS, 24, (64, 48))
    with (folder / "labels.csv").open("w", newline="") as file:
        rows = ((path, "ab"[i % 2]) for i, path in enumerate(paths))
        csv.writer(file).writerows([("path", "label"), *rows])
    one_process(folder)
    first, expected = (
        torch.load(folder / name, weights_only=True)["state_dict"]
        for name in ("first.ckpt", "alone/last.ckpt")
    )
    print(f"alone          {figures(folder / 'alone')}")
    for kill in ("process", "node"):
        name, start = f"{kill}_killed", time.perf_counter()
        two_nodes(folder, name, kill)
        weights = torch.load(folder / name / "last.ckpt", weights_only=True)["state_dict"]
        moved = max(float((first[n] - w).abs().max()) for n, w in expected.items())
        apart = max(float((weights[n] - w).abs().max()) for n, w in expected.items())
        print(
            f"{name:14} {figures(folder / name)}, {time.perf_counter() - start:.0f} s, weights at "
            f"most {apart:.1e} apart, and {moved:.1e} from those after the first epoch"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
