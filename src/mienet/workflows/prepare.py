"""Preparing a dataset: from videos and their labels to checked lists that training starts from.

Everything is read and checked before a list is written; the videos are left where they are. A run
that was stopped resumes where it was, and gives the same files as one that was not.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from mienet import __version__
from mienet.annotations.fields import unknown_class
from mienet.annotations.published import FORMATS
from mienet.annotations.readers import to_csv
from mienet.annotations.records import AnnotationError, Annotations
from mienet.curation.labels import typo_notes
from mienet.curation.pool import Jobs
from mienet.curation.probe import PROBES, Probe, ProbeCache
from mienet.curation.problems import content_keys
from mienet.data.manifest import FILE_NAME, SPLITS, Excluded, PreparedDataset
from mienet.data.splitting import SplitError
from mienet.data.splitting import split as split_clips
from mienet.destinations import require_apart
from mienet.escaping import shown
from mienet.files import write_whole
from mienet.options import Range, checked
from mienet.video.reader import check_frame_pattern
from mienet.workflows.check import Inspection, inspect, write_findings
from mienet.workflows.prepare_source import (
    FRACTIONS,
    PrepareError,
    Source,
    below,
    ignored_counts,
    read_source,
    require_no_split,
    require_place,
    require_splits,
    size_notes,
)

FEW_CLIPS = 20
"""Training clips of a class up to which the recipe few is the one to begin with."""
MOST_SHOWN = 20
"""Clips and folders that a message names."""
EMPTY_FOLDER = "a class folder without videos"


@checked(split=Range(least=0), seed=Range(least=0), jobs=Range(least=1))
def prepare(
    source: str | Path,
    *,
    out: str | Path,
    videos: str | Path | None = None,
    annotations: Sequence[str | Path] = (),
    split: Sequence[float] | None = None,
    group_by: str | None = None,
    paths: str | None = None,
    classes: str | Path | None = None,
    exclude_classes: Sequence[str] = (),
    frame_pattern: str | None = None,
    seed: int = 0,
    skip_broken: bool = False,
    decode: bool = True,
    jobs: Jobs = None,
) -> tuple[Inspection, PreparedDataset]:
    """Checks videos and labels, splits them, and writes lists, ``dataset.json`` and a report.

    Args:
        source: The name of a published format (``FORMATS``), a folder of class folders, a folder
            with one CSV in it, a CSV, or a list.
        out: Folder of the dataset.
        videos: Folder that the annotations' paths start from; None is the source's own.
        annotations: Of a published format: its files, or their folder. None given looks for a
            folder ``annotations`` in that of the videos, or beside it.
        split: Parts of training, validation and test; None is 0.7, 0.15, 0.15, or what the
            annotations say.
        group_by: Column whose values never cross splits. None keeps the clips of one video, and
            copies of it, together.
        paths: What the videos' paths look like, such as ``{label}/{athlete}_{take}``. With a CSV
            as ``source``, its rows and the names together tell label and other columns.
        classes: File of class names; None takes them from the data.
        exclude_classes: Classes to leave out.
        frame_pattern: Names of the images in frame folders.
        seed: Decides the split.
        skip_broken: Whether to leave out clips that cannot be used and class folders without
            videos; otherwise they are an error. Of classes that are taken from the data, those
            without a clip are left out too.
        decode: Whether to decode every frame of every video, rather than count packets.
        jobs: Processes that read videos, and where; see ``run_jobs``.

    Raises:
        FileNotFoundError: If a file or folder is not there.
        AnnotationError: If rows are bad, with all of them.
        PrepareError: If the options do not fit the data, or clips are broken and not skipped.
        MienetError: If ``out`` lies among the videos, or has files that no preparation wrote.
        SplitError: If the split cannot be made.
    """
    folder = Path(out)
    if frame_pattern is not None:
        check_frame_pattern(frame_pattern)
    found = read_source(source, videos, annotations, paths, classes)
    _check_options(found, folder, split, group_by)
    named = {
        name: annotations.with_frame_pattern(frame_pattern)
        for name, annotations in found.splits.items()
    }
    kept, excluded = _without_classes(named, exclude_classes, found.videos)
    folder.mkdir(parents=True, exist_ok=True)
    cache = ProbeCache(folder / PROBES)
    settings: dict[str, Any] = {"decode": decode, "jobs": jobs}
    known = {entry.path for entry in excluded}
    first = inspect(kept, cache, videos=found.videos, known=known, **settings)
    unlisted = [problem for problem in first.problems if problem.kind == "unlisted"]
    excluded += [
        Excluded(below(problem.path, found.videos), "not in the annotations")
        for problem in unlisted
    ]
    left_out: list[str] = []
    if first.unusable or first.empty_folders:
        if not skip_broken or len(first.unusable) == _num_records(first):
            write_findings(first, folder, title=folder.name, jobs=jobs)
            raise PrepareError(_broken_message(first, found.videos, folder))
        kept = _without_unusable(kept, first, excluded, found.videos)
        if classes is None and str(source) not in FORMATS:
            left_out = _classes_without_clips(kept)
            kept, _ = _without_classes(kept, left_out, found.videos)
    if list(kept) == ["all"]:
        kept = _split(kept["all"], first.probes, split or FRACTIONS, group_by, seed)
    known = {entry.path for entry in excluded}
    settings |= {"group_by": group_by, "are_given": "all" not in found.splits}
    last = inspect(kept, cache, videos=found.videos, known=known, **settings)
    notes = [*last.notes, *_absent_notes(kept)]
    if left_out:
        notes.append(f"class(es) left out, as no clip of them can be used: {', '.join(left_out)}")
    if "all" in found.splits:
        counts = {name: len(annotations.records) for name, annotations in kept.items()}
        notes += size_notes(counts, split or FRACTIONS, group_by, what="clips")
    inspection = replace(
        last, problems=last.problems + unlisted, notes=notes, ignored=found.ignored
    )
    dataset = PreparedDataset(
        folder,
        found.videos,
        next(iter(kept.values())).classes,
        frame_pattern,
        sorted(excluded, key=lambda entry: (entry.path, str(entry))),
        {
            "source": found.name,
            "split": list(split or FRACTIONS) if "all" in found.splits else None,
            "group_by": group_by,
            "groups": inspection.groups,
            "seed": seed,
            "clips": {name: _counts(annotations) for name, annotations in kept.items()},
            "mienet": __version__,
        },
        ignored_counts(found.ignored, found.videos),
    )
    write_findings(inspection, folder, title=folder.name, jobs=jobs)
    _write(dataset, kept)
    return inspection, dataset


def recipe_for(dataset: PreparedDataset) -> str:
    """Returns the recipe that fits a dataset's clips: ``few`` for up to twenty of each class."""
    counts = _training_counts(dataset)
    return "few" if counts and median(counts.values()) <= FEW_CLIPS else "small"


