"""Figures as PNG images."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mienet.rendering.plots import plain, png


def confusion_matrix_png(
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    classes: Sequence[str],
    *,
    title: str,
) -> bytes:
    """Returns the image of which class, ``(N,)``, was taken for which.

    A row holds the clips of one class, and sums to 1.
    """
    from matplotlib.figure import Figure
    from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

    count = len(classes)
    matrix = confusion_matrix(labels, predicted, labels=np.arange(count), normalize="true")
    longest = max(map(len, classes))
    # Room for every class and for the longest name; beyond 40 classes numbers would not be read.
    side = min(max(0.45 * count, 4), 40)
    figure = Figure(
        figsize=(side + 0.09 * longest + 1, side + 0.09 * longest), layout="constrained"
    )
    axes = figure.add_subplot()
    display = ConfusionMatrixDisplay(matrix, display_labels=[*map(plain, classes)])
    display.plot(
        ax=axes,
        cmap="Blues",
        xticks_rotation=90,
        include_values=count <= 40,
        values_format=".2f",
        colorbar=False,
        im_kw={"vmin": 0, "vmax": 1},
        text_kw={"fontsize": 8},
    )
    axes.set(title=plain(title), xlabel="predicted", ylabel="true (rows sum to 1)")
    return png(figure, dots_per_inch=120)
