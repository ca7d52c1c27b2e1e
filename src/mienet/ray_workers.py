"""The same function over many items, in processes of Ray on one or more machines.

Each process opens what it works with once, such as a model. Only items and results travel. A
process that ends, for whatever reason, is replaced, and its items are given out again; an item that
ends its process every time is given up. Whoever calls gets each result once.
"""

import logging
import os
import platform
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from mienet.errors import MienetError, MissingExtraError, in_one_line
from mienet.processors import num_processors

Item = TypeVar("Item")
Result = TypeVar("Result")

Work = Callable[[Sequence[Item]], Sequence[Result]]
"""What gives a result for each item, in their order."""

OBJECT_STORE_BYTES = 100 << 20
"""Shared memory that Ray may take on this machine; small results do not even go through it."""

MOST_FAILED_STARTS = 5
"""Processes in a row that end before they have opened what they work with."""

NOT_STARTED = f"{MOST_FAILED_STARTS} processes of Ray in a row ended before they began to work"

BUSY = (
    "on a very busy one its processes may take longer than the 15 seconds that Ray gives them: try "
    "again, or leave --engine ray out"
)

LOST = "the process that read it ended, twice: its decoder crashed, or time or memory ran out"


@dataclass(frozen=True)
class Cluster:
    """Where the processes run.

    Attributes:
        address: Of a running Ray cluster, or "auto" for the one that this machine belongs to; None
            starts Ray on this machine, and ends it afterwards.
        workers: Processes; None is as many as there are CPUs for.
        threads: CPUs of each process.
        gpus: GPUs of each process, or a part of one.
    """

    address: str | None = None
    workers: int | None = None
    threads: int = 1
    gpus: float = 0


@dataclass(frozen=True)
class _Task:
    """Some items of a group: those from ``start`` up to ``end``."""

    group: int
    start: int
    end: int
    is_suspect: bool = False

    def parts(self) -> list["_Task"]:
        """Returns what to try when a process has ended on it; nothing to give it up.

        In halves, so that what ends every process is soon alone.
        """
        middle = (self.start + self.end) // 2
        if middle > self.start:
            return [_Task(self.group, self.start, middle), _Task(self.group, middle, self.end)]
        return [] if self.is_suspect else [_Task(self.group, self.start, self.end, True)]


def require_ray() -> None:
    """Raises a ``MissingExtraError`` if Ray is not installed."""
    try:
        import ray  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("the engine ray", "ray", error) from error


def enter_folder(folder: Path) -> None:
    """Makes a process of another machine start relative paths where the command was given.

    Raises:
        MienetError: If this machine does not have that folder.
    """
    try:
        os.chdir(folder)
    except OSError as error:
        raise MienetError(
            f"{platform.node()}: {folder} is not there, where the command was given; "
            "all machines need the same folders, such as those of a file server"
        ) from error


class _Worker(Generic[Item, Result]):
    """What runs in each process."""

    def __init__(self) -> None:
        self._work: Work[Item, Result] | None = None

    def open(self, open_work: Callable[[], Work[Item, Result]]) -> None:
        self._work = open_work()

    def work(self, items: Sequence[Item]) -> Sequence[Result]:
        assert self._work is not None
        return self._work(items)


