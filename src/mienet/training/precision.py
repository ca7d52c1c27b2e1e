"""Which precision to train in, where a recipe leaves it to the machine.

Some CPUs compute bfloat16 twice as fast as float32, others emulate it at a small fraction of the
speed, and nothing but a measurement tells them apart.
"""

import torch

from mienet.config import TrainerConfig
from mienet.training.probe import steps_per_second

WORTH_IT = 1.2
"""How many times as fast bfloat16 has to be to be chosen."""

ROUNDS = 2
IMAGES = 2
"""At once, in measuring: few, as a CPU that emulates bfloat16 takes seconds for many."""


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
    """Returns how many times as fast as float32 one thread computes in bfloat16.

    One thread, since several wait for each other beside a busy program, in both precisions alike.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    kinds = (torch.float32, torch.bfloat16)
    # By turns, and the best of each: what disturbs one for a moment does not decide.
    rounds = [[steps_per_second(IMAGES, kind) for kind in kinds] for _ in range(ROUNDS)]
    torch.set_num_threads(threads)
    float32, bfloat16 = (max(speeds) for speeds in zip(*rounds, strict=True))
    return bfloat16 / float32
