"""How long computations take on this machine, how much memory they need, and what machine it is."""

import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mienet.memory import peak_bytes

SECONDS = 3.0
"""About how long each figure is measured."""


@torch.inference_mode()
def measure(
    compute: Callable[[], object],
    device: torch.device,
    *,
    seconds: float | None = None,
    long: bool = False,
) -> list[float]:
    """Returns the seconds of each of several runs, after two that warm up.

    There are at least 5, at most 200, and about as many as fit into ``seconds``; None is
    ``SECONDS``. Of what is long, one is enough, and none warms up.
    """
    enough = SECONDS if seconds is None else seconds
    warm_up, least = (0, 1) if long else (2, 5)
    times: list[float] = []
    for run in range(200 + warm_up):
        start = time.perf_counter()
        compute()
        _wait(device)
        if run >= warm_up:
            times.append(time.perf_counter() - start)
        if len(times) >= least and sum(times) > enough:
            break
    return times


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def time_modules(
    modules: Sequence[nn.Module], compute: Callable[[], object], device: torch.device
) -> dict[nn.Module, float]:
    """Returns the median seconds that each module takes in one run of ``compute``."""
    started: dict[nn.Module, float] = {}
    seconds: dict[nn.Module, list[float]] = {module: [] for module in modules}

    def before(module: nn.Module, _: object) -> None:
        _wait(device)
        started[module] = time.perf_counter()

    def after(module: nn.Module, _: object, __: object) -> None:
        _wait(device)
        seconds[module].append(time.perf_counter() - started[module])

    hooks = [module.register_forward_pre_hook(before) for module in modules]
    hooks += [module.register_forward_hook(after) for module in modules]
    try:
        measure(compute, device)
    finally:
        for hook in hooks:
            hook.remove()
    return {module: statistics.median(times) for module, times in seconds.items()}


def random_inputs(batch_size: int, shape: tuple[int, ...], device: torch.device) -> Tensor:
    """Returns random pixels, uint8 ``(batch_size, *shape)``."""
    return torch.randint(256, (batch_size, *shape), dtype=torch.uint8).to(device)


@torch.inference_mode()
def gigaflops(compute: Callable[[], object]) -> float:
    """Returns the work of a computation; a multiplication and an addition count as two.

    Counts what is computed: PA's blocks hold zeros, a third more than the 7x7 kernels alone.
    """
    with FlopCounterMode(display=False) as counter:
        compute()
    return counter.get_total_flops() / 1e9


def peak_memory_bytes(device: torch.device) -> int | None:
    """Returns the GPU's largest allocation, or the process's largest resident memory.

    None where the system does not tell (Windows).
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return peak_bytes()


def describe_machine(device: torch.device) -> str:
    """Returns the CPU or GPU, the threads in use, and PyTorch's version."""
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    else:
        name = f"{_cpu_name()}, {torch.get_num_threads()} threads"
    return f"{name}, PyTorch {torch.__version__}"


def _cpu_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
