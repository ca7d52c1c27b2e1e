"""Every video of a training is decoded once, before the first step, and its small frames kept."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from mienet.annotations.records import AnnotationError, VideoRecord
from mienet.processors import num_processors
from mienet.progress import progress_bar
from mienet.video.frame_cache import FrameCache, Reading
from mienet.video.reader import VideoError


class Kept(NamedTuple):
    """What became of a training's videos.

    Attributes:
        videos: How many there are.
        kept: Those whose frames are kept.
        problem: Why keeping stopped, if the disk did not take more; empty otherwise.
    """

    videos: int
    kept: int
    problem: str = ""


ReadingOf = Callable[[VideoRecord], Reading]
"""Says how a record's video is read."""


def readings(records: Iterable[VideoRecord], reading_of: ReadingOf) -> list[Reading]:
    """Returns every video of the records once."""
    return list(dict.fromkeys(map(reading_of, records)))


def all_kept(cache: FrameCache, records: Iterable[VideoRecord], reading_of: ReadingOf) -> bool:
    """Returns whether no video of the records has to be decoded."""
    return all(cache.holds(one) for one in readings(records, reading_of))


def keep_frames(
    cache: FrameCache,
    records: Sequence[VideoRecord],
    reading_of: ReadingOf,
    *,
    progress: bool = True,
) -> Kept:
    """Decodes the videos that are not kept yet, as many at once as there are processors.

    Those for which there is no room are read in every epoch, as are those that are damaged outside
    of the parts that records name.

    Raises:
        AnnotationError: With every video that is damaged and wanted whole.
        FileNotFoundError: If a video is not there.
    """
    videos = readings(records, reading_of)
    missing = [one for one in videos if not cache.holds(one)]
    try:
        room = cache.make_room(videos)
    except OSError as error:
        return Kept(len(videos), len(videos) - len(missing), f"{cache.folder}: {error.strerror}")
    whole = {record.path: record for record in records if not _is_part(record)}
    problems: list[str] = []
    refused: list[str] = []

    def keep(one: Reading) -> bool:
        if refused:
            return False
        try:
            return cache.keep(one, room)
        except VideoError as error:
            if one.path in whole:
                problems.append(f"{whole[one.path].source}: {error}")
        except FileNotFoundError:
            raise
        except OSError as error:  # a full disk, or a folder that cannot be written to
            refused.append(f"{cache.folder}: {error.strerror}")
        return False

    with ThreadPoolExecutor(num_processors()) as pool:
        done = pool.map(keep, missing)
        bar = progress_bar(
            done,
            description="Decoding videos, once",
            unit="video",
            total=len(missing),
            shown=progress,
        )
        kept = sum(bar)
    if problems:
        raise AnnotationError("unreadable videos", sorted(problems))
    return Kept(len(videos), len(videos) - len(missing) + kept, refused[0] if refused else "")


def _is_part(record: VideoRecord) -> bool:
    limits = (record.start_seconds, record.end_seconds, record.start_frame, record.end_frame)
    return any(limit is not None for limit in limits)
