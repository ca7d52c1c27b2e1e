"""What all routes of one server share."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

from mienet.curation.pool import KeptProcess, Limit
from mienet.errors import MienetError
from mienet.server.classes import Classes
from mienet.server.exchange import Exchange
from mienet.server.identity import identity_of
from mienet.server.jobs import Jobs
from mienet.server.label_files import NEW, LabelFiles
from mienet.server.label_order import EVENT, PHASE, LabelOrder
from mienet.server.library import Library, Listed
from mienet.server.live import Live
from mienet.server.model_labels import ModelLabels
from mienet.server.models import Models
from mienet.server.moving import follow_move
from mienet.server.places import Places
from mienet.server.predictions import Predictions
from mienet.server.probing import Prober
from mienet.server.settings import Settings
from mienet.server.uploads import Uploads

if TYPE_CHECKING:
    from mienet.timeline_recognizer import TimelineRecognizer

LOG = logging.getLogger("mienet.server")

PROBE_SECONDS_PER_MEGABYTE = 0.5
"""Added to the time for a file of its size, as it is walked from beginning to end."""


@dataclass(frozen=True)
class Context:
    """One server's parts.

    Attributes:
        settings: What it was started with.
        places: Where it keeps what it keeps.
        identity: What tells the folder from others.
        library: The videos.
        prober: What is known of their files.
        labels: What people labeled in them.
        label_order: In which order they have keys and colors.
        model_labels: What models' labels are called that were renamed since.
        exchange: Labels in and out.
        uploads: Videos that are dropped on the page.
        models: The models.
        predictions: What the model in use predicted, if it is of recordings.
        classes: And if it is of clips.
        jobs: The queue of jobs.
        live: What is watched as it happens.
    """

    settings: Settings
    places: Places
    identity: str
    library: Library
    prober: Prober
    labels: LabelFiles
    label_order: LabelOrder
    model_labels: ModelLabels
    exchange: Exchange
    uploads: Uploads
    models: Models
    predictions: Predictions
    classes: Classes
    jobs: Jobs
    live: Live

    def state_of(self, listed: Listed) -> tuple[str, str]:
        """Returns a video's state, and why it is "broken".

        The state is "new", "predicted", "draft", "finished" or "broken".
        """
        if listed.problem:
            return "broken", listed.problem
        labels = self.labels.read(listed.video)
        facts = self.prober.known(listed.video)
        problem = (facts.problem if facts else "") or labels.problem
        if problem:
            return "broken", problem
        is_predicted = labels.state == NEW and self.is_predicted(listed.video)
        return ("predicted" if is_predicted else labels.state), ""

    def is_predicted(self, video: str) -> bool:
        """Returns whether the model in use has predicted a video as it is now."""
        return self.predictions.has(video) or self.classes.of(video) is not None

    def states(self) -> dict[str, str]:
        """Returns the state of each video, by its path below the folder."""
        return {listed.video: self.state_of(listed)[0] for listed in self.library.videos()}


def make_context(settings: Settings) -> Context:
    """Returns the parts of a server, and makes its folders.

    Raises:
        OSError: If they cannot be made.
    """
    places = Places(settings.folder)
    places.make()
    for name in follow_move(places):
        LOG.info("the folder was moved: corrected where the videos of %s are", name)
    limits = settings.limits
    limit = Limit(limits.probe_seconds, PROBE_SECONDS_PER_MEGABYTE, limits.probe_memory_bytes)
    process = KeptProcess(limit)
    library, labels = Library(settings.folder, limits), LabelFiles(places)
    prober = Prober(places, process, limits.frames)
    models, model_labels = Models(settings, places), ModelLabels(places)
    return Context(
        settings,
        places,
        identity_of(places),
        library,
        prober,
        labels,
        LabelOrder(places),
        model_labels,
        Exchange(library, prober, labels, process, places.uploads),
        Uploads(places, library, prober, limits),
        models,
        Predictions(places, models, model_labels),
        Classes(places, models),
        Jobs(places),
        Live(settings.camera, lambda: _load_used(models, model_labels), settings.folder),
    )


def _load_used(models: Models, model_labels: ModelLabels) -> "TimelineRecognizer":
    """Returns the model in use, to watch live with.

    Raises:
        MienetError: If there is none, or it is of clips.
    """
    from mienet.loading import load  # PyTorch, which a page needs only for this

    used = models.used()
    if used is None:
        raise MienetError("watching live needs a model; teach one, or start mienet serve with one")
    if used.kind != "recordings":
        raise MienetError(
            f"{used.name} is a model of clips; watching live needs one of whole recordings"
        )
    recognizer = cast("TimelineRecognizer", load(used.path))
    names = model_labels.of(used)
    recognizer.phases = [names.get((PHASE, label), label) for label in recognizer.phases]
    recognizer.events = [names.get((EVENT, label), label) for label in recognizer.events]
    return recognizer


def context_of(request: Request) -> Context:
    """Returns the parts of the server that a request came to."""
    context: Context = request.app.state.context
    return context


Server = Annotated[Context, Depends(context_of)]
"""The type of a route's parameter that is to be the server's parts."""
