"""The queue of jobs: what waits, runs and is done, in a SQLite file that survives a kill.

The server adds and reads jobs; a worker process for each line takes one after another. Whatever
is killed, a job that was running is running again when the next worker starts.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from mienet.errors import MienetError
from mienet.server.places import Places
from mienet.server.refusal import RefusedError
from mienet.video_parts import part_in_words

JobState = Literal["waiting", "running", "done", "failed", "cancelled"]
LINES = {
    "models": ("predict", "explain", "train", "report", "compare"),
    "copies": ("transcode",),
}
"""Kinds of jobs that wait for each other; a video to watch does not wait for a training's end."""
KINDS = tuple(kind for kinds in LINES.values() for kind in kinds)

MOST_ID = 2**63 - 1
"""SQLite's largest number."""

MOST_LISTED = 50
"""Jobs that are listed, the newest."""

MOST_CRASHES = 5
"""Ends of the worker under one video, or a job without videos, after which it is given up."""

BUSY_SECONDS = 30
"""For which a process waits while another writes."""

TABLES = """
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    asked TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    progress REAL,
    seconds_left REAL,
    message TEXT NOT NULL DEFAULT '',
    created TEXT NOT NULL,
    result TEXT NOT NULL DEFAULT 'null',
    is_cancelled INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    crashed_at REAL NOT NULL DEFAULT -1
);
CREATE TABLE IF NOT EXISTS videos (
    job INTEGER NOT NULL REFERENCES jobs (id),
    video TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    progress REAL,
    problem TEXT NOT NULL DEFAULT '',
    crashes INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (job, video)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Job:
    """A job that the worker has taken.

    Attributes:
        id: Its number.
        kind: One of ``KINDS``.
        asked: What was asked for, as ``Jobs.add`` was given it.
        videos: Paths below the folder, those that are not over yet.
        num_videos: With those that are over.
    """

    id: int
    kind: str
    asked: dict[str, Any]
    videos: tuple[str, ...]
    num_videos: int


class Jobs:
    """The queue of one folder, for any number of threads and processes.

    Args:
        places: Where the server keeps what it keeps.

    Raises:
        MienetError: If the file cannot be used.
    """

    def __init__(self, places: Places) -> None:
        self._path = places.jobs
        try:
            with self._open() as database:
                database.execute("PRAGMA journal_mode=WAL")
                database.executescript(TABLES)
        except sqlite3.Error as error:
            raise MienetError(
                f"{self._path}: cannot be used as the queue of jobs ({error}); make room on the "
                "disk, or move the file away, which ends the jobs in it"
            ) from error

    def add(self, kind: str, *, videos: Sequence[str] = (), **asked: Any) -> int:
        """Adds a job and returns its number; that of the same job, if it waits or runs already.

        Args:
            kind: One of ``KINDS``.
            videos: Paths below the folder that it goes through.
            asked: What else the kind needs: JSON values.

        Raises:
            RefusedError: If there is no such kind.
        """
        if kind not in KINDS:
            raise RefusedError(400, f"kind is {kind!r}; accepted are {', '.join(KINDS)}")
        named, text = list(dict.fromkeys(videos)), json.dumps(asked, sort_keys=True)
        with self._changing() as database:
            same = "SELECT id FROM jobs WHERE kind = ? AND asked = ? AND state IN (?, ?)"
            for (number,) in database.execute(same, (kind, text, "waiting", "running")).fetchall():
                if {row["video"] for row in _videos(database, number)} == {*named}:
                    return int(number)
            added = database.execute(
                "INSERT INTO jobs (kind, asked, created) VALUES (?, ?, ?)",
                (kind, text, datetime.now(UTC).isoformat(timespec="seconds")),
            ).lastrowid
            rows = [(added, video) for video in named]
            database.executemany("INSERT INTO videos (job, video) VALUES (?, ?)", rows)
        return int(added or 0)

    def listed(self) -> list[dict[str, Any]]:
        """Returns the newest jobs, the newest first, as the page is told of them."""
        with self._open() as database:
            rows = database.execute(
                "SELECT * FROM jobs ORDER BY id DESC LIMIT ?", (MOST_LISTED,)
            ).fetchall()
            return [_described(row, _videos(database, row["id"])) for row in rows]

    def described(self, number: int) -> dict[str, Any]:
        """Returns one job, as ``listed`` does.

        Raises:
            RefusedError: If there is none of that number.
        """
        with self._open() as database:
            return _described(_find(database, number), _videos(database, number))

    def asked(self, number: int) -> dict[str, Any]:
        """Returns what was asked of a job; errors as ``described``."""
        with self._open() as database:
            found: dict[str, Any] = json.loads(_find(database, number)["asked"])
            return found

    def unfinished(self, kind: str) -> list[dict[str, Any]]:
        """Returns what was asked of the jobs of a kind that wait or run."""
        with self._open() as database:
            rows = database.execute(
                "SELECT asked FROM jobs WHERE kind = ? AND state IN ('waiting', 'running')", (kind,)
            )
            return [json.loads(asked) for (asked,) in rows]

    def problem_of(self, kind: str, video: str, **asked: Any) -> str:
        """Returns why the last such job did not do a video; empty if it did, or none tried.

        Args:
            kind: One of ``KINDS``.
            video: Its path below the folder.
            asked: What else was asked for, as ``add`` was given it.
        """
        with self._open() as database:
            row = database.execute(
                "SELECT problem FROM videos JOIN jobs ON jobs.id = job "
                "WHERE kind = ? AND video = ? AND asked = ? ORDER BY job DESC LIMIT 1",
                (kind, video, json.dumps(asked, sort_keys=True)),
            ).fetchone()
        return row["problem"] if row else ""

    def cancel(self, number: int) -> None:
        """Cancels a job: one that waits at once, one that runs as soon as the worker sees it.

        Raises:
            RefusedError: If there is none of that number, or it is over.
        """
        with self._changing() as database:
            state = _find(database, number)["state"]
            if state == "waiting":
                _end(database, number, "cancelled", "cancelled before it began")
            elif state == "running":
                database.execute("UPDATE jobs SET is_cancelled = 1 WHERE id = ?", (number,))
            else:
                raise RefusedError(409, f"job {number} is {state} already")

    def again(self, number: int) -> int:
        """Lets a job that was cancelled or failed go on where it was, and returns its number.

        Raises:
            RefusedError: If there is none of that number, or it is not one of these.
        """
        with self._changing() as database:
            state = _find(database, number)["state"]
            if state not in ("cancelled", "failed"):
                raise RefusedError(
                    409, f"job {number} is {state}; only cancelled and failed jobs are resumed"
                )
            database.execute(
                "UPDATE jobs SET state = 'waiting', is_cancelled = 0, crashes = 0, "
                "crashed_at = -1, message = '', seconds_left = NULL WHERE id = ?",
                (number,),
            )
            database.execute(
                "UPDATE videos SET state = 'waiting', progress = NULL, problem = '', crashes = 0 "
                "WHERE job = ? AND state != 'done'",
                (number,),
            )
        return number

    def take(self, line: str) -> Job | None:
        """Returns the job that a line goes on with, or its next one; None if nothing waits."""
        with self._changing() as database:
            row = database.execute(
                f"SELECT * FROM jobs WHERE {_of(line)} AND state IN ('running', 'waiting') "
                "ORDER BY state = 'waiting', id LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            database.execute("UPDATE jobs SET state = 'running' WHERE id = ?", (row["id"],))
            videos = _videos(database, row["id"])
        left = tuple(v["video"] for v in videos if v["state"] in ("waiting", "running"))
        return Job(row["id"], row["kind"], json.loads(row["asked"]), left, len(videos))

    def is_cancelled(self, number: int) -> bool:
        """Returns whether somebody has cancelled a running job."""
        with self._open() as database:
            return bool(_find(database, number)["is_cancelled"])

    def tell(
        self, number: int, progress: float | None, message: str, seconds_left: float | None
    ) -> None:
        """Notes how far a job is: the share from 0 to 1, what it does, and the time left.

        None leaves the share as it is.
        """
        with self._changing() as database:
            database.execute(
                "UPDATE jobs SET progress = COALESCE(?, progress), message = ?, seconds_left = ? "
                "WHERE id = ?",
                (progress, message, seconds_left, number),
            )

    def tell_video(
        self, number: int, video: str, state: JobState, progress: float | None, problem: str = ""
    ) -> None:
        """Notes how far a job is with one of its videos."""
        with self._changing() as database:
            database.execute(
                "UPDATE videos SET state = ?, progress = ?, problem = ? "
                "WHERE job = ? AND video = ?",
                (state, progress, problem, number, video),
            )

    def finish(self, number: int, state: JobState, message: str, result: Any = None) -> None:
        """Notes that a job is over, and what it gave: a JSON value."""
        with self._changing() as database:
            _end(database, number, state, message, result)

    def crashed(self, line: str, reason: str, *, tries: int = MOST_CRASHES) -> None:
        """Notes that a worker ended under what it was doing, which is tried again, not for ever.

        Args:
            line: Which worker: one of ``LINES``.
            reason: Why, as far as it is known, such as "memory ran out".
            tries: Ends after which it is given up; 1 is at once.
        """
        with self._changing() as database:
            row = database.execute(
                f"SELECT * FROM jobs WHERE {_of(line)} AND state = 'running'"
            ).fetchone()
            if row is None:
                return
            under = [v for v in _videos(database, row["id"]) if v["state"] == "running"]
            for video in under:
                _count_crash_of_video(database, video, reason, tries)
            if not under:
                _count_crash(database, row, reason, tries)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Yields the database, a connection for each use: threads must not share one."""
        database = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
        database.row_factory = sqlite3.Row
        try:
            yield database
        finally:
            database.close()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """Yields the database in a transaction, which is on the disk when the block ends."""
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")


