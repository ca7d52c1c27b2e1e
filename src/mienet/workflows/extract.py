"""Frames of many videos as images, for other tools that need them; training does not.

frames/CLASS/NAME/img_00001.jpg    one folder per video, laid out as the videos are
frames/frames.txt                  each folder and the number of its frames
frames/extracted.jsonl             what is done and how, so that a stopped run goes on
"""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from mienet.annotations.discovery import Ignored, ignored_lines, is_frame_folder
from mienet.curation.extraction import Extraction, ExtractionJob, extract_frames, lost_video
from mienet.curation.pool import Jobs, run_jobs
from mienet.curation.probe import file_signature
from mienet.data.manifest import is_prepared
from mienet.data.resolve import resolve_videos
from mienet.destinations import require_outside
from mienet.errors import MienetError
from mienet.files import TEMPORARY_PREFIX, Journal, keep_folder, write_whole
from mienet.options import Range, checked
from mienet.video.address import local
from mienet.video.reader import check_frame_pattern

FORMATS = ("jpg", "png")


PARTIAL = f"{TEMPORARY_PREFIX}extract"
"""Where frames are written before their folder is whole, in the folder of all frames."""


class ExtractError(MienetError):
    """Frames that cannot be extracted as asked."""


@dataclass(frozen=True)
class Extractions:
    """What is in the folder now.

    Attributes:
        done: Videos with all their frames, by path.
        problems: What is wrong with the others.
        ignored: What lies in the folder and is no video file.
    """

    done: list[Extraction]
    problems: list[str]
    ignored: Sequence[Ignored] = ()


@checked(jobs=Range(least=1))
def extract(
    videos: str | Path,
    *,
    out: str | Path,
    format: str = "jpg",
    quality: int = 95,
    short_side: int | None = None,
    frame_pattern: str | None = None,
    deinterlace: bool = False,
    jobs: Jobs = None,
) -> Extractions:
    """Writes the frames of all videos, and resumes where an earlier run was stopped.

    Args:
        videos: A folder of videos and sub-folders, one video, a list, or a prepared dataset.
        out: Folder of the frames.
        format: ``jpg``, or ``png``, which keeps every pixel.
        quality: Of jpg, 1 to 100.
        short_side: Pixels of the shorter side; None keeps the size, as do smaller videos.
        frame_pattern: The images' names; None is ``img_{:05d}`` and the format.
        deinterlace: Whether frames that are marked as interlaced are deinterlaced.
        jobs: Processes, and where; see ``run_jobs``.

    Raises:
        FileNotFoundError: If there are no videos.
        ExtractError: If an option is not accepted, two videos would share a folder, or ``out``
            holds frames that were extracted otherwise.
        MienetError: If ``out`` lies among the videos, or another process writes there.
    """
    source, folder = local(videos), Path(out)
    pattern = _pattern(format, frame_pattern)
    if not 1 <= quality <= 100:
        raise ExtractError(f"--quality must be from 1 to 100, got {quality}")
    if short_side is not None and short_side < 1:
        raise ExtractError(f"--short-side must be at least 1, got {short_side}")
    if not source.exists():
        raise FileNotFoundError(f"{source}: no such folder or video")
    files, root, ignored = _video_files(source)
    folders = [source] if source.is_dir() and not is_prepared(source) else []
    why = "each of which would be found twice, as a video and as its frames"
    require_outside(folder, folders, files, why=why)
    targets = _targets(files, root, folder)
    how: dict[str, object] = {
        "frame_pattern": pattern,
        "short_side": short_side,
        "quality": quality,
    }
    if deinterlace:  # not named otherwise, as folders of earlier versions do not know it
        how["deinterlace"] = True
    journal = Journal(folder / "extracted.jsonl")
    if not journal.path.exists():
        _check_is_new(folder, targets.values())
    with _kept(folder) as partial:
        done = _done(journal, how)
        if not done:
            journal.rewrite([how])
        jobs_left = [
            ExtractionJob(
                video,
                target,
                str(partial / str(number)),
                pattern,
                short_side,
                quality,
                deinterlace=deinterlace,
            )
            for number, (video, target) in enumerate(targets.items())
            if not _is_done(done.get(video), target)
        ]
        problems = _extract_each(jobs_left, done, journal, jobs, len(targets))
        kept = [done[video] for video in sorted(done)]
        journal.rewrite([how, *(_line(entry, folder) for entry in kept)])
        lines = [f"{Path(e.folder).relative_to(folder).as_posix()} {e.num_frames}\n" for e in kept]
        write_whole(folder / "frames.txt", "".join(lines))
    finished = [done[video] for video in targets if video in done]
    return Extractions(finished, sorted(problems), ignored)