def map_with_ray(
    open_work: Callable[[], Work[Item, Result]],
    groups: Mapping[int, Sequence[Item]],
    *,
    cluster: Cluster,
    at_once: int,
    lost: Callable[[Item, str], Result],
) -> Iterator[tuple[int, list[Result]]]:
    """Yields the results of each group of items, in their order, as groups are done.

    Args:
        open_work: Called once in each process; goes there, and so must be picklable.
        groups: Items by group; each goes to a process, and so must be picklable.
        cluster: Where.
        at_once: Items that a process is given at once, and has to begin again with if it is ended.
        lost: Makes the result of an item that was given up, from it and the reason.

    Raises:
        MissingExtraError: If Ray is not installed.
        MienetError: If there is no such cluster, it has too few CPUs, or the work cannot be
            opened; what the work itself raises is raised here, too.
    """
    tasks = (
        _Task(number, start, min(start + at_once, len(items)))
        for number, items in groups.items()
        for start in range(0, len(items), at_once)
    )
    num_tasks = sum(-(-len(items) // at_once) for items in groups.values())
    again: deque[_Task] = deque()
    results: _Results[Result] = _Results({number: len(items) for number, items in groups.items()})
    failed_starts = 0
    with _connected(cluster) as (ray, count):
        make = ray.remote(num_cpus=cluster.threads, num_gpus=cluster.gpus)(_Worker).remote
        running: dict[Any, tuple[Any, _Task | None]] = {}

        def start() -> None:
            worker = make()
            running[worker.open.remote(open_work)] = worker, None

        for _ in range(min(count, num_tasks)):
            start()
        while results.missing:
            (done,), _ = ray.wait(list(running), num_returns=1)
            worker, task = running.pop(done)
            try:
                given = ray.get(done)
            except ray.exceptions.RayTaskError as error:
                raise error.cause from error
            except (ray.exceptions.RayActorError, ray.exceptions.OutOfMemoryError) as error:
                start()
                if task is None:
                    failed_starts += 1
                    if failed_starts == MOST_FAILED_STARTS:
                        raise MienetError(f"{NOT_STARTED}: {in_one_line(error)}") from error
                elif parts := task.parts():
                    again.extend(parts)
                else:
                    item = groups[task.group][task.start]
                    yield from results.take(task, [lost(item, LOST)])
                continue
            failed_starts = 0
            # A process without a further task is not held any more, and so Ray ends it.
            if following := again.popleft() if again else next(tasks, None):
                items = groups[following.group][following.start : following.end]
                running[worker.work.remote(items)] = worker, following
            if task is not None:
                yield from results.take(task, given)


class _Results(Generic[Result]):
    """Results of groups that are not all there yet; ``missing`` counts those of each group."""

    def __init__(self, counts: dict[int, int]) -> None:
        self.missing = counts
        self._found: dict[int, dict[int, Result]] = {}

    def take(self, task: _Task, given: Sequence[Result]) -> Iterator[tuple[int, list[Result]]]:
        """Adds results, and yields those of the group if they are all there."""
        found = self._found.setdefault(task.group, {})
        found.update(zip(range(task.start, task.end), given, strict=True))
        self.missing[task.group] -= len(given)
        if not self.missing[task.group]:
            del self.missing[task.group], self._found[task.group]
            yield task.group, [found[place] for place in range(len(found))]


@contextmanager
def _connected(cluster: Cluster) -> Iterator[tuple[Any, int]]:
    """Yields Ray and the number of processes; what is started here ends with the block.

    Raises:
        MienetError: If there is no such cluster, or it has too few CPUs.
    """
    require_ray()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "1")  # no GPU but those asked for
    import ray
    import ray.exceptions

    quiet = {"log_to_driver": False, "logging_level": logging.CRITICAL}
    is_ours = not ray.is_initialized()  # a program that has connected before stays so
    if is_ours and cluster.address is None:
        workers = cluster.workers or max(1, num_processors() // cluster.threads)
        try:
            ray.init(
                address="local",
                num_cpus=cluster.threads * workers,
                object_store_memory=OBJECT_STORE_BYTES,
                include_dashboard=False,
                **quiet,
            )
        except Exception as error:  # Ray has no kind of its own for this
            raise MienetError(
                f"Ray did not start on this machine ({in_one_line(error)}); {BUSY}"
            ) from error
    elif is_ours:
        try:
            ray.init(address=cluster.address, **quiet)
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise MienetError(
                f"no Ray cluster at {cluster.address!r} ({in_one_line(error)}); start one with: "
                "ray start --head, or leave --ray-address out for this machine alone"
            ) from error
    try:
        there = ray.cluster_resources()
        most = int(there.get("CPU", 0) // cluster.threads)
        if cluster.gpus:
            most = min(most, int(there.get("GPU", 0) // cluster.gpus))
        if most < (cluster.workers or 1):
            has = f"{there.get('CPU', 0):g} CPUs and {there.get('GPU', 0):g} GPUs"
            raise MienetError(
                f"{cluster.workers or 1} worker(s) of {cluster.threads} thread(s) and "
                f"{cluster.gpus:g} GPU(s) each do not fit: there are {has}; give fewer --workers "
                "or --threads, or --device cpu"
            )
        yield ray, cluster.workers or most
    finally:
        if is_ours:
            ray.shutdown()
