"""What ``--error-rate`` means for a model: from which familiarity on it answers."""

from collections.abc import Mapping
from typing import Any

from mienet.errors import MienetError
from mienet.metrics.selection import Selection
from mienet.options import declared
from mienet.recognizer import Recognizer
from mienet.view_options import ViewOptions

VIEWS = ("clips", "crops", "short_side", "crop_size")
"""Options that change how familiar a clip is."""


def select_for(recognizer: Recognizer, error_rate: float, options: Mapping[str, Any]) -> Selection:
    """Returns from which familiarity on a model's answers keep an error rate.

    Args:
        recognizer: The model.
        error_rate: Share of wrong answers among those given, above 0.
        options: Those of ``ViewOptions``, which are to be as in validation.

    Raises:
        MienetError: For other views, or if the model or its validation cannot promise the rate.
    """
    known = declared(ViewOptions)
    if given := [name for name in VIEWS if options[name] != known[name][1].default]:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise MienetError(
            f"--error-rate holds for one view of a video, as in validation; leave {flags} out"
        )
    return recognizer.select(error_rate)


def selection_note(selection: Selection) -> str:
    """Returns what an error rate costs, and where that is known from."""
    return (
        f"answers from familiarity {selection.threshold:.2f} on: in validation "
        f"{selection.answered} of {selection.total} clips, {selection.wrong} of them wrong; on new "
        f"clips of these classes at most {selection.error_bound:.1%} wrong (95 % confidence)"
    )
