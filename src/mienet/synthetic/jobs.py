"""Drawing many synthetic videos in several processes."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

import cv2

from mienet.ending import end_quietly
from mienet.main_guard import require_main_guard
from mienet.progress import progress_bar

Task = TypeVar("Task")
Result = TypeVar("Result")


def run_tasks(
    draw: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    unit: str,
    chunk: int = 1,
    jobs: int,
    progress: bool,
) -> list[Result]:
    """Returns what ``draw``, a module's function, gives for each task, in their order.

    Args:
        draw: Draws the video of a task.
        tasks: What worker processes are told.
        unit: What a task is, for the progress bar.
        chunk: How many neighboring tasks go to the same process.
        jobs: Worker processes, at least 1; 1 works in this process.
        progress: Whether to show a progress bar.

    Raises:
        ValueError: ``jobs`` is out of its range.
    """
    if jobs < 1:
        raise ValueError(f"jobs was {jobs}; accepted are whole numbers from 1")
    results = []
    with progress_bar(total=len(tasks), description="Drawing", unit=unit, shown=progress) as bar:
        if jobs == 1:
            for task in tasks:
                results.append(draw(task))
                bar.update()
            return results
        require_main_guard()
        spawn = multiprocessing.get_context("spawn")  # forking is unsafe once torch has threads
        with ProcessPoolExecutor(jobs, spawn, _start) as pool:
            for result in pool.map(draw, tasks, chunksize=chunk):
                results.append(result)
                bar.update()
    return results


def _start() -> None:
    end_quietly()
    cv2.setNumThreads(1)  # the workers already fill the cores
