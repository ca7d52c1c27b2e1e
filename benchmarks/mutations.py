"""Changes models, lists and videos at random, and reads each in a child process with limits.

    .venv/bin/python benchmarks/mutations.py --out runs/mutations          1,000 of each
    .venv/bin/python benchmarks/mutations.py --each 100 --only videos

A changed file has to be refused with a message, or read. It fails this script (exit code 1) if it
ends in a traceback, takes more than 20 seconds or the memory it may take, takes its process down,
or gives another model without a word although a checksum could tell. That videos and lists may be
read differently is counted. A case is made anew from its number: --case "list.csv 17".
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import resource
import shutil
import sys
import time
import traceback
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import mutated_files
import torch
from mutated_files import Mutation
from mutation_originals import make_originals
from tqdm import tqdm

from mienet import load, load_network
from mienet.data.manifest import read_prepared
from mienet.data.resolve import read_labeled
from mienet.errors import MienetError
from mienet.models.checkpoints import load_checkpoint
from mienet.models.network import SegmentNetwork
from mienet.video.reader import open_video
from mienet.workflows.prepare_source import read_source

SECONDS = 20
SETUP_SECONDS = 60
MEMORY_BYTES = 6 << 30
FAILURES = ("traceback", "hang", "crash", "another model")
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Kind:
    """Files of one kind: which one is changed, how, and how it is read.

    Attributes:
        group: models, lists or videos.
        name: The file that is changed, in a copy of ``folder``.
        folder: What it lies in.
        change: How it is changed.
        read: From its path to what it says, comparable.
        can_tell: Whether a checksum tells it from the original.
        after: What else is written after the change.
    """

    group: str
    name: str
    folder: str
    change: Mutation
    read: Callable[[Path], Any]
    can_tell: bool = False
    after: Callable[[Path], None] | None = None

    @property
    def title(self) -> str:
        """Returns how the kind is called in the table."""
        return f"{self.folder}/{self.name} {self.change.__name__}" + " signed" * bool(self.after)


def weights_of(network: SegmentNetwork) -> Any:
    digest = 0
    for tensor in network.state_dict().values():
        digest = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy().data, digest)
    return digest, network.options


def read_weights(path: Path) -> Any:
    return weights_of(load_checkpoint(path))


def read_model(path: Path) -> Any:
    recognizer = load_network(path)
    return weights_of(recognizer.network), recognizer.classes, recognizer.clip_format


@torch.inference_mode()
def read_export(path: Path) -> Any:
    recognizer = load(path.parent)
    clip_format = recognizer.clip_format
    size = clip_format.crop_size
    shape = (1, clip_format.num_segments, clip_format.frames_per_segment, 3, size, size)
    clips = torch.arange(shape[1] * shape[2] * 3 * size * size).reshape(shape).to(torch.uint8)
    return recognizer(clips).tolist(), recognizer.classes, clip_format


def sign(path: Path) -> None:
    """Writes the hash of a changed model.onnx, as whoever made it on purpose would."""
    description = json.loads((path.parent / "model.json").read_text()) | {"version": 1}
    description["sha256"] = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    (path.parent / "model.json").write_text(json.dumps(description))


def read_list(path: Path) -> Any:
    annotations = read_labeled(path)
    return annotations.classes, annotations.records


def read_dataset(path: Path) -> Any:
    dataset = read_prepared(path.parent)
    return [dataset.read(name) for name in dataset.lists()]


def read_published(name: str) -> Callable[[Path], Any]:
    return lambda path: (
        read_source(name, path.parents[1] / "videos", [path.parent], None, None).splits
    )


class Predict:
    """Reads a video as ``predict`` does, and counts its frames, with a model loaded once."""

    def __init__(self, model: Path) -> None:
        self.model = model
        self.recognizer: Any = None

    def __call__(self, path: Path) -> Any:
        if self.recognizer is None:
            self.recognizer = load(self.model)
        prediction = self.recognizer.predict(path)
        with open_video(path) as video:
            return video.num_frames, [round(p, 3) for p in prediction.probabilities]


def kinds(originals: Path) -> list[Kind]:
    videos = sorted(path.name for path in (originals / "videos").iterdir())
    change = mutated_files
    models = [
        Kind("models", "model.safetensors", "model", change.change_bytes, read_model, True),
        Kind("models", "model.safetensors", "model", change.change_description, read_model),
        Kind("models", "ckpt.pth.tar", "released", change.change_bytes, read_weights, True),
        Kind("models", "model.json", "exported", change.change_json, read_export, True),
        Kind("models", "model.json", "exported", change.change_unsigned, read_export),
        Kind("models", "model.onnx", "exported", change.change_bytes, read_export, True),
        Kind("models", "model.onnx", "exported", change.change_bytes, read_export, after=sign),
    ]
    lists = [
        Kind("lists", "list.csv", "lists", change.change_fields, read_list),
        Kind("lists", "spans.csv", "lists", change.change_fields, read_list),
        Kind("lists", "list.txt", "lists", change.change_fields, read_list),
        Kind("lists", "dataset.json", "dataset", change.change_json, read_dataset),
        Kind("lists", "train.csv", "dataset", change.change_fields, read_dataset),
        *(
            Kind("lists", f"lists/{name}", format, how, read_published(format))
            for format, name, how in (
                ("diving48", "Diving48_train.json", change.change_json),
                ("diving48", "Diving48_vocab.json", change.change_json),
                ("something-v2", "train.json", change.change_json),
                ("something-v2", "labels.json", change.change_json),
            )
        ),
    ]
    predict = Predict(originals / "model")
    return [
        *models,
        *lists,
        *(Kind("videos", name, "videos", change.change_bytes, predict) for name in videos),
    ]


@dataclass(frozen=True)
class Outcome:
    """What became of one case."""

    case: str
    what: str
    said: str
    seconds: float = SECONDS


def run_case(out: Path, case: str, kind: Kind, seed: int, expected: Any) -> Outcome:
    """Returns what becomes of the file of one case, which is left in ``out/case``."""
    folder = out / "case"
    shutil.rmtree(folder, ignore_errors=True)
    source = out / "originals" / kind.folder
    # Large files that are not changed need no copy.
    shutil.copytree(source, folder, copy_function=os.link)
    path = folder / kind.name
    content = path.read_bytes()
    for entry in [path, *folder.glob("*.json")]:  # not the originals by their second name
        text = entry.read_bytes()
        entry.unlink()
        entry.write_bytes(text)
    path.write_bytes(kind.change(content, random.Random(f"{seed} {case}")))
    if kind.after is not None:
        kind.after(path)
    try:
        found = kind.read(path)
    except (MienetError, OSError) as error:
        return Outcome(case, "refused", str(error))
    except Exception as error:
        return Outcome(case, "traceback", f"{error!r:.300}\n{traceback.format_exc()[-1500:]}")
    if found == expected:
        return Outcome(case, "the same", "")
    return Outcome(case, "another model" if kind.can_tell else "read differently", "")


def work(connection: Connection, out: Path, cases: list[tuple[str, Kind]], seed: int) -> None:
    """Runs cases one after the other, in a child process, and tells of each."""
    torch.set_num_threads(1)
    expected: dict[Kind, Any] = {}
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    for case, kind in cases:
        if kind not in expected:
            try:
                expected[kind] = kind.read(out / "originals" / kind.folder / kind.name)
            except Exception as error:
                connection.send(RuntimeError(f"the original of {case}: {error!r}"))
            connection.send(None)
        start = time.perf_counter()
        outcome = run_case(out, case, kind, seed, expected[kind])
        connection.send(replace(outcome, seconds=time.perf_counter() - start))


def outcomes(out: Path, cases: list[tuple[str, Kind]], seed: int) -> Iterator[Outcome]:
    """Yields what becomes of each case; one that hangs or crashes ends its child alone."""
    while cases:
        ours, theirs = FORK.Pipe(duplex=False)
        child = FORK.Process(target=work, args=(theirs, out, cases, seed))
        child.start()
        theirs.close()
        begun = False
        try:
            while cases:
                if not ours.poll(SECONDS if begun else SETUP_SECONDS):
                    yield Outcome(cases[0][0], "hang", f"more than {SECONDS} s")
                    cases = cases[1:]
                    break
                told, begun = ours.recv(), True
                if isinstance(told, Exception):
                    raise told
                if told is not None:
                    yield told
                    cases = cases[1:]
        except EOFError:
            child.join()
            yield Outcome(cases[0][0], "crash", f"exit code {child.exitcode}")
            cases = cases[1:]
        finally:
            child.kill()
            child.join()


def report(found: list[Outcome]) -> None:
    rows: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in found:
        rows[outcome.case.rsplit(" ", 1)[0]].append(outcome)
    columns = ("refused", "the same", "read differently", *FAILURES)
    print(f"{'':44}" + "".join(f"{column:>17}" for column in columns) + "  seconds  longest")
    for name, row in rows.items():
        counts = Counter(outcome.what for outcome in row)
        seconds = [outcome.seconds for outcome in row]
        print(
            f"{name:44}"
            + "".join(f"{counts[column]:17}" for column in columns)
            + f"{sum(seconds):9.0f}{max(seconds):9.1f}"
        )
    for what in ("refused", *FAILURES):
        examples = [outcome for outcome in found if outcome.what == what]
        chosen = random.Random(0).sample(
            examples, min(len(examples), 8 if what == "refused" else 40)
        )
        for outcome in chosen:
            print(f"\n{what}: {outcome.case}\n  {outcome.said[:1800]}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("runs/mutations"))
    parser.add_argument("--each", type=int, default=1000, help="of models, lists and videos")
    parser.add_argument("--only", choices=("models", "lists", "videos"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--case", help="one case alone; its files stay in OUT/case")
    options = parser.parse_args()
    out = options.out.absolute()
    maker = FORK.Process(target=make_originals, args=(out / "originals",))
    maker.start()
    maker.join()
    if maker.exitcode:
        return 1
    all_kinds = [k for k in kinds(out / "originals") if options.only in (None, k.group)]
    sizes = Counter(kind.group for kind in all_kinds)
    cases = [
        (f"{kind.title} {number}", kind)
        for kind in all_kinds
        for number in range(-(-options.each // sizes[kind.group]))
    ]
    cases = [case for case in cases if options.case in (None, case[0])]
    found = list(tqdm(outcomes(out, cases, options.seed), total=len(cases), smoothing=0))
    report(found)
    failed = sum(outcome.what in FAILURES for outcome in found)
    print(f"\n{len(found)} changed files, {failed} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
