"""What ``--error-rate`` means for a model: from which familiarity on it answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from mienet.errors import MienetError
from mienet.metrics.selection import Selection
from mienet.options import declared
from mienet.recognizer import Recognizer
from mienet.view_options import ViewOptions

VIEWS = ("clips", "crops", "short_side", "crop_size")
"""Options that change how familiar a clip is."""


def select_for(recognizers: Sequence[Recognizer], options: Mapping[str, Any]) -> Selection | None:
    """Returns from which familiarity on a model answers; None where no error rate is asked for.

    Args:
        recognizers: The model as it was opened, which is to be one.
        options: Those of ``SelectionOptions`` and ``ViewOptions``; the views are to be as in
            validation.

    Raises:
        MienetError: For several models or other views, or if the model or its validation cannot
            promise the rate.
    """
    if options["error_rate"] is None:
        return None
    if len(recognizers) > 1:
        raise MienetError("--error-rate is of one model's familiarity; give one model")
    (recognizer,) = recognizers
    if other := [name for name in VIEWS if not _is_as_in_validation(name, recognizer, options)]:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in other)
        raise MienetError(
            f"--error-rate holds for one view of a video, as in validation; leave {flags} out"
        )
    return recognizer.select(options["error_rate"])


def _is_as_in_validation(name: str, recognizer: Recognizer, options: Mapping[str, Any]) -> bool:
    default = declared(ViewOptions)[name][1].default
    return options[name] in (default, getattr(recognizer.clip_format, name, default))


def selection_note(selection: Selection) -> str:
    """Returns what an error rate costs, and where that is known from."""
    return (
        f"answers from familiarity {selection.threshold:.2f} on: in validation "
        f"{selection.answered} of {selection.total} clips, {selection.wrong} of them wrong; on new "
        f"clips of these classes at most {selection.error_bound:.1%} wrong (95 % confidence)"
    )
