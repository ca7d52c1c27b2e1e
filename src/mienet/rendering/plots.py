"""What all plots share: names as they are written, and an image's bytes."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


PNG_START = r"(?s)\x89PNG.*tEXtSoftware\x00mienet"
"""How an image begins that ``png`` returned, as a regular expression."""


def plain(text: str) -> str:
    """Returns a text in which matplotlib finds no formula, which it reads between two dollars."""
    return text.replace("$", r"\$")


def png(figure: "Figure", *, dots_per_inch: float | None = None) -> bytes:
    """Returns a figure as a PNG image that names mienet; None takes the figure's own resolution."""
    image = io.BytesIO()  # drawing takes long; a kill must not leave a file that is open for it
    dpi = "figure" if dots_per_inch is None else dots_per_inch
    figure.savefig(image, dpi=dpi, format="png", metadata={"Software": "mienet"})
    return image.getvalue()
