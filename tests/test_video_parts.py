"""Parts of videos in words: the last frame is the one that is in the part."""

import pytest

from mienet.video_parts import named_part, part_in_words


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ((None, None, None, None), ""),
        ((1.5, 3.0, None, None), "seconds 1.5 to 3"),
        ((None, 4000.125, None, None), "seconds 0 to 4000.125"),
        ((2.0, None, None, None), "seconds 2 to the end"),
        ((None, None, 10, 20), "frames 10 to 19"),
        ((None, None, None, 1), "frames 0 to 0"),
        ((None, None, 7, None), "frames 7 to the end"),
        ((None, None, 0, 12_345_678_901), "frames 0 to 12345678900"),
    ],
)
def test_words_of_a_part(
    part: tuple[float | None, float | None, int | None, int | None], words: str
) -> None:
    assert part_in_words(*part) == words


def test_a_whole_video_is_named_alone() -> None:
    assert named_part("a.mp4", None, None, None, None) == "a.mp4"
    assert named_part("a.mp4", None, None, 3, 4) == "a.mp4 (frames 3 to 3)"
