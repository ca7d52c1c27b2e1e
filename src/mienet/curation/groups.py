"""Which groups (subjects, sessions) are in which split: what ``--group-by`` promises, shown."""

from collections import Counter
from collections.abc import Mapping, Sequence

from mienet.annotations.records import Annotations
from mienet.escaping import shown as harmless

MOST_SHOWN = 12


def groups_by_split(
    splits: Mapping[str, Annotations], group_by: str | None
) -> dict[str, dict[str, int]]:
    """Returns the clips of every group in every split; empty if nothing was grouped by."""
    found: dict[str, dict[str, int]] = {}
    for name, annotations in splits.items():
        if group_by is None or group_by not in annotations.columns:
            continue
        column = annotations.columns.index(group_by)
        counts: dict[str, int] = {}
        for record in annotations.records:
            counts[record.extra[column]] = counts.get(record.extra[column], 0) + 1
        found[name] = dict(sorted(counts.items()))
    return found


def shared_groups(groups: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Returns the groups that are in several splits."""
    counts = Counter(name for held in groups.values() for name in held)
    return sorted(name for name, count in counts.items() if count > 1)


def shared_notes(column: str, groups: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Returns a note if groups are in several splits, which nothing was to keep apart.

    Args:
        column: What they are groups by.
        groups: As ``groups_by_split`` returns them.
    """
    if not (both := shared_groups(groups)):
        return []
    return [
        f"{len(both)} {column}(s) in several splits ({shown(both)}): accuracy will look better "
        "than it is on new ones"
    ]


def group_lines(group_by: str | None, groups: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Returns lines for the screen: how many groups each split has, which, and whether any share.

    Args:
        group_by: The column.
        groups: As ``groups_by_split`` returns them.
    """
    if not groups:
        return []
    return [
        f"\nsplit by {group_by}: {verdict(group_by, groups)}",
        *(f"  {name:6}{len(held):5}  {shown(list(held))}" for name, held in groups.items()),
    ]


def verdict(group_by: str | None, groups: Mapping[str, Mapping[str, int]]) -> str:
    """Returns in words whether the splits share groups."""
    both = shared_groups(groups)
    if both:
        return f"{len(both)} in several splits ({shown(both)})"
    return f"every {group_by} is in one split only"


def shown(names: Sequence[str]) -> str:
    """Returns the first names, and how many more there are."""
    more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    return ", ".join(map(harmless, names[:MOST_SHOWN])) + more
