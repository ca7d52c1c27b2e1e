"""How fast cameras took recordings, where a list says it: in slow motion files are slower."""

from collections.abc import Sequence

from mienet.annotations.fields import camera_rate
from mienet.annotations.records import AnnotationError
from mienet.data.resolve import Cell
from mienet.options import OptionError, option_name


def said_twice(source: str) -> OptionError:
    """Returns the error where an option and a list, at ``source``, say how fast a camera was."""
    return OptionError(
        f"{option_name('capture_fps')} is given, and {source} has a column capture_fps; leave one "
        "out"
    )


def camera_rates(cells: Sequence[Cell], option: float | None) -> dict[str, float]:
    """Returns the camera's frames per second of each recording of which a list says it, by path.

    Args:
        cells: A list's column ``capture_fps``.
        option: What is given for all recordings, if anything.

    Raises:
        OptionError: If both say it.
        AnnotationError: If cells are no rates, or differ for one recording, with all that do.
    """
    if cells and option is not None:
        raise said_twice(cells[0].source)
    rates: dict[str, float] = {}
    problems = []
    for path, text, source in cells:
        try:
            rate = camera_rate(text)
        except ValueError as error:
            problems.append(f"{source}: {error}")
            continue
        if rates.setdefault(path, rate) != rate:
            problems.append(f"{source}: capture_fps is {text}; another row has {rates[path]:g}")
    if problems:
        raise AnnotationError("bad rows", problems)
    return rates
