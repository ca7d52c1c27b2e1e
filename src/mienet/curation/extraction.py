"""The frames of one video as numbered images in a folder, all of them or none."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2

from mienet.curation.probe import file_signature
from mienet.errors import in_one_line
from mienet.video.reader import VideoError, VideoFile


@dataclass(frozen=True)
class ExtractionJob:
    """What is to be done with one video.

    Attributes:
        video: The file.
        folder: Where the images go.
        partial: Where they are written first; on the same disk.
        frame_pattern: The images' names, such as ``img_{:05d}.jpg``, numbered from 1.
        short_side: Pixels of the shorter side; None keeps the size.
        quality: Of JPEG, 1 to 100.
        deinterlace: Whether frames that are marked as interlaced are deinterlaced.
    """

    video: str
    folder: str
    partial: str
    frame_pattern: str
    short_side: int | None
    quality: int
    deinterlace: bool = False


@dataclass(frozen=True)
class Extraction:
    """What was done with one video.

    Attributes:
        video: The file.
        folder: Where the images are.
        num_frames: How many.
        width: Pixels.
        height: Pixels.
        size_bytes: Of the video.
        modified_ns: When it was changed, in nanoseconds since 1970.
        problem: Why there are no images; empty if there are.
    """

    video: str
    folder: str
    num_frames: int = 0
    width: int = 0
    height: int = 0
    size_bytes: int = 0
    modified_ns: int = 0
    problem: str = ""


def extract_frames(job: ExtractionJob) -> Extraction:
    """Writes all frames of a video, one in memory at a time; a problem is returned, not raised.

    The folder gets its name when all frames are in it and counted, so at any moment it is whole or
    not there. JPEG's chroma is halved (4:2:0), as nearly all videos' is.
    """
    partial, folder = Path(job.partial), Path(job.folder)
    options = [cv2.IMWRITE_JPEG_QUALITY, job.quality] if job.frame_pattern.endswith("jpg") else []
    names = str(partial / job.frame_pattern)
    try:
        size_bytes, modified_ns = file_signature(job.video)
        check_is_own(folder, job.frame_pattern)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        height = width = written = 0
        with VideoFile(Path(job.video), deinterlace=job.deinterlace) as video:
            for index, frame in video.decoded_at(range(video.num_frames)):
                image = video.to_image(frame, short_side=job.short_side, channels="bgr24")
                if index and image.shape[:2] != (height, width):
                    raise VideoError(f"{job.video}: frame {index} has another size than the first")
                height, width = image.shape[:2]
                if not cv2.imwrite(names.format(index + 1), image, options):
                    raise OSError(f"cannot write {names.format(index + 1)}")
                written += 1
            if written != video.num_frames or written != len(list(partial.iterdir())):
                raise VideoError(f"{job.video}: {written} of {video.num_frames} frames written")
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial.replace(folder)
    except Exception as error:  # whatever it is, it is of this video alone
        shutil.rmtree(partial, ignore_errors=True)
        known = isinstance(error, VideoError | OSError)
        says = f"{error}" if known else f"{job.video}: {type(error).__name__}: {in_one_line(error)}"
        return Extraction(job.video, job.folder, problem=says)
    return Extraction(job.video, job.folder, written, width, height, size_bytes, modified_ns)


def check_is_own(folder: Path, frame_pattern: str) -> None:
    """Raises a ``FileExistsError`` if a folder of frames holds anything but images named so."""
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    other = [name for name in names if not _is_named(name, frame_pattern)]
    if other or (folder.exists() and not folder.is_dir()):
        what = f"holds other files, such as {other[0]}" if other else "is a file"
        raise FileExistsError(
            f"{folder}: {what}, and would be replaced by frames; choose another --out"
        )


def _is_named(name: str, frame_pattern: str) -> bool:
    return any(frame_pattern.format(int(digits)) == name for digits in re.findall(r"\d+", name))


def lost_video(job: ExtractionJob, reason: str) -> Extraction:
    """Returns the outcome of a video whose process had to be given up."""
    return Extraction(job.video, job.folder, problem=f"{job.video}: {reason}; export it again")
