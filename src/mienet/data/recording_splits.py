"""Which whole recordings go to training, validation and test: alike in all labels at once."""

from collections.abc import Hashable, Sequence

from mienet.data.splitting import joined_groups, split
from mienet.labeling.timelines import AnnotatedVideo, Interval, in_order


def split_recordings(
    videos: Sequence[AnnotatedVideo],
    keys: Sequence[Sequence[Hashable]],
    fractions: Sequence[float],
    *,
    group_name: str = "video",
    seed: int = 0,
) -> list[tuple[AnnotatedVideo, ...]]:
    """Returns the videos of every split, alike in numbers of videos and of marks of each label.

    Args:
        videos: All recordings.
        keys: Of every video, at least one: videos that share one stay together.
        fractions: Part of videos and marks that each split should get; the first is training.
        group_name: What a group is, for messages: ``subject``.
        seed: Decides among equals.

    Raises:
        SplitError: As ``split``, and if training would get no mark of a phase or event.
    """
    groups = joined_groups(keys)
    # Each video counts once for itself, so that videos without marks are spread as well.
    names = {(object, "video"): "video"}
    items: list[int] = []
    item_groups: list[Hashable] = []
    numbers: dict[tuple[type, str], int] = {(object, "video"): 0}
    for video, group in zip(videos, groups, strict=True):
        own = [0]
        for mark in in_order(video):
            kind = (type(mark), mark.label)
            names[kind] = mark.label if isinstance(mark, Interval) else f"{mark.label} (event)"
            own.append(numbers.setdefault(kind, len(numbers)))
        items += own
        item_groups += [group] * len(own)
    placed = split(
        items,
        fractions,
        groups=item_groups,
        group_name=group_name,
        classes=list(names.values()),
        seed=seed,
        what=("mark", "videos and marks"),
    )
    part_of = dict(zip(item_groups, placed.tolist(), strict=True))
    return [
        tuple(video for video, group in zip(videos, groups, strict=True) if part_of[group] == part)
        for part in range(len(fractions))
    ]
