"""The labeled videos of a sweep: clips or whole recordings, by place, with what is alike."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mienet.annotations.readers import to_csv
from mienet.annotations.records import Annotations
from mienet.data.recordings import Recordings, read_recordings, subjects_of
from mienet.data.resolve import read_labeled
from mienet.data.splitting import joined_groups
from mienet.errors import MienetError
from mienet.labeling.timeline_tables import write_timeline_table

SUBJECT = "subject"


@dataclass(frozen=True, eq=False)
class SweepVideos:
    """Labeled videos, ``N`` of them.

    Attributes:
        paths: Of each.
        labels: Class of each; 0 of recordings, which have no single one.
        classes: Names of the classes; none of recordings.
        groups: What each belongs to; videos of one group stay together.
        groups_are: What a group is, such as subject or video.
        columns: What the list's other columns say of each, by their names.
        write: From places to the text of a list of these videos, with whole paths.
    """

    paths: Sequence[str]
    labels: Sequence[int]
    classes: Sequence[str]
    groups: Sequence[str]
    groups_are: str
    columns: dict[str, Sequence[str]]
    write: Callable[[Sequence[int]], str]

    def column(self, name: str, wanted_by: str) -> Sequence[str]:
        """Returns what a column says of each video.

        Raises:
            MienetError: If there is no such column.
        """
        if name not in self.columns:
            others = ", ".join(self.columns) or "none but path and label"
            raise MienetError(f"{wanted_by} names no column: {name!r}; the list has {others}")
        return self.columns[name]


def read_clips(
    source: Path, *, root: Path | None, group_by: str | None, exclude: Sequence[str]
) -> SweepVideos:
    """Returns the labeled clips of a list or of class folders.

    Args:
        source: The list or folder.
        root: Folder that the list's paths start from; None is the list's own.
        group_by: Column with the groups; None takes each video for itself, as an empty cell does.
        exclude: Classes to leave out.

    Raises:
        MienetError: If the list is bad, has no such column, or none of its clips has a class that
            is to be left out.
        OSError: If it is not there.
    """
    found = _without(read_labeled(source, root=root), exclude, source)
    paths = [record.path for record in found.records]
    videos = SweepVideos(
        paths,
        [record.label or 0 for record in found.records],
        found.classes,
        paths,
        "video",
        {
            name: [record.extra[at] for record in found.records]
            for at, name in enumerate(found.columns)
        },
        lambda places: to_csv(replace(found, records=[found.records[at] for at in places])),
    )
    if group_by is None:
        return videos
    own = videos.column(group_by, "group_by")
    pairs = zip(own, paths, strict=True)
    groups = joined_groups([((group_by, group) if group else path, path) for group, path in pairs])
    names = [key[1] if isinstance(key, tuple) else str(key) for key in groups]
    return replace(videos, groups=names, groups_are=group_by)


def read_whole_recordings(source: Path, *, root: Path | None, group_by: str | None) -> SweepVideos:
    """Returns the annotated recordings of a list; a group is who is in them.

    Raises:
        MienetError: If the list is bad, or ``group_by`` is anything but the subject.
        OSError: If it is not there.
    """
    if group_by not in (None, SUBJECT):
        raise MienetError(
            f"group_by: recordings are grouped by {SUBJECT} alone, got {group_by!r}; leave it out, "
            f"or name the column {SUBJECT}"
        )
    found = read_recordings(source, videos=root)
    subjects = [subjects_of(video) for video in found.videos]
    keys = [own or (video.path,) for own, video in zip(subjects, found.videos, strict=True)]
    return SweepVideos(
        [video.path for video in found.videos],
        [0] * len(found.videos),
        (),
        [str(group) for group in joined_groups(keys)],
        SUBJECT if any(subjects) else "recording",
        {SUBJECT: [" ".join(own) for own in subjects]},
        lambda places: _table(found, places),
    )


def _table(recordings: Recordings, places: Sequence[int]) -> str:
    return write_timeline_table([recordings.videos[at] for at in places])["annotations.csv"]


def _without(found: Annotations, exclude: Sequence[str], source: Path) -> Annotations:
    """Returns the clips without those of some classes."""
    if unknown := [name for name in exclude if name not in found.classes]:
        raise MienetError(
            f"exclude_classes: {source} has no class {unknown[0]!r}; it has "
            f"{', '.join(found.classes)}"
        )
    kept = [name for name in found.classes if name not in exclude]
    index = {found.classes.index(name): at for at, name in enumerate(kept)}
    records = [
        record._replace(label=index[record.label])
        for record in found.records
        if record.label in index
    ]
    return replace(found, records=records, classes=kept)


def count_by_class(videos: SweepVideos, places: Sequence[int]) -> Counter[int]:
    """Returns how many of the videos at some places are of each class."""
    return Counter(videos.labels[at] for at in places)
