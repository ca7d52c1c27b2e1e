"""Names in plots, and their images."""

import struct

from matplotlib.cbook import is_math_text
from matplotlib.figure import Figure

from mienet.rendering.plots import plain, png


def test_a_name_between_dollars_is_no_formula() -> None:
    assert is_math_text("$jump_1$")
    assert not is_math_text(plain("$jump_1$"))


def test_an_image_has_the_pixels_of_its_inches() -> None:
    content = png(Figure(figsize=(2, 1)), dots_per_inch=50)
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (100, 50)
