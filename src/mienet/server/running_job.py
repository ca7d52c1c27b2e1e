"""A job under way: what it was asked for, and where it says how far it is."""

import time

from mienet.server.jobs import Job, Jobs, JobState
from mienet.server.places import Places

LEAST_SECONDS = 0.5
"""Between two notes of progress, each of which is a write to the disk."""


class Running:
    """A job that the worker is doing.

    Args:
        job: The job.
        jobs: The queue that it is from.
        places: Where the server keeps what it keeps.

    Attributes:
        told_seconds: When it last said how far it is, of ``time.monotonic``.
        video: The video that it is reading; empty between videos.
    """

    def __init__(self, job: Job, jobs: Jobs, places: Places) -> None:
        self.job, self.jobs, self.places = job, jobs, places
        self.told_seconds = self._noted_seconds = time.monotonic()
        self.video = ""
        self._ended = job.num_videos - len(job.videos)

    def tell(self, share: float | None, message: str, seconds_left: float | None = None) -> None:
        """Says how far the job is, from 0 to 1, what it is doing, and the time left.

        A share of None begins something that has no progress of its own, and is noted at once.
        """
        if self._is_due() or share is None:
            self.jobs.tell(self.job.id, share, message, seconds_left)

    def tell_video(self, video: str, share: float) -> None:
        """Says how far it is with a video, from 0 to 1."""
        is_new = video != self.video
        self.video = video
        if self._is_due() or is_new:
            self.jobs.tell_video(self.job.id, video, "running", share)
            self.jobs.tell(self.job.id, self._share(share), f"{video}: {share:.0%}", None)

    def end_video(self, video: str, problem: str = "") -> None:
        """Says that a video is done, or why it cannot be."""
        self.video = ""
        self._ended += 1
        state: JobState = "failed" if problem else "done"
        self.jobs.tell_video(self.job.id, video, state, None if problem else 1.0, problem)
        self.jobs.tell(self.job.id, self._share(0), video, None)

    def _share(self, of_video: float) -> float:
        return min(1.0, (self._ended + of_video) / max(1, self.job.num_videos))

    def _is_due(self) -> bool:
        self.told_seconds = time.monotonic()
        is_due = self.told_seconds - self._noted_seconds >= LEAST_SECONDS
        if is_due:
            self._noted_seconds = self.told_seconds
        return is_due
