"""The likeliest phases under what is known of them: each lasts a while, and some follow others.

Source: A. Viterbi, "Error bounds for convolutional codes and an asymptotically optimum decoding
algorithm", 1967; minimum durations by looking back to where a phase must have begun, which takes
``N K^2`` steps however long they are.
Letters: ``N`` positions in time, ``K`` labels.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.floating]
Labels = NDArray[np.int64]

LEAST_PROBABILITY = 1e-6
"""So that one wrong certainty of a network does not forbid the right phases around it."""


def decode_phases(
    probabilities: Probabilities,
    least_lengths: Sequence[int] | NDArray[np.int64] | int = 1,
    *,
    follows: NDArray[np.bool_] | None = None,
) -> Labels:
    """Returns the likeliest label of every position, ``(N,)``, of all sequences that are allowed.

    The phases at the start and the end of a video may be cut off by it, and so be shorter. If no
    sequence is allowed, which needs phases that nothing may follow, the last goes on.

    Args:
        probabilities: Of each label at each position, ``(N, K)``, from 0 to 1.
        least_lengths: Positions that a phase of each label lasts at least, ``(K,)`` or one for all;
            or ``(N, K)``, where they depend on the position at which it begins, so that none that
            begins later may end earlier.
        follows: Whether the phase of the second index may follow that of the first, ``(K, K)``;
            None allows all.

    Raises:
        ValueError: If the shapes do not fit each other, or a length is below 1.
    """
    if probabilities.ndim != 2 or 0 in probabilities.shape:
        raise ValueError(f"probabilities must be (N, K), not empty, got {probabilities.shape}")
    num_positions, num_labels = probabilities.shape
    lengths = np.broadcast_to(np.asarray(least_lengths, dtype=np.int64), probabilities.shape)
    if lengths.min() < 1:
        raise ValueError(f"least_lengths must be at least 1, got {least_lengths}")
    if follows is not None and follows.shape != (num_labels, num_labels):
        raise ValueError(f"follows must be (K, K) with K = {num_labels}, got {follows.shape}")
    sums = np.cumsum(np.log(np.maximum(probabilities, LEAST_PROBABILITY)), axis=0, dtype=np.float64)
    # The last position that a phase needs which begins at a position; the video's end cuts it off.
    needed = np.minimum(np.arange(num_positions)[:, None] + lengths, num_positions) - 1
    changes = np.zeros((num_labels, num_labels))
    if follows is not None:
        changes[~follows] = -np.inf
    np.fill_diagonal(changes, -np.inf)  # staying is no change
    labels = np.arange(num_labels)
    # What a sequence has gained before its last phase, less the phase's sum up to there: with the
    # sum at any later position it is the score there. Each stands in the row from which on the
    # phase has lasted long enough, with the position where the phase began.
    gained = np.full((num_positions, num_labels), -np.inf)
    gained[0] = 0  # a video may begin within a phase
    begun = np.zeros((num_positions, num_labels), dtype=np.int64)
    best = gained[0]
    is_new = np.zeros((num_positions, num_labels), dtype=np.bool_)
    came_from = np.empty((num_positions, num_labels), dtype=np.int32)
    for position in range(num_positions):
        is_new[position] = gained[position] > best
        best = np.maximum(best, gained[position])
        if (start := position + 1) == num_positions:
            break
        arriving = (best + sums[position])[:, None] + changes  # (K before, K after)
        came_from[start] = arriving.argmax(axis=0)
        gain, row = arriving.max(axis=0) - sums[position], needed[start]
        is_better = gain > gained[row, labels]
        row, better = row[is_better], labels[is_better]
        gained[row, better], begun[row, better] = gain[is_better], start
    begins = np.maximum.accumulate(np.where(is_new, begun, 0), axis=0)
    label, end = int((best + sums[-1]).argmax()), num_positions
    path = np.empty(num_positions, dtype=np.int64)
    while True:
        start = int(begins[end - 1, label])
        path[start:end] = label
        if start == 0:
            return path
        end, label = start, int(came_from[start, label])
