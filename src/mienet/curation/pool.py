"""The same function over many videos, in processes that a broken video may take down.

They are this machine's, or Ray's on any machines.
"""

import contextlib
import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from typing import Any, Generic, TypeVar

from mienet.ending import end_quietly
from mienet.errors import MienetError
from mienet.main_guard import require_main_guard
from mienet.memory import peak_bytes
from mienet.processors import num_processors
from mienet.progress import progress_bar
from mienet.ray_workers import Cluster, enter_folder, map_with_ray

Item = TypeVar("Item")
Result = TypeVar("Result")

Jobs = int | Cluster | None
"""Processes of this machine, None is one per CPU; or those of Ray."""

AHEAD = 4
"""Items handed out per process, so that none waits for the next and no long queue is held."""

CRASHED = "the decoder crashed on it"

NOT_STARTED = (
    "no process that reads videos could be started: memory may have run out, or a script calls the "
    'library outside of if __name__ == "__main__": (each process runs the script again)'
)

OVER_TIME, OVER_MEMORY = 1, 2
NOBODY = -1


class PoolError(MienetError):
    """Processes that end before they begin to work, whatever they are given."""


class LostError(MienetError):
    """An item that took its process down, or was over its limit; the message says which."""


@dataclass(frozen=True)
class Limit:
    """What one item may use before its process is ended.

    Attributes:
        seconds: Time for a file, or a folder of frames, of any size.
        seconds_per_megabyte: Time added for a file's size.
        memory_bytes: Memory of the process, looked at every 0.05 seconds, where the system tells.
    """

    seconds: float = 3600
    seconds_per_megabyte: float = 10
    memory_bytes: int = 4 << 30

    def seconds_for(self, path: str | None) -> float:
        """Returns the time for a video; None if there is none to look at."""
        size = 0
        if path is not None:
            with contextlib.suppress(OSError, ValueError):  # not there: its own job says so
                size = Path(path).stat().st_size
        return self.seconds + self.seconds_per_megabyte * size / 1e6


@dataclass
class _Broken:
    """Who was in work, by number, when a process died; and who was over which limit."""

    suspects: dict[int, Any] = field(default_factory=dict)
    reasons: dict[int, int] = field(default_factory=dict)


def run_jobs(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    jobs: Jobs = None,
    description: str,
    already_done: int = 0,
    lost: Callable[[Item, str], Result] | None = None,
    path_of: Callable[[Item], str] | None = None,
    limit: Limit | None = None,
) -> Iterator[tuple[Item, Result | None]]:
    """Yields each item with what the function gives, as they finish; ``lost`` if its process died.

    A decoder that crashes takes its process with it: the items that were being worked on are then
    tried again one by one, and only the one that crashes again is given up. An item that takes more
    time or memory than its limit is given up at once, and the others go on. The processes end with
    this one, even if it is killed. They are started afresh, not forked: a script of one's own needs
    ``if __name__ == "__main__":``, and is told so. Ray's processes try what ended one of them once
    more, and do not tell why it ended.

    Args:
        function: Importable, and light to import: each process imports it.
        items: What to work on; each goes to a process and so must be picklable.
        jobs: Processes, and where; Ray's need the same folders on all machines.
        description: Of the progress bar, which shows after two seconds.
        already_done: Items of earlier runs, for the progress bar.
        lost: Makes the result of an item that was given up, from it and the reason; None gives
            None.
        path_of: The video of an item, whose size decides how long it may take; None for others.
        limit: None is one that only a broken or hostile video passes.

    Raises:
        UnguardedScriptError: If a script calls this at its top level.
        PoolError: If no process can be started.
        MissingExtraError, MienetError: If Ray's cannot be, as ``map_with_ray``.
    """
    limit = limit or Limit()

    def seconds_for(item: Item) -> float:
        return limit.seconds_for(path_of(item) if path_of else None)

    def give_up(item: Item, reason: str) -> Result | None:
        return lost(item, reason) if lost else None

    if isinstance(jobs, Cluster):
        work = _RayWork(function, Path.cwd(), seconds_for, limit.memory_bytes)
        found = _with_ray(work, items, jobs, give_up)
    else:
        count = jobs or num_processors()
        found = _in_processes(function, items, count, seconds_for, limit.memory_bytes, give_up)
    total = len(items) + already_done
    with progress_bar(
        total=total, already_done=already_done, description=description, unit="video"
    ) as bar:
        for pair in found:
            bar.update()
            yield pair


