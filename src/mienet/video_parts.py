"""A part of a video in words, wherever people read of it: on the screen, on pages, in tables."""


def part_in_words(
    start_seconds: float | None,
    end_seconds: float | None,
    start_frame: int | None,
    end_frame: int | None,
) -> str:
    """Returns which part of a video is meant, with the last frame named; empty for all of it.

    The arguments are those of ``VideoRecord``: frames 10 to 20, where 20 is the first one after the
    part, are "frames 10 to 19".
    """
    if start_seconds is not None or end_seconds is not None:
        end = "the end" if end_seconds is None else f"{end_seconds:.10g}"
        return f"seconds {start_seconds or 0:.10g} to {end}"
    if start_frame is not None or end_frame is not None:
        last = "the end" if end_frame is None else str(end_frame - 1)
        return f"frames {start_frame or 0} to {last}"
    return ""


def named_part(
    path: str,
    start_seconds: float | None,
    end_seconds: float | None,
    start_frame: int | None,
    end_frame: int | None,
) -> str:
    """Returns a video's name with the part of it, if it is one: "a.mp4 (seconds 1.5 to 3)"."""
    part = part_in_words(start_seconds, end_seconds, start_frame, end_frame)
    return f"{path} ({part})" if part else path
