"""Lines of text under the frames of videos."""

import numpy as np

from mienet.video.geometry import Images

TEXT_HEIGHT = 22
MARGIN = 6
LARGEST_FONT, SMALLEST_FONT = 14, 8
"""Pixels; a name that is too long even in the smallest is cut off."""


def caption_line(
    text: str,
    width: int,
    letters: str | tuple[int, ...] = "white",
    behind: tuple[int, ...] | None = None,
) -> Images:
    """Returns a line of text, on black unless told, ``(TEXT_HEIGHT, width, 3)``, as large as fits.

    What does not fit in the smallest letters is cut off.
    """
    from matplotlib.font_manager import findfont
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (width, TEXT_HEIGHT), behind or "black")
    file = findfont("DejaVu Sans")
    for size in range(LARGEST_FONT, SMALLEST_FONT - 1, -1):
        font = ImageFont.truetype(file, size)
        if font.getlength(text) <= width - 2 * MARGIN:
            break
    middle = (MARGIN, TEXT_HEIGHT // 2)
    ImageDraw.Draw(picture).text(middle, text, fill=letters, font=font, anchor="lm")
    return np.asarray(picture, np.uint8)