def _in_processes(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    count: int,
    seconds_for: Callable[[Item], float],
    memory_bytes: int,
    give_up: Callable[[Item, str], Result | None],
) -> Iterator[tuple[Item, Result | None]]:
    queue = deque(enumerate(items))
    while queue:
        broken = _Broken()
        yield from _until_crash(function, queue, count, broken, seconds_for, memory_bytes)
        for number, item in broken.suspects.items():
            if broken.reasons and number not in broken.reasons:
                queue.appendleft((number, item))  # another one is to blame
                continue
            alone = _Broken({number: item}, broken.reasons)
            if not broken.reasons:
                alone = _Broken()
                one = deque([(number, item)])
                yield from _until_crash(function, one, 1, alone, seconds_for, memory_bytes)
            if alone.suspects:
                reason = _describe(alone.reasons.get(number), seconds_for(item), memory_bytes)
                yield item, give_up(item, reason)


def _with_ray(
    work: "_RayWork[Item, Result]",
    items: Sequence[Item],
    cluster: Cluster,
    give_up: Callable[[Item, str], Result | None],
) -> Iterator[tuple[Item, Result | None]]:
    if not items:
        return  # Ray takes a while to start
    alone = {number: [item] for number, item in enumerate(items)}
    for number, (result,) in map_with_ray(work, alone, cluster=cluster, at_once=1, lost=give_up):
        yield items[number], result


@dataclass(frozen=True)
class _RayWork(Generic[Item, Result]):
    """What each of Ray's processes does, after it has taken the place and limits of ours."""

    function: Callable[[Item], Result]
    folder: Path
    seconds_for: Callable[[Item], float]
    memory_bytes: int

    def __call__(self) -> Callable[[Sequence[Item]], list[Result]]:
        """Returns the work."""
        enter_folder(self.folder)
        untold = [NOBODY, 0, 0]
        threading.Thread(target=_end_over, args=(untold, self.memory_bytes), daemon=True).start()
        return lambda items: [_work(self.function, i, 0, self.seconds_for(i)) for i in items]


class KeptProcess:
    """One such process that stays, for a program that reads a video now and then.

    Its first item waits until it has started; each other one does not. It is started again after an
    item that took it down.

    Args:
        limit: What one item may use; None is one that only a broken or hostile video passes.
    """

    def __init__(self, limit: Limit | None = None) -> None:
        self.limit = limit or Limit()
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._verdict: Any = None
        self._is_closed = False

    def run(
        self, function: Callable[[Item], Result], item: Item, path: str | None = None
    ) -> Result:
        """Returns what the function gives; calls from several threads wait for each other.

        Args:
            function: As in ``run_jobs``.
            item: What to work on.
            path: The video, whose size decides how long it may take.

        Raises:
            LostError: If the item took the process down, or was over its limit.
            PoolError: If no process can be started, or it is closed.
        """
        with self._lock:
            if self._is_closed:
                raise PoolError("no more is read, as the program ends")
            if self._pool is None:
                context = multiprocessing.get_context("spawn")
                self._verdict = context.Array("q", [NOBODY, 0, 0])
                arguments = (self._verdict, self.limit.memory_bytes)
                self._pool = ProcessPoolExecutor(1, context, _start, arguments)
            seconds = self.limit.seconds_for(path)
            try:
                return self._pool.submit(_work, function, item, 0, seconds).result()
            except BrokenProcessPool:
                number, reason, has_started = self._verdict[:]
                self._pool.shutdown(wait=False)
                self._pool = None
                if not has_started:
                    raise PoolError(NOT_STARTED) from None
                over = None if number == NOBODY else reason
                says = _describe(over, seconds, self.limit.memory_bytes)
                raise LostError(says) from None

    def close(self) -> None:
        """Ends the process, whatever it is working on; none is started any more."""
        self._is_closed = True
        _kill(self._pool)
        with self._lock:
            if self._pool is not None:
                # Waits for Python's own thread, whose pipe a program's end would find closed.
                self._pool.shutdown(cancel_futures=True)
                self._pool = None


