"""How a decoded frame becomes upright and square: turns, mirrors, pixel aspect, and resizing."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, NamedTuple, cast

import numpy as np
from av.buffer import Buffer
from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

Images = NDArray[np.uint8]
"""RGB images, ``(N, H, W, 3)``."""

MOST_STRETCHED = 20
"""Pixel aspect ratios beyond this are mistakes of a header; square pixels are taken instead."""

LEAST_TILT_DEGREES = 1
"""Smaller angles are rounding of the matrix, and not seen."""

RGB_FORMATS = {"gbrp", "rgb24", "bgr24", "rgba", "bgra", "argb", "abgr", "rgb0", "bgr0", "0rgb"}


class Orientation(NamedTuple):
    """What turns a stored frame upright, in this order.

    Attributes:
        transpose: Whether rows become columns.
        mirror: Whether left and right change places.
        flip: Whether top and bottom do.
    """

    transpose: bool = False
    mirror: bool = False
    flip: bool = False

    def apply(self, image: Images) -> Images:
        """Returns an image ``(H, W, 3)`` upright."""
        if self.transpose:
            image = image.swapaxes(0, 1)
        if self.mirror:
            image = image[:, ::-1]
        if self.flip:
            image = image[::-1]
        return np.ascontiguousarray(image)


UPRIGHT = Orientation()


def orientation_from_matrix(matrix: NDArray[np.int32]) -> Orientation:
    """Returns the turn or mirror of a display matrix, by the nearest of the eight.

    Args:
        matrix: Nine numbers by rows: a stored point ``(x, y)`` is shown at
            ``(a x + c y, b x + d y)`` with rows ``a b u``, ``c d v``; see FFmpeg's display.h.
    """
    a, b, _, c, d = (int(value) for value in matrix[:5])
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(False, a < 0, d < 0)
    return Orientation(True, c < 0, b < 0)


def orientation_of(frame: VideoFrame) -> Orientation:
    """Returns what turns a decoded frame upright, as its stream or picture says."""
    matrix = _display_matrix(frame)
    return UPRIGHT if matrix is None else orientation_from_matrix(matrix)


def tilt_note(frame: VideoFrame) -> str | None:
    """Returns a note on a frame that players show between two quarter turns; None for others."""
    matrix = _display_matrix(frame)
    tilt = 0.0 if matrix is None else tilt_degrees(matrix)
    if tilt < LEAST_TILT_DEGREES:
        return None
    return f"players show it tilted by {tilt:.0f} degrees; it is read at the nearest quarter turn"


def tilt_degrees(matrix: NDArray[np.int32]) -> float:
    """Returns the angle between a display matrix and the nearest quarter turn, 0 to 45."""
    a, b, _, c, d = (abs(int(value)) for value in matrix[:5])
    less, more = sorted((a + d, b + c))
    return math.degrees(math.atan2(less, more))


def _display_matrix(frame: VideoFrame) -> NDArray[np.int32] | None:
    # PyAV's own types know of one kind of side data only.
    side_data = cast("Mapping[SideDataType, Buffer]", frame.side_data)
    matrix = side_data.get(SideDataType.DISPLAYMATRIX)
    return None if matrix is None else np.frombuffer(bytes(matrix), dtype=np.int32)


def square_size(height: int, width: int, pixel_aspect: Fraction | None) -> tuple[int, int]:
    """Returns height and width in square pixels; one of them is stretched, none is shrunk.

    Args:
        height: Stored.
        width: Stored.
        pixel_aspect: Width of a pixel by its height, before any turn; None is unknown and square.
    """
    if pixel_aspect is None or not is_plausible(pixel_aspect):
        return height, width
    if pixel_aspect >= 1:
        return height, round(width * pixel_aspect)
    return round(height / pixel_aspect), width


def is_plausible(pixel_aspect: Fraction) -> bool:
    """Returns whether a pixel may really have this shape."""
    return 1 <= MOST_STRETCHED * pixel_aspect <= MOST_STRETCHED**2


def resized(height: int, width: int, short_side: int | None) -> tuple[int, int]:
    """Returns height and width with the shorter one at most ``short_side`` pixels, shape kept."""
    if short_side is None or min(height, width) <= short_side:
        return height, width
    scale = short_side / min(height, width)
    return max(round(height * scale), 1), max(round(width * scale), 1)


class FrameConverter:
    """Turns decoded frames, or images, into pixels: one way for files and folders of frames.

    FFmpeg's bilinear scaler averages over all pixels that fall together when it shrinks, as the
    authors' PIL does.
    """

    def __init__(self, pixel_aspect: Fraction | None = None) -> None:
        self.pixel_aspect = pixel_aspect
        self._reformatter, self._resizer = VideoReformatter(), VideoReformatter()

    def to_image(
        self,
        frame: VideoFrame,
        *,
        short_side: int | None = None,
        channels: Literal["rgb24", "bgr24"] = "rgb24",
    ) -> Images:
        """Returns a frame as uint8 ``(H, W, 3)``, upright, of square pixels.

        Args:
            frame: As decoded.
            short_side: Most pixels of its shorter side; see ``Video.read``.
            channels: Their order.
        """
        upright = orientation_of(frame)
        height, width = square_size(frame.height, frame.width, self.pixel_aspect)
        height, width = resized(height, width, short_side)
        if width % 2 and width != frame.width:
            # FFmpeg's way to an odd width takes the same pixels half the time through planes.
            frame = self._scaled(self._resizer, frame, width, height, "gbrp")
        image = self._scaled(self._reformatter, frame, width, height, channels).to_ndarray()
        image = np.asarray(image, dtype=np.uint8)
        return image if upright == UPRIGHT else upright.apply(image)

    @staticmethod
    def _scaled(
        reformatter: VideoReformatter, frame: VideoFrame, width: int, height: int, form: str
    ) -> VideoFrame:
        """Returns a frame of other pixels; on one thread, as more cost as much to start."""
        way = Interpolation.BILINEAR
        if frame.format.name in RGB_FORMATS:
            way |= Interpolation.FULL_CHR_H_INP  # else every second pixel's color is dropped
        return reformatter.reformat(
            frame, width=width, height=height, format=form, interpolation=way, threads=1
        )
