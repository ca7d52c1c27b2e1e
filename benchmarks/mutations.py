"""Changes models, annotations and videos at random, and reads each in a process with limits.

    .venv/bin/python benchmarks/mutations.py --out runs/mutations          1,000 of each group
    .venv/bin/python benchmarks/mutations.py --each 100 --only videos onnx

A changed file has to be refused with a message, or read. It fails this script (exit code 1) if it
ends in a traceback, takes more than 20 seconds or the memory it may take, takes its process down,
starts a program or opens a connection, or gives another model without a word although a checksum
could tell. That videos and annotations may be read differently is counted. A case is made anew from
its number: --case "lists/list.csv fields 17". The files of each failure are kept in OUT/failures.
"""

import argparse
import multiprocessing
import os
import random
import resource
import shutil
import sys
import time
import traceback
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch
from mutation_kinds import GROUPS, Kind, kinds
from mutation_originals import make_originals, shrink_networks
from tqdm import tqdm

from mienet.errors import MienetError

SECONDS = 20
MEMORY_BYTES = 6 << 30
FAILURES = ("traceback", "hang", "crash", "ran code", "another model")
OF_CODE = (
    *("os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"),
    *("subprocess.Popen", "socket.connect", "pty.spawn", "ctypes.dlopen", "shutil.rmtree"),
)
"""What Python tells its audit hooks of; reading a file does none of it."""
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Outcome:
    """What became of one case."""

    case: str
    what: str
    said: str
    seconds: float = SECONDS


class Watch:
    """Notes what code that a file brought along would do, while a case is read."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.on and event in OF_CODE:
            self.seen.append(f"{event} {arguments!r:.200}")


def run_case(out: Path, case: str, kind: Kind, seed: int, expected: Any, watch: Watch) -> Outcome:
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
    watch.seen, watch.on = [], True
    try:
        found = kind.read(path)
    except (MienetError, OSError) as error:
        outcome = Outcome(case, "refused", str(error))
    except Exception as error:
        said = f"{error!r:.300}\n{traceback.format_exc()[-1500:]}"
        outcome = Outcome(case, "traceback", said)
    else:
        outcome = _compared(case, kind, found, expected)
    watch.on = False
    return Outcome(case, "ran code", "; ".join(watch.seen)) if watch.seen else outcome


def _compared(case: str, kind: Kind, found: Any, expected: Any) -> Outcome:
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
    warnings.simplefilter("ignore")
    watch = Watch()
    for case, kind in cases:
        if kind not in expected:
            try:
                expected[kind] = kind.read(out / "originals" / kind.folder / kind.name)
            except Exception as error:
                connection.send(RuntimeError(f"the original of {case}: {error!r}"))
            connection.send(None)
        start = time.process_time()
        try:
            outcome = run_case(out, case, kind, seed, expected[kind], watch)
        except Exception as error:  # of this script, not of what is read
            connection.send(RuntimeError(f"changing the file of {case}: {error!r}"))
            return
        if outcome.what in FAILURES:
            keep(out, case)
        connection.send(replace(outcome, seconds=time.process_time() - start))


def keep(out: Path, case: str) -> None:
    """Keeps the files of a failure."""
    name = case.replace("/", "-").replace(" ", "_")
    if (out / "case").exists():
        shutil.copytree(out / "case", out / "failures" / name, dirs_exist_ok=True)


def hangs(child: BaseProcess, connection: Connection) -> bool:
    """Returns whether a child says nothing for 20 seconds of its own time, or sleeps for 200.

    Not by the clock alone, as other programs may keep the processor from it.
    """
    start, asleep = state_of(child)[1], 0
    while not connection.poll(SECONDS):
        state, used = state_of(child)
        asleep += state == "S"
        if used - start >= SECONDS or asleep == 10:
            return True
    return False


def state_of(child: BaseProcess) -> tuple[str, float]:
    """Returns the letter of a process's state, and the seconds of a CPU that it has used."""
    fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    return fields[0], (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def outcomes(out: Path, cases: list[tuple[str, Kind]], seed: int) -> Iterator[Outcome]:
    """Yields what becomes of each case; one that hangs or crashes ends its child alone."""
    while cases:
        ours, theirs = FORK.Pipe(duplex=False)
        child = FORK.Process(target=work, args=(theirs, out, cases, seed))
        child.start()
        theirs.close()
        try:
            while cases:
                if hangs(child, ours):
                    keep(out, cases[0][0])
                    yield Outcome(cases[0][0], "hang", f"more than {SECONDS} s")
                    cases = cases[1:]
                    break
                told = ours.recv()
                if isinstance(told, Exception):
                    raise told
                if told is not None:
                    yield told
                    cases = cases[1:]
        except EOFError:
            child.join()
            keep(out, cases[0][0])
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
    refused = [outcome for outcome in found if outcome.what == "refused"]
    for outcome in random.Random(0).sample(refused, min(len(refused), 8)):
        print(f"\nrefused: {outcome.case}\n  {outcome.said[:1800]}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("runs/mutations"))
    parser.add_argument("--each", type=int, default=1000, help="of each group")
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=GROUPS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--case", help="one case alone; its files stay in OUT/case")
    options = parser.parse_args()
    out = options.out.absolute()
    shrink_networks()
    shutil.rmtree(out / "failures", ignore_errors=True)
    maker = FORK.Process(target=make_originals, args=(out / "originals", options.only))
    maker.start()
    maker.join()
    if maker.exitcode:
        return 1
    all_kinds = kinds(out / "originals", options.only)
    sizes = Counter(kind.group for kind in all_kinds)
    cases = [
        (f"{kind.title} {number}", kind)
        for number in range(options.each)  # all kinds in turn, so that any part is of all
        for kind in all_kinds
        if number < -(-options.each // sizes[kind.group])
    ]
    cases = [case for case in cases if options.case in (None, case[0])]
    found = []
    for outcome in tqdm(outcomes(out, cases, options.seed), total=len(cases), smoothing=0):
        found.append(outcome)
        if outcome.what in FAILURES:
            tqdm.write(f"{outcome.what}: {outcome.case}\n  {outcome.said}")
    report(found)
    failed = sum(outcome.what in FAILURES for outcome in found)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    print(f"\n{len(found)} changed files, {failed} failures, at most {memory:.1f} GiB of memory")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
