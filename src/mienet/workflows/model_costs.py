"""What models cost on this machine: parameters, work, time and memory.

Each is measured in a new process, since a process keeps the memory that it once took.
"""

import multiprocessing
import statistics
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

from mienet.ending import end_quietly
from mienet.errors import MienetError
from mienet.loading import load, read_network
from mienet.main_guard import require_main_guard
from mienet.measuring import (
    describe_machine,
    gigaflops,
    measure,
    peak_memory_bytes,
    random_inputs,
)
from mienet.progress import progress_bar
from mienet.recognizer import NetworkRecognizer
from mienet.rendering.comparison import ModelCost
from mienet.timeline_recognizer import NetworkTimelineRecognizer
from mienet.workflows.benchmark_kinds import benchmark_model

SECONDS = 1.0
"""About how long each model is measured."""


def measure_costs(
    checkpoints: Sequence[str | Path], *, device: str, allow_pickle: bool
) -> list[ModelCost]:
    """Returns what each model costs, measured one after the other in a fresh process each.

    Raises:
        UnguardedScriptError: If a script calls this at its top level.
        MienetError: If a model cannot be used, or its process ends, as for want of memory.
    """
    require_main_guard()
    context = multiprocessing.get_context("spawn")
    found = []
    for path in progress_bar(checkpoints, description="Measuring", unit="model"):
        with ProcessPoolExecutor(1, context, end_quietly) as process:
            job = process.submit(
                partial(measure_cost, str(path), device=device, allow_pickle=allow_pickle)
            )
            try:
                found.append(job.result())
            except BrokenProcessPool as error:
                raise MienetError(
                    f"{path}: the process that measured it ended; memory may have run out. "
                    "--no-speed leaves this out"
                ) from error
    return found


def measure_cost(checkpoint: str, *, device: str, allow_pickle: bool) -> ModelCost:
    """Returns what a model costs; its memory is that of the whole process."""
    recognizer = load(checkpoint, device=device, allow_pickle=allow_pickle)
    model = benchmark_model(recognizer)
    one = random_inputs(1, model.shape, recognizer.device)
    times = measure(lambda: model.compute(one), recognizer.device, seconds=SECONDS)
    memory = peak_memory_bytes(recognizer.device)
    num_parameters, work = None, None
    if isinstance(recognizer, NetworkRecognizer | NetworkTimelineRecognizer):
        num_parameters, work = count_work(checkpoint)
    return ModelCost(
        unit=model.unit,
        num_parameters=num_parameters,
        gigaflops=work,
        median_seconds=statistics.median(times),
        peak_memory_bytes=memory,
        machine=describe_machine(recognizer.device),
    )


def count_work(checkpoint: str | Path) -> tuple[int, float]:
    """Returns a network's parameters, and GFLOPs of one clip or window.

    They are counted before batch-norm is folded into the weights of others.
    """
    trained = read_network(checkpoint)
    model = benchmark_model(trained)
    one = random_inputs(1, model.shape, trained.device)
    num_parameters = sum(weights.numel() for weights in trained.network.parameters())
    return num_parameters, gigaflops(lambda: model.compute(one))


def total_cost(costs: Sequence[ModelCost]) -> ModelCost:
    """Returns what several models cost that compute one after the other.

    What is not known of one is not known of all; nor is the memory, which depends on what is loaded
    at once.
    """

    def total(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return sum(known) if len(known) == len(values) else None

    parameters = total([cost.num_parameters for cost in costs])
    return ModelCost(
        unit=costs[0].unit,
        num_parameters=None if parameters is None else int(parameters),
        gigaflops=total([cost.gigaflops for cost in costs]),
        median_seconds=sum(cost.median_seconds for cost in costs),
        peak_memory_bytes=None,
        machine=costs[0].machine,
    )
