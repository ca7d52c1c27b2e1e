"""How sure a model should be: the temperature by which its logits are divided, from validation.

Source: C. Guo et al., "On Calibration of Modern Neural Networks", 2017: one number, which changes
no ranking. The targets are below 1 as in J. Platt, "Probabilistic Outputs for Support Vector
Machines", 1999, section 2.2: of ``N`` validation samples that are all right, not more than
``(N + 1) / (N + 2)`` is to be believed; else a model without a mistake would be made ever surer.
Letters: ``N`` samples, ``K`` classes, ``G`` temperatures that are tried.
"""

import torch
from torch import Tensor

TEMPERATURES = torch.logspace(-2, 3, 101, base=2, dtype=torch.float64)
"""From 1/4 to 8, each 3.5 % above the one before, ``(G,)``."""


def temperature_losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Returns what sums over samples need to choose a temperature, float64 ``(2, G)``.

    For each temperature the cross-entropy with the labels, and with all classes alike.

    Args:
        logits: Or logarithms of probabilities, ``(N, K)``.
        labels: From 0 to ``K - 1``, int64 ``(N,)``.
    """
    scales = TEMPERATURES.to(logits.device)[:, None, None]
    said = (logits.double() / scales).log_softmax(dim=2)  # (G, N, K)
    own = said.gather(2, labels[None, :, None].expand(len(said), -1, 1))  # (G, N, 1)
    return -torch.stack([own.sum(dim=(1, 2)), said.mean(dim=2).sum(dim=1)])


def best_temperature(losses: Tensor, count: int) -> float:
    """Returns the temperature with the least loss, from 1/4 to 8; 1 without samples.

    Args:
        losses: The sum of ``temperature_losses`` over all samples, ``(2, G)``.
        count: ``N``.
    """
    if not count:
        return 1.0
    unsure = 1 / (count + 2)
    total = (1 - unsure) * losses[0] + unsure * losses[1]
    return float(TEMPERATURES[int(total.argmin())])
