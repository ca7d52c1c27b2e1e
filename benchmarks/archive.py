"""What workers of Ray bring and cost: one process, one on one CPU, and two workers, in turn.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/archive.py runs/NAME test.csv --out runs/archive

Needs the extra ray. The list is repeated until it is long enough. One process reads the next video
while it computes, and so uses more than one CPU, unless it is bound to one, as a worker of two is.
Seconds of CPU are those of the command and of all that it starts; videos a second are counted from
when each worker has done its first part, so that starting, which is told apart, does not count. A
list of files that are not there costs nothing but the handing out: that is the overhead. All parts
must be the same, byte by byte.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from kills import MIENET, contents

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def family(root: int) -> dict[int, tuple[str, float, int]]:
    """Returns the command, CPU seconds and memory of a process and all that it has started."""
    found: dict[int, tuple[int, str, float, int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
                name = (entry / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            fields = stat.rpartition(")")[2].split()
            seconds = (int(fields[11]) + int(fields[12])) / TICK
            found[int(entry.name)] = (int(fields[1]), name, seconds, int(fields[21]) * PAGE)
    own = {root}
    while more := {pid for pid, (parent, *_) in found.items() if parent in own} - own:
        own |= more
    return {pid: found[pid][1:] for pid in own & found.keys()}


def run(command: list[str], out: Path, *, on_one_cpu: bool) -> dict[str, float]:
    """Runs a command and returns seconds, CPU seconds and megabytes, of workers and of the rest."""
    shutil.rmtree(out, ignore_errors=True)
    started = time.time()
    bound = ["taskset", "--cpu-list", "0"] if on_one_cpu else []
    process = subprocess.Popen([*bound, *MIENET, *command], stdout=subprocess.DEVNULL)
    most: dict[int, tuple[str, float, int]] = {}
    while process.poll() is None:
        for pid, (name, seconds, memory) in family(process.pid).items():
            before = most.get(pid, (name, 0.0, 0))
            most[pid] = (name, max(seconds, before[1]), max(memory, before[2]))
        time.sleep(1)  # looking at all processes costs CPU, too
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    workers = [one for one in most.values() if one[0].startswith("ray::_Worker")]
    ends = sorted(part.stat().st_mtime for part in out.glob("part-*.csv"))
    first = ends[min(1, len(workers) - 1) if workers else 0]  # when each has done its first part
    return {
        "seconds": time.time() - started,
        "first_part": ends[0] - started,
        "rate": sum(end > first for end in ends) / max(ends[-1] - first, 1e-3),  # parts a second
        "cpu": sum(seconds for _, seconds, _ in most.values()),
        "workers_cpu": sum(seconds for _, seconds, _ in workers),
        "memory_mb": sum(memory for *_, memory in most.values()) / 1e6,
        "worker_mb": max((memory for *_, memory in workers), default=0) / 1e6,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("list", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/archive"))
    parser.add_argument("--videos", type=int, default=120)
    parser.add_argument("--part", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--overhead", type=int, default=1000)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    header, *rows = options.list.read_text(encoding="utf-8").splitlines()
    rows = (rows * (options.videos // len(rows) + 1))[: options.videos]
    write(options.out / "videos.csv", [header, *rows])
    write(options.out / "missing.csv", ["path", *(f"/{n}.mp4" for n in range(options.overhead))])
    engines = {
        "one process": ["--threads", "1"],
        "one process on one CPU": ["--threads", "1"],
        "two workers": ["--engine", "ray", "--workers", "2"],
    }
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    print(cpu and cpu[1], "load", os.getloadavg())
    for _ in range(options.rounds):
        compare(options, "videos", options.videos, options.part, engines)
    compare(options, "missing", options.overhead, 100, engines)
    return 0


def compare(options: argparse.Namespace, name: str, videos: int, part: int, engines: dict) -> None:
    found, made = {}, {}
    for engine, given in engines.items():
        out = options.out / name
        command = ["predict", options.model, "--list", str(options.out / f"{name}.csv")]
        command += ["--out", str(out), "--partition-size", str(part), *given]
        one = found[engine] = run(command, out, on_one_cpu=engine.endswith("CPU"))
        made[engine] = contents(out)
        rate = part * one["rate"]
        print(
            f"{name}, {engine}: {one['seconds']:.0f} s, first part after "
            f"{one['first_part']:.0f} s, then {rate:.2f} videos/s; "
            f"{1000 * one['cpu'] / videos:.0f} s of CPU per 1000 videos "
            f"({1000 * one['workers_cpu'] / videos:.0f} of workers); {one['memory_mb']:.0f} MB, "
            f"{one['worker_mb']:.0f} MB a worker",
            flush=True,
        )
    two = found.pop("two workers")["rate"]
    ratios = (f"{two / one['rate']:.2f} times {engine}" for engine, one in found.items())
    same = all(of_one == made["two workers"] for of_one in made.values())
    print(f"{name}: two workers are {', '.join(ratios)}; {'the same' if same else 'OTHER'} bytes")


def write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