@contextmanager
def _kept(folder: Path) -> Iterator[Path]:
    """Keeps a folder of frames for this process, and yields where those of a video begin.

    What a run that was killed has left there is deleted, and at the end all of it.

    Raises:
        MienetError: If another process has the folder.
    """
    partial = folder / PARTIAL
    partial.mkdir(parents=True, exist_ok=True)
    with (partial / "lock").open("w") as file:
        keep_folder(folder, file)
        for left in partial.iterdir():
            if left.is_dir():
                shutil.rmtree(left)
        try:
            yield partial
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _extract_each(
    waiting: Sequence[ExtractionJob],
    done: dict[str, Extraction],
    journal: Journal,
    jobs: Jobs,
    num_videos: int,
) -> list[str]:
    """Extracts videos, adds each to what is done and to the journal, and returns all problems."""
    problems = []
    for job in waiting:
        done.pop(job.video, None)
    for job, result in run_jobs(
        extract_frames,
        waiting,
        jobs=jobs,
        description="Extracting videos",
        already_done=num_videos - len(waiting),
        lost=lost_video,
        path_of=lambda job: job.video,
    ):
        if result is None:
            continue
        if result.problem:
            problems.append(result.problem)
        else:
            journal.append(_line(result, journal.path.parent))
            done[job.video] = result
    return problems


def _video_files(source: Path) -> tuple[list[Path], Path, list[Ignored]]:
    """Returns the video files at a path, the folder that holds them, and what else is there.

    Raises:
        FileNotFoundError: If there are none.
        ExtractError: If there are frames in place of videos, or a list cannot be read.
    """
    found = resolve_videos([source])
    if found.problems:
        raise ExtractError("\n  ".join(found.problems))
    there = [Path(path) for path in dict.fromkeys(record.path for record in found.records)]
    frames = [path for path in there if path.is_dir() and is_frame_folder(path)]
    if frames == [source]:
        raise ExtractError(f"{source}: holds images, not videos; they are frames already")
    files = [path for path in there if not path.is_dir()]
    ignored = [*found.ignored, *(Ignored(str(v), "a folder of frames already") for v in frames)]
    if not files:
        said = [f"{source}: no videos in this folder", *ignored_lines(ignored)]
        raise FileNotFoundError("\n  ".join(said))
    if source.is_dir() and not is_prepared(source):
        return files, source, ignored
    return files, Path(os.path.commonpath([file.absolute().parent for file in files])), ignored


def ignored_summary(found: Extractions) -> list[str]:
    """Returns lines on what was ignored, for the screen."""
    return ignored_lines(found.ignored)


def _pattern(format: str, frame_pattern: str | None) -> str:
    if format not in FORMATS:
        raise ExtractError(f"--format must be one of {', '.join(FORMATS)}, got {format!r}")
    pattern = frame_pattern or f"img_{{:05d}}.{format}"
    check_frame_pattern(pattern)
    if not pattern.endswith(f".{format}"):
        raise ExtractError(f"--frame-pattern must end in .{format}, got {pattern!r}")
    return pattern


def _targets(videos: list[Path], root: Path, folder: Path) -> dict[str, str]:
    """Returns the folder of every video's frames.

    Raises:
        ExtractError: If two would share one, or one lie in another's, with all of them.
    """
    targets = {str(v): str(folder / Path(os.path.relpath(v, root)).with_suffix("")) for v in videos}
    first: dict[str, str] = {}
    problems = []
    for video, target in targets.items():
        if target in first:
            problems.append(f"  {video} and {first[target]} would both go to {target}")
        first.setdefault(target, video)
    for video, target in targets.items():
        for parent in Path(target).parents:
            if str(parent) in first:
                problems.append(f"  {video} would go into the frames of {first[str(parent)]}")
    if problems:
        raise ExtractError("\n".join(["rename some of these videos:", *problems]))
    return targets


def _check_is_new(folder: Path, targets: Iterable[str]) -> None:
    """Raises an ``ExtractError`` if a first run would replace folders that it did not make."""
    places = [folder / "frames.txt", *map(Path, targets)]
    taken = [place for place in places if place.exists() and not _is_empty(place)]
    if taken:
        more = f" and {len(taken) - 1} more" if len(taken) > 1 else ""
        raise ExtractError(
            f"{taken[0]}{more} would be replaced by frames, and is not from mienet extract; choose "
            "another --out"
        )


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _done(journal: Journal, how: Mapping[str, object]) -> dict[str, Extraction]:
    """Returns what earlier runs did, by video.

    Raises:
        ExtractError: If they did it otherwise.
    """
    lines = journal.read()
    if not lines:
        return {}
    before = lines[0]
    if before != how:
        raise ExtractError(
            f"{journal.path.parent} holds frames extracted with {json.dumps(before)}, not with "
            f"{json.dumps(how)}; choose another --out, or the same options"
        )
    folder = journal.path.parent
    return {
        line["video"]: Extraction(**line | {"folder": str(folder / line["folder"])})
        for line in lines[1:]
    }


def _line(entry: Extraction, folder: Path) -> dict[str, object]:
    """Returns what the journal says of one video, with its folder as seen from the journal."""
    return asdict(entry) | {"folder": Path(entry.folder).relative_to(folder).as_posix()}


def _is_done(before: Extraction | None, target: str) -> bool:
    if before is None or before.folder != target or not Path(target).is_dir():
        return False
    same = file_signature(before.video) == (before.size_bytes, before.modified_ns)
    return same and len(os.listdir(target)) == before.num_frames  # noqa: PTH208
