"""What each kind of problem means for training, and what to do about it: one place for all."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """What a kind of problem means.

    Attributes:
        training: Whether and how training is affected.
        action: What to do.
    """

    training: str
    action: str

    def __str__(self) -> str:
        return f"Training: {self.training}. What to do: {self.action}."


_STOPS = "stops before it begins, as they cannot be read"
_SKIP = "or leave them out with mienet prepare --skip-broken"

ADVICE = {
    "missing": Advice(_STOPS, f"correct the paths or bring the files back, {_SKIP}"),
    "unreadable": Advice(_STOPS, f"replace the files by whole ones, {_SKIP}"),
    "no frames": Advice(_STOPS, f"replace the files by whole ones, {_SKIP}"),
    "cut short": Advice(
        "would use shorter clips than were recorded",
        f"copy the files again from where they came, {_SKIP}",
    ),
    "damaged": Advice(
        "may stop at the frames that cannot be decoded, or learn from false ones",
        f"copy the files again or convert them, {_SKIP}",
    ),
    "outside the video": Advice(
        "stops before it begins, as the video does not have these frames",
        f"correct the times or frames in the list, {_SKIP}",
    ),
    "bad annotation": Advice(
        "would miss these marks, and take their time for background",
        f"correct them in the program that they were made with, {_SKIP}",
    ),
    "bad label": Advice(
        "stops before it begins, as the lists cannot hold such a label or subject",
        f"rename it, {_SKIP}",
    ),
    "overlap": Advice(
        "cannot go on, as a frame has one phase",
        f"correct the times, take some layers or subjects alone (--tiers, --subjects), {_SKIP}",
    ),
    "empty class folder": Advice(
        "stops before it begins, as nothing shows what this class is",
        "add videos, remove the folder, or leave the class out with mienet prepare "
        "--exclude-classes or --skip-broken",
    ),
    "in two splits": Advice(
        "is not disturbed, but accuracy looks better than it is",
        "remove the clip from one of the lists, or run mienet prepare again",
    ),
    "group in two splits": Advice(
        "is not disturbed, but accuracy looks better than it is on new people or places",
        "run mienet prepare again with --group-by",
    ),
    "duplicate": Advice("counts this content twice", "keep one of the two, with the right label"),
    "listed twice": Advice(
        "counts this twice, under both labels if they differ",
        "remove one of the rows, of different labels the wrong one",
    ),
    "implausible frame rate": Advice(
        "is not affected, unless clips are given in seconds",
        "convert the video with the right rate, or give start_frame and end_frame",
    ),
    "unlisted": Advice(
        "is not affected, as these videos are not used",
        "nothing; to use them, label them and run mienet prepare again",
    ),
    "class without clips": Advice(
        "goes on with a class that it can never learn",
        "add clips, or leave the class out of the class names",
    ),
}
"""By kind, as in ``curation.problems.KINDS``."""
