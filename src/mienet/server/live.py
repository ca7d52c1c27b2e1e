"""Watching live: a source's frames, what a model says of them, and how fast and late it is."""

import asyncio
import logging
import os
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from mienet.errors import MienetError
from mienet.rendering.recorder import Recorder
from mienet.server.refusal import RefusedError
from mienet.video.camera import Source, Taken, open_source

if TYPE_CHECKING:  # PyTorch, which a server needs only once somebody watches
    from mienet.live import LiveTimeline, Moment
    from mienet.timeline_recognizer import TimelineRecognizer

LOG = logging.getLogger("mienet.server")

SHOWN_SECONDS = 30.0
MOST_EVENTS = 100
OVER_LAST = 60
"""Frames that rate and delay are measured over."""
MOST_LATE_SECONDS = 0.2
"""A frame that comes later than its time is dropped, so that what is shown is of now."""
PICTURE_WIDTH = 640
PICTURES_PER_SECOND = 15
STOP_SECONDS = 12.0
"""To wait for a source's next frame when watching ends; a stream gives up after 10."""
IDLE, STARTING, RUNNING, ENDED, FAILED = "idle", "starting", "running", "ended", "failed"


@dataclass(frozen=True)
class Said:
    """What was said of a moment, and how long after it, in seconds."""

    moment: "Moment"
    delay_seconds: float