def only_class(dataset: PreparedDataset) -> str | None:
    """Returns the class that all training clips are of; None if there are several, or no clip."""
    present = [name for name, count in _training_counts(dataset).items() if count]
    return present[0] if len(present) == 1 else None


def _training_counts(dataset: PreparedDataset) -> dict[str, int]:
    counts: dict[str, int] = dataset.provenance["clips"].get("train", {})
    return counts


def _check_options(
    found: Source, folder: Path, split: Sequence[float] | None, group_by: str | None
) -> None:
    require_apart(folder, found.videos, has_class_folders=found.has_class_folders)
    require_place(folder, found.files, found.videos)
    if "all" not in found.splits:
        require_no_split(found.name, found.splits, split, group_by, what="clips")
        return
    if group_by is None:
        return
    annotations = found.splits["all"]
    if group_by == "label":
        raise PrepareError(
            "a class cannot be kept in one split: group by who or where was filmed, such as "
            "--group-by athlete"
        )
    if group_by not in annotations.columns:
        there = "nothing but the class is known of these videos"
        if annotations.columns:
            there = f"the columns are: {', '.join(annotations.columns)}"
        raise PrepareError(
            f"no column {group_by!r} to group by: {there}. Give a CSV with the "
            f"columns path,label,{group_by}, or say how paths are named: "
            f"--paths '{{label}}/{{{group_by}}}_{{take}}'. Where the names tell the label and a "
            f"CSV the {group_by}, give both: mienet prepare FILE.csv --videos FOLDER --paths "
            "'{label}_{take}'"
        )
    at = annotations.columns.index(group_by)
    if empty := [f"{r.source}: no {group_by}" for r in annotations.records if not r.extra[at]]:
        raise AnnotationError("rows without a group", empty)


def _without_classes(
    splits: Mapping[str, Annotations], left_out: Sequence[str], videos: Path
) -> tuple[dict[str, Annotations], list[Excluded]]:
    """Returns the clips of the other classes, and those of the classes to leave out."""
    classes = next(iter(splits.values())).classes
    if unknown := sorted(set(left_out) - set(classes)):
        raise PrepareError(
            "; ".join(f"cannot exclude: {unknown_class(n, classes)}" for n in unknown)
        )
    names = [name for name in classes if name not in set(left_out)]
    if not names:
        raise PrepareError("--exclude-classes names every class; nothing would be left")
    label_of = {name: label for label, name in enumerate(names)}
    kept, excluded = {}, []
    for split, annotations in splits.items():
        records = []
        for record in annotations.records:
            name = None if record.label is None else classes[record.label]
            if name is None or name in label_of:
                records.append(record._replace(label=None if name is None else label_of[name]))
            else:
                excluded.append(Excluded.of(record, videos, f"class {name}"))
        folders = tuple(f for f in annotations.empty_folders if Path(f).name in label_of)
        kept[split] = replace(annotations, records=records, classes=names, empty_folders=folders)
    return kept, excluded


