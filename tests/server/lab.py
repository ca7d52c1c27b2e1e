"""What tests of the server's jobs share: a lab's folder with labels, and its jobs done here."""

from pathlib import Path
from typing import Any

import pytest

from mienet.server.jobs import Jobs
from mienet.server.places import Places
from mienet.server.work import Worker
from tests.conftest import video_writer

HEADER = "path,label,start_seconds,end_seconds\n"


class Lab:
    """A folder of videos that grow brighter: dark, then light, and the event dawn between.

    Jobs are done in this process, in that folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.places = Places(folder)
        self.places.make()
        self.jobs = Jobs(self.places)

    def add(self, name: str, num_frames: int = 40, *, labeled: bool = False) -> None:
        """Writes a video, and its finished labels."""
        video_writer(self.folder)(name, num_frames)
        if labeled:
            rows = [f"{name},dark,0,0.8", f"{name},light,0.8,1.6", f"{name},dawn,0.8,"]
            file = self.places.labels / f"{name}.csv"
            file.write_text(HEADER + "\n".join(rows) + "\n")

    def do(self, kind: str, **asked: Any) -> dict[str, Any]:
        """Adds a job, does it, and returns how it ended."""
        number = self.jobs.add(kind, **asked)
        return self.go_on(number)

    def go_on(self, number: int) -> dict[str, Any]:
        """Does the job that a worker would take next, which is this one."""
        job = self.jobs.take("models")
        assert job is not None and job.id == number
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            Worker(self.places, "models").do(job)
        return self.jobs.described(number)

    def teach(self, name: str, **asked: Any) -> dict[str, Any]:
        """Trains a small model for an epoch."""
        options = {"epochs": 1, "recipe": "demo_timeline", "from_path": None}
        return self.do("train", name=name, **(options | asked))