def _kill(pool: ProcessPoolExecutor | None) -> None:
    # Private until Python 3.14, which has ``kill_workers``.
    for process in [*(getattr(pool, "_processes", None) or {}).values()]:
        process.kill()


def _describe(reason: int | None, seconds: float, memory_bytes: int) -> str:
    if reason == OVER_TIME:
        return f"it took longer than the limit of {seconds:.0f} seconds"
    if reason == OVER_MEMORY:
        return f"it needs more memory than the limit of {memory_bytes / (1 << 20):.0f} MiB"
    return CRASHED


def _until_crash(
    function: Callable[[Item], Result],
    queue: deque[tuple[int, Item]],
    jobs: int,
    broken: _Broken,
    seconds_for: Callable[[Item], float],
    memory_bytes: int,
) -> Iterator[tuple[Item, Result]]:
    """Yields results until the queue is empty, or a process dies: then notes who was in work."""
    require_main_guard()
    context = multiprocessing.get_context("spawn")
    running: dict[Future[Result], tuple[int, Item]] = {}
    verdict = context.Array("q", [NOBODY, 0, 0])
    arguments = (verdict, memory_bytes)
    with ProcessPoolExecutor(min(jobs, len(queue)), context, _start, arguments) as pool:
        try:
            while queue or running:
                while queue and len(running) < AHEAD * jobs:
                    number, item = queue[0]
                    seconds = seconds_for(item)
                    running[pool.submit(_work, function, item, number, seconds)] = queue[0]
                    queue.popleft()
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    result = future.result()
                    yield running.pop(future)[1], result
        except BrokenProcessPool:
            number, reason, have_started = verdict[:]
            if not have_started:
                raise PoolError(NOT_STARTED) from None
            broken.suspects.update(running.values())
            if number != NOBODY:
                broken.reasons[number] = reason
        except (KeyboardInterrupt, SystemExit):
            _kill(pool)  # a video may take minutes
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        except BaseException:
            # Not after success: then a process may still be starting, and needs what is shared.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@dataclass
class _InWork:
    """What this process works on, and until when it may."""

    number: int = NOBODY
    deadline: float = float("inf")


IN_WORK = _InWork()


def _work(function: Callable[[Item], Result], item: Item, number: int, seconds: float) -> Result:
    IN_WORK.number, IN_WORK.deadline = number, time.monotonic() + seconds
    try:
        return function(item)
    finally:
        IN_WORK.number, IN_WORK.deadline = NOBODY, float("inf")


def _start(verdict: Any, memory_bytes: int) -> None:
    """Makes a process end at once with Ctrl-C, over its limit, and with its parent."""
    verdict[2] = 1
    end_quietly()
    threading.Thread(target=_end_over, args=(verdict, memory_bytes), daemon=True).start()
    parent = multiprocessing.parent_process()
    if parent is not None:
        watch = threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True)
        watch.start()


def _end_over(verdict: Any, memory_bytes: int) -> None:
    """Ends this process when what it works on is over a limit, and leaves word of that."""
    while True:
        time.sleep(0.05)
        over = 0
        if time.monotonic() > IN_WORK.deadline:
            over = OVER_TIME
        elif (peak_bytes() or 0) > memory_bytes and IN_WORK.number != NOBODY:
            over = OVER_MEMORY
        if over:
            verdict[:2] = [IN_WORK.number, over]
            os._exit(1)


def _end_with(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)