def _of(line: str) -> str:
    """Returns the condition that a job is of a line."""
    return f"kind IN ({', '.join(map(repr, LINES[line]))})"


def _find(database: sqlite3.Connection, number: int) -> sqlite3.Row:
    row: sqlite3.Row | None = None
    if 0 < number <= MOST_ID:
        row = database.execute("SELECT * FROM jobs WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise RefusedError(404, f"there is no job {number}; reload the list")
    return row


def _videos(database: sqlite3.Connection, number: int) -> list[sqlite3.Row]:
    return database.execute(
        "SELECT * FROM videos WHERE job = ? ORDER BY video", (number,)
    ).fetchall()


def _end(
    database: sqlite3.Connection, number: int, state: JobState, message: str, result: Any = None
) -> None:
    database.execute(
        "UPDATE jobs SET state = ?, message = ?, result = ?, seconds_left = NULL, "
        "progress = CASE WHEN ? = 'done' THEN 1.0 ELSE progress END WHERE id = ?",
        (state, message, json.dumps(result), state, number),
    )
    if state == "cancelled":
        database.execute(
            "UPDATE videos SET state = 'cancelled' WHERE job = ? AND state IN ('waiting', "
            "'running')",
            (number,),
        )


def _count_crash_of_video(
    database: sqlite3.Connection, video: sqlite3.Row, reason: str, tries: int
) -> None:
    state, problem = "waiting", ""
    if video["crashes"] + 1 >= tries:
        state = "failed"
        problem = f"{video['video']}: {reason}; export it again, or leave it out"
    database.execute(
        "UPDATE videos SET crashes = crashes + 1, state = ?, problem = ? "
        "WHERE job = ? AND video = ?",
        (state, problem, video["job"], video["video"]),
    )


def _count_crash(database: sqlite3.Connection, job: sqlite3.Row, reason: str, tries: int) -> None:
    """Counts the ends under a job that came no farther than at the last one."""
    progress = job["progress"] or 0.0
    crashes = 1 if progress > job["crashed_at"] else job["crashes"] + 1
    database.execute(
        "UPDATE jobs SET crashes = ?, crashed_at = ? WHERE id = ?", (crashes, progress, job["id"])
    )
    if crashes >= tries:
        _end(database, job["id"], "failed", f"{reason}; see server.log, and try again")


def _described(row: sqlite3.Row, videos: Sequence[sqlite3.Row]) -> dict[str, Any]:
    asked = json.loads(row["asked"])
    shown = ("id", "kind", "state", "progress", "seconds_left", "message", "created")
    return {
        **{name: row[name] for name in shown},
        "title": _title(row["kind"], asked, [video["video"] for video in videos]),
        "videos": [
            {name: video[name] for name in ("video", "state", "progress", "problem")}
            for video in videos
        ],
        "result": json.loads(row["result"]),
    }


def _title(kind: str, asked: dict[str, Any], videos: Sequence[str]) -> str:
    """Returns what a job is for, for people."""
    which = videos[0] if len(videos) == 1 else f"{len(videos)} videos"
    words = part_in_words(None, None, asked.get("start_frame"), asked.get("end_frame"))
    part = f", {words}," if words else ""
    return {
        "predict": f"Predict {which}{part} with {asked.get('model')}",
        "explain": f"Explain {which} by {asked.get('model')}",
        "train": f"Teach {asked.get('name')}",
        "transcode": f"Copy {which} for the browser",
        "report": f"Report on {asked.get('model')}",
        "compare": f"Compare {' and '.join(map(str, asked.get('models', ())))}",
    }[kind]