def _classes_without_clips(splits: Mapping[str, Annotations]) -> list[str]:
    present = {record.label for annotations in splits.values() for record in annotations.records}
    classes = next(iter(splits.values())).classes
    return [name for label, name in enumerate(classes) if label not in present]


def _without_unusable(
    splits: Mapping[str, Annotations],
    inspection: Inspection,
    excluded: list[Excluded],
    videos: Path,
) -> dict[str, Annotations]:
    """Returns the clips that can be used; others, and empty folders, are added to ``excluded``."""
    unusable = {(problem.source, problem.path): problem.kind for problem in inspection.unusable}
    kept = {}
    for name, annotations in splits.items():
        records = []
        for record in annotations.records:
            kind = unusable.get((record.source, record.path))
            if kind is None:
                records.append(record)
            else:
                excluded.append(Excluded.of(record, videos, kind))
        if not records:
            raise PrepareError(f"no usable clip is left for {name}")
        excluded += [Excluded(below(f, videos), EMPTY_FOLDER) for f in annotations.empty_folders]
        kept[name] = replace(annotations, records=records, empty_folders=())
    return kept


def _split(
    annotations: Annotations,
    probes: Mapping[str, Probe],
    fractions: Sequence[float],
    group_by: str | None,
    seed: int,
) -> dict[str, Annotations]:
    require_splits(fractions)
    records = annotations.records
    groups: list[str]
    if group_by is not None:
        at = annotations.columns.index(group_by)
        groups = [record.extra[at] for record in records]
    else:
        # Clips of one video, copies of a video, and a video and its frames stay together.
        same = content_keys((record.path for record in records), probes)
        groups = [same[record.path] for record in records]
    try:
        placed = split_clips(
            [record.label or 0 for record in records],
            fractions,
            groups=groups,
            group_name=group_by or "video",
            classes=annotations.classes,
            seed=seed,
        )
    except SplitError as error:
        raise SplitError("\n  ".join([str(error), *typo_notes({"all": annotations})])) from error
    return {
        SPLITS[part]: replace(
            annotations, records=[r for r, p in zip(records, placed, strict=True) if p == part]
        )
        for part in range(len(fractions))
    }


def _absent_notes(splits: Mapping[str, Annotations]) -> list[str]:
    notes = []
    for name, annotations in splits.items():
        present = {record.label for record in annotations.records}
        absent = [c for label, c in enumerate(annotations.classes) if label not in present]
        if absent and present != {None}:
            named = ", ".join(absent[:10]) + (" ..." if len(absent) > 10 else "")
            notes.append(f"{name} has no clip of {len(absent)} class(es): {named}")
    return notes


def _counts(annotations: Annotations) -> dict[str, int]:
    counts = Counter(record.label for record in annotations.records)
    return {name: counts[label] for label, name in enumerate(annotations.classes)}


def _num_records(inspection: Inspection) -> int:
    return sum(len(annotations.records) for annotations in inspection.splits.values())


def _broken_message(inspection: Inspection, videos: Path, folder: Path) -> str:
    """Returns what stops the preparation; further lines are indented, as in every error."""
    broken, empty = inspection.unusable, inspection.empty_folders
    records = _num_records(inspection)
    counted = [f"{len(broken)} of {records} clips cannot be used"] if broken else []
    counted += [f"{len(empty)} class folder(s) hold no videos"] if empty else []
    lines = [shown(problem.message) for problem in [*empty, *broken][:MOST_SHOWN]]
    if (more := len(empty) + len(broken) - len(lines)) > 0:
        lines.append(f"... and {more} more")
    if broken and all(problem.kind == "missing" for problem in broken) and len(broken) == records:
        lines.append(
            f"None of the videos is there: paths start from {shown(videos)}; write them as they "
            "are below it, with their endings, or give another folder with --videos."
        )
    others = ", or leave them out with --skip-broken" if len(broken) < records else ""
    lines.append(
        f"See {shown(folder / 'report.html')} and problems.csv. Fix them{others}; what was read "
        "already is not read again."
    )
    return "\n  ".join([f"{' and '.join(counted)}:", *lines])


def _write(dataset: PreparedDataset, splits: Mapping[str, Annotations]) -> None:
    """Writes the lists and then dataset.json, each at once."""
    for name in SPLITS:
        path = dataset.folder / f"{name}.csv"
        if name in splits:
            write_whole(path, to_csv(splits[name], root=dataset.videos))
        else:
            path.unlink(missing_ok=True)
    write_whole(dataset.folder / FILE_NAME, dataset.to_json())
