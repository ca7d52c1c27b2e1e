"""How rare classes are made up for: weights in the loss, or clips drawn more often."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def balanced_weights(labels: Sequence[int], num_classes: int) -> NDArray[np.float64]:
    """Returns a weight for every class, inverse to its number of clips, float64 ``(num_classes,)``.

    The clips' weights are 1 on average: ``clips / (classes with clips * clips of this class)``, as
    scikit-learn's "balanced" has it. A class without clips gets 0.
    """
    counts = np.bincount(labels, minlength=num_classes).astype(np.float64)
    present = counts > 0
    weights = np.zeros(num_classes)
    weights[present] = len(labels) / (present.sum() * counts[present])
    return weights
