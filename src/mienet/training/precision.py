"""Which precision to train in, where a recipe leaves it to the machine.

Some CPUs compute bfloat16 twice as fast as float32, others emulate it at a small fraction of the
speed, and nothing but a measurement tells them apart.
"""

import time

import torch
from torch.nn import functional

from mienet.config import TrainerConfig

WORTH_IT = 1.2
"""How many times as fast bfloat16 has to be to be chosen."""


def choose_precision(trainer: TrainerConfig) -> tuple[str, str]:
    """Returns Lightning's name of the precision to train in, and the reason in a few words.

    On a GPU that is bfloat16 where it has it. On a CPU both are measured, which takes a moment;
    several processes, which could measure differently, take float32.
    """
    if trainer.accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available():
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return "bf16-mixed", "the GPU computes it"
        return "32-true", "the GPU does not compute bfloat16"
    if trainer.accelerator not in ("auto", "cpu"):
        return "32-true", f"nothing is measured on {trainer.accelerator}"
    if trainer.num_nodes > 1 or trainer.devices not in ("auto", 1, "1"):
        return "32-true", "several processes compute"
    ratio = bfloat16_speed()
    said = f"bfloat16 is {ratio:.2g} times as fast as float32 on this CPU"
    return ("bf16-mixed" if ratio >= WORTH_IT else "32-true"), said


def bfloat16_speed() -> float:
    """Returns how many times as fast as float32 this CPU computes a convolution in bfloat16."""
    seconds = {kind: _convolution_seconds(kind) for kind in (torch.float32, torch.bfloat16)}
    return seconds[torch.float32] / seconds[torch.bfloat16]


@torch.inference_mode()
def _convolution_seconds(kind: torch.dtype) -> float:
    """Returns the least time of a convolution such as the networks have, of five."""
    images = torch.ones(1, 64, 14, 14, dtype=kind).to(memory_format=torch.channels_last)
    weight = torch.ones(64, 64, 3, 3, dtype=kind).to(memory_format=torch.channels_last)
    times = []
    for _ in range(6):  # the first one also prepares
        start = time.perf_counter()
        functional.conv2d(images, weight, padding=1)
        times.append(time.perf_counter() - start)
    return min(times[1:])
