"""The likeliest phases under what is known of them: each lasts a while, and some follow others.

Source: A. Viterbi, "Error bounds for convolutional codes and an asymptotically optimum decoding
algorithm", 1967; minimum durations by one state for each position that a phase must last.
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
    least_lengths: Sequence[int] | int = 1,
    *,
    follows: NDArray[np.bool_] | None = None,
) -> Labels:
    """Returns the likeliest label of every position, ``(N,)``, of all sequences that are allowed.

    The phases at the start and the end of a video may be cut off by it, and so be shorter. If no
    sequence is allowed, which needs phases that nothing may follow, the last goes on.

    Args:
        probabilities: Of each label at each position, ``(N, K)``, from 0 to 1.
        least_lengths: Positions that a phase of each label lasts at least, ``(K,)`` or one for all.
        follows: Whether the phase of the second index may follow that of the first, ``(K, K)``;
            None allows all.

    Raises:
        ValueError: If the shapes do not fit each other, or a length is below 1.
    """
    if probabilities.ndim != 2 or 0 in probabilities.shape:
        raise ValueError(f"probabilities must be (N, K), not empty, got {probabilities.shape}")
    num_positions, num_labels = probabilities.shape
    lengths = np.broadcast_to(np.asarray(least_lengths, dtype=np.int64), num_labels)
    if lengths.min() < 1:
        raise ValueError(f"least_lengths must be at least 1, got {least_lengths}")
    if follows is not None and follows.shape != (num_labels, num_labels):
        raise ValueError(f"follows must be (K, K) with K = {num_labels}, got {follows.shape}")
    scores = np.log(np.maximum(probabilities, LEAST_PROBABILITY)).astype(np.float64)
    last = np.cumsum(lengths) - 1  # the state of each label in which it has lasted long enough
    first = last - lengths + 1
    label_of = np.repeat(np.arange(num_labels), lengths)
    states = np.arange(len(label_of))
    best = scores[0, label_of]  # a video may begin within a phase
    came_from = np.empty((num_positions, len(states)), dtype=np.int32)
    changes = np.zeros((num_labels, num_labels))
    if follows is not None:
        changes[~follows] = -np.inf
    np.fill_diagonal(changes, -np.inf)  # staying is no change
    for position in range(1, num_positions):
        origin = states - 1
        reached = best[origin]
        arriving = best[last][:, None] + changes  # (K before, K after)
        origin[first] = last[arriving.argmax(axis=0)]
        reached[first] = arriving.max(axis=0)
        stays = best[last] >= reached[last]
        origin[last[stays]] = last[stays]
        reached[last[stays]] = best[last[stays]]
        came_from[position] = origin
        best = reached + scores[position, label_of]
    path = np.empty(num_positions, dtype=np.int64)
    path[-1] = best.argmax()
    for position in range(num_positions - 1, 0, -1):
        path[position - 1] = came_from[position, path[position]]
    return np.asarray(label_of[path])


def runs(labels: Labels) -> list[tuple[int, int, int]]:
    """Returns ``(label, start, end)`` of every run of equal labels; ``end`` is behind the last.

    For example 2, 2, 0: (2, 0, 2) and (0, 2, 3).
    """
    borders = np.flatnonzero(np.diff(labels)) + 1
    starts = [0, *borders.tolist()]
    ends = [*borders.tolist(), len(labels)]
    return [(int(labels[s]), s, e) for s, e in zip(starts, ends, strict=True)]
