"""Which predicted time belongs to which true one, where both are of one kind."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def match_times(
    true: ArrayLike, predicted: ArrayLike, *, within: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the times that belong together, both in order of time and equally many.

    Each time is in one pair at most, and a pair is at most ``within`` apart. There are as many
    pairs as possible, and of such choices the one with the smallest sum of distances: true 0, 4
    and predicted 3, 7 give (0, 3), (4, 7) within 4, not (4, 3) alone.
    """
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

    ours, theirs = np.asarray(true, np.float64), np.asarray(predicted, np.float64)
    distances = np.abs(ours[:, None] - theirs[None, :])  # (true, predicted)
    near = distances <= within
    if not near.any():
        return ours[:0], theirs[:0]
    # One pair too far apart costs more than all that are not, so that it is never worth a near one.
    too_far = distances[near].max() * min(near.shape) + 1
    rows, columns = linear_sum_assignment(np.where(near, distances, too_far))
    kept = near[rows, columns]
    # Of the same times, pairs in order of time have no larger sum and no larger distance.
    return np.sort(ours[rows[kept]]), np.sort(theirs[columns[kept]])
