"""The same function over many videos, in processes that a broken video may take down."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 4
"""Items handed out per process, so that none waits for the next and no long queue is held."""


def run_jobs(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    jobs: int | None = None,
    description: str,
    already_done: int = 0,
) -> Iterator[tuple[Item, Result | None]]:
    """Yields each item with what the function gives, as they finish; None if its process died.

    A decoder that crashes takes its process with it: the items that were being worked on are then
    tried again one by one, and only the one that crashes again is given up. The processes end with
    this one, even if it is killed. They are started afresh, not forked: a script of one's own needs
    ``if __name__ == "__main__":``.

    Args:
        function: Importable, and light to import: each process imports it.
        items: What to work on; each goes to a process and so must be picklable.
        jobs: Processes; None is one per processor.
        description: Of the progress bar, which shows after two seconds.
        already_done: Items of earlier runs, for the progress bar.
    """
    jobs = jobs or os.cpu_count() or 1
    queue = deque(items)
    total = len(items) + already_done
    with tqdm(total=total, initial=already_done, desc=description, delay=2) as bar:
        while queue:
            suspects: list[Item] = []
            for pair in _until_crash(function, queue, jobs, suspects):
                bar.update()
                yield pair
            for item in suspects:
                guilty: list[Item] = []
                for pair in _until_crash(function, deque([item]), 1, guilty):
                    bar.update()
                    yield pair
                if guilty:
                    bar.update()
                    yield item, None


def _until_crash(
    function: Callable[[Item], Result], queue: deque[Item], jobs: int, suspects: list[Item]
) -> Iterator[tuple[Item, Result]]:
    """Yields results until the queue is empty, or a process dies: then names who was in work."""
    context = multiprocessing.get_context("spawn")
    running: dict[Future[Result], Item] = {}
    with ProcessPoolExecutor(min(jobs, len(queue)), context, _start) as pool:
        try:
            while queue or running:
                while queue and len(running) < AHEAD * jobs:
                    running[pool.submit(function, queue[0])] = queue[0]
                    queue.popleft()
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    result = future.result()
                    yield running.pop(future), result
        except BrokenProcessPool:
            suspects.extend(running.values())
        except BaseException:
            # Not after success: then a process may still be starting, and needs what is shared.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _start() -> None:
    """Makes a process end at once with Ctrl-C, and with its parent, even a killed one."""
    signal.signal(signal.SIGINT, lambda number, frame: os._exit(130))
    parent = multiprocessing.parent_process()
    if parent is not None:
        watch = threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True)
        watch.start()


def _end_with(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)