class Live:
    """What is watched live, of one source at a time.

    Args:
        source: A camera's number, an address or a file; see ``open_source``. Empty for none.
        load: Returns the model; it is asked when watching starts.
        folder: Where recordings are kept: among the videos.
    """

    def __init__(self, source: str, load: "Callable[[], TimelineRecognizer]", folder: Path) -> None:
        self.source, self._load, self._folder = source, load, folder
        self._changing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_loading = False
        self._recorder: Recorder | None = None
        self._clear()

    def _clear(self) -> None:
        self._state, self._problem = IDLE, ""
        self._phases: list[str] = []
        self._camera_rate = 0.0
        self._dropped = 0
        self._taken_at: deque[float] = deque(maxlen=OVER_LAST)
        self._began = float("inf")
        self._newest: Taken | None = None
        self._is_over = False
        self._fresh = threading.Event()
        self._said: deque[Said] = deque(maxlen=2000)
        self._events: deque[dict[str, Any]] = deque(maxlen=MOST_EVENTS)
        self._num_events = 0

    def start(self) -> None:
        """Starts to watch; if it does already, nothing changes.

        Raises:
            RefusedError: If there is no source.
        """
        if not self.source:
            raise RefusedError(
                404, "there is nothing to watch live; start mienet serve with --camera 0"
            )
        with self._changing:
            if self._is_loading:
                self._state = STARTING
                self._stop.clear()
                return
            if self._thread is not None and self._thread.is_alive():
                return
            self._end_recording()
            self._clear()
            self._state = STARTING
            self._stop.clear()
            self._is_loading = True
            self._thread = threading.Thread(target=self._watch, name="live", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends watching and recording; a source that gives nothing is not waited for long.

        A model that is still being loaded is not waited for: nothing is watched when it is there,
        unless watching has been started again meanwhile.
        """
        with self._changing:
            self._stop.set()
            if self._is_loading:
                self._state = IDLE
                return
            if self._thread is not None:
                self._thread.join(STOP_SECONDS)
            self._end_recording()
            if self._thread is not None and self._thread.is_alive():
                self._fail(f"{self.source} does not answer; unplug it and start again")
            if self._state == RUNNING:
                self._state = ENDED

    def record(self, *, is_on: bool) -> str | None:
        """Starts or ends recording what is seen, and returns the recording's name, if there is one.

        Raises:
            RefusedError: If nothing is watched.
        """
        with self._changing:
            if not is_on:
                return self._end_recording()
            if self._state != RUNNING:
                raise RefusedError(409, "nothing is watched; start watching, and then record")
            if self._recorder is None:
                self._recorder = Recorder(_new_file(self._folder))
            return self._recorder.path.name

    def _end_recording(self) -> str | None:
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return None
        recorder.close()
        return recorder.path.name if recorder.written else None

    def describe(self, *, after_seconds: float = -1.0) -> dict[str, Any]:
        """Returns what there is to show, as JSON values.

        Args:
            after_seconds: Moments up to then are known already, and left out.
        """
        said = list(self._said)
        recorder = self._recorder
        newest = said[-1].moment if said else None
        least = max(after_seconds, newest.time_seconds - SHOWN_SECONDS) if newest else 0.0
        delays = [one.delay_seconds for one in said[-OVER_LAST:]]
        return {
            "source": self.source,
            "state": self._state,
            "problem": self._problem,
            "camera_fps": self._camera_rate,
            "fps": _rate(list(self._taken_at)),
            "delay_seconds": float(np.median(delays)) if delays else None,
            "dropped": self._dropped,
            "phases": self._phases,
            "moments": [
                {
                    "time_seconds": one.moment.time_seconds,
                    "phase": one.moment.phase,
                    "confidence": one.moment.confidence,
                }
                for one in said
                if one.moment.time_seconds > least
            ],
            "num_events": self._num_events,
            "events": list(self._events),
            "recording": recorder.path.name if recorder and recorder.is_open else None,
            "recording_problem": recorder.problem if recorder else "",
            "recording_dropped": recorder.dropped if recorder else 0,
        }

    async def pictures(self) -> AsyncIterator[bytes]:
        """Yields JPEG pictures of what is seen, some a second, until watching ends.

        Who watches takes no thread, of which a server has few, however long no frame comes.
        """
        shown: Taken | None = None
        while self._state in (STARTING, RUNNING):
            newest = self._newest
            if newest is not None and newest is not shown:
                shown = newest
                yield await asyncio.to_thread(_picture, newest)
            await asyncio.sleep(1 / PICTURES_PER_SECOND)

    def _watch(self) -> None:
        try:
            recognizer = self._loaded()
            if recognizer is not None:
                self._watch_with(recognizer)
        except (MienetError, OSError) as error:
            self._fail(str(error))
        except Exception:
            self._fail_unknown()
        finally:
            if self._recorder is not None:  # also where the camera was unplugged
                self._recorder.close()

    def _loaded(self) -> "TimelineRecognizer | None":
        """Returns the model; None where watching was ended while it was loaded."""
        try:
            recognizer = self._load()
        finally:
            with self._changing:
                self._is_loading = False
                is_ended = self._stop.is_set()
                if is_ended:
                    self._thread = None  # another one may be started
        return None if is_ended else recognizer

    def _watch_with(self, recognizer: "TimelineRecognizer") -> None:
        from mienet.live import LiveTimeline

        source = open_source(self.source)
        timeline = LiveTimeline(recognizer, source.frames_per_second)
        self._phases, self._camera_rate = recognizer.phases, source.frames_per_second
        looking = threading.Thread(
            target=self._look, args=(timeline,), name="live model", daemon=True
        )
        looking.start()
        self._state = RUNNING
        try:
            self._take(source, timeline)
        finally:
            self._is_over = True
            self._fresh.set()
            looking.join()
        if self._state == RUNNING:
            self._state = ENDED

    def _fail_unknown(self) -> None:
        LOG.exception("watching %s failed", self.source)
        self._fail("something went wrong that should not; see mienet/server.log")

    def _fail(self, problem: str) -> None:
        self._state, self._problem = FAILED, problem

    def _take(self, source: Source, timeline: "LiveTimeline") -> None:
        """Hands frames on as they come."""
        for frame in source.frames:
            if self._stop.is_set() or self._state == FAILED:
                return
            # The first one may come late, as the source was being opened.
            self._began = min(self._began, frame.arrived - frame.time_seconds)
            if frame.arrived - self._began - frame.time_seconds > MOST_LATE_SECONDS:
                self._dropped += 1
                continue
            self._newest = frame
            self._taken_at.append(frame.arrived)
            timeline.add(frame.image, frame.time_seconds)
            self._fresh.set()
            recorder = self._recorder
            if recorder is not None:
                recorder.add(frame)

    def _look(self, timeline: "LiveTimeline") -> None:
        """Asks the model about the newest window, again and again."""
        is_over = False
        while not is_over:
            self._fresh.wait()
            self._fresh.clear()
            is_over = self._is_over
            try:
                moments = timeline.end() if is_over else timeline.look()
            except MienetError as error:
                self._fail(str(error))
                return
            except Exception:
                self._fail_unknown()
                return
            now = time.monotonic() - self._began
            for moment in moments:
                self._said.append(Said(moment, now - moment.time_seconds))
                for event in moment.found:
                    self._num_events += 1
                    self._events.append({"number": self._num_events, **vars(event)})


def _new_file(folder: Path) -> Path:
    """Returns a file that is not there, named by the time of day here."""
    name = f"live_{datetime.now():%Y-%m-%d_%H-%M-%S}"
    files = (folder / f"{name}{'' if number == 1 else f'_{number}'}.mp4" for number in count(1))
    return next(file for file in files if not os.path.lexists(file))


def _rate(times: list[float]) -> float | None:
    """Returns how many times a second something happened."""
    if len(times) < 2 or times[-1] <= times[0]:
        return None
    return (len(times) - 1) / (times[-1] - times[0])


def _picture(taken: Taken) -> bytes:
    image = taken.image
    height, width = image.shape[:2]
    if width > PICTURE_WIDTH:
        size = (PICTURE_WIDTH, round(height * PICTURE_WIDTH / width))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
