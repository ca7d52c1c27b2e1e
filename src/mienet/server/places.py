"""Where a server keeps what it keeps: in ``mienet/`` beside the videos, never inside them."""

from dataclasses import dataclass
from pathlib import Path

from mienet.annotations.discovery import SERVER_FOLDER, SERVER_MARK
from mienet.errors import MienetError
from mienet.files import make_folder, write_whole

ABOUT = """What `mienet serve` keeps for the videos beside this folder.

labels/     finished labels, a table for each video: path,label,start_seconds,end_seconds
drafts/     labels that somebody has begun and not finished
removed/    labels that were given up for the model's; nothing reads them
timelines/  what models of whole recordings predicted
classes/    what models of clips predicted
explanations/   why a model says what it says: the last one asked for of each video
datasets/, runs/    what was prepared and trained from the labels
label_order.json    in which order labels were first seen, by which they have keys and colors
model_labels.json   what labels of models are called that were renamed since
identity.txt    by which a page knows this folder from others
evaluations/    what models say of labeled videos: reports, comparisons
playable/   copies of videos for browsers; may be deleted
frames/     times of frames; may be deleted
uploads/    parts of uploads under way; may be deleted while no server runs

A folder of videos is searched without this one, by this file. To train with the labels by hand:
  mienet prepare mienet/labels --videos . --out DATASET
"""


@dataclass(frozen=True)
class Places:
    """The folders of one server; see ``ABOUT``.

    Attributes:
        videos: The folder of the videos.
    """

    videos: Path

    @property
    def root(self) -> Path:
        """The folder that holds all others."""
        return self.videos / SERVER_FOLDER

    @property
    def labels(self) -> Path:
        """Finished labels."""
        return self.root / "labels"

    @property
    def drafts(self) -> Path:
        """Labels that are not finished."""
        return self.root / "drafts"

    @property
    def removed(self) -> Path:
        """Labels that were given up."""
        return self.root / "removed"

    @property
    def timelines(self) -> Path:
        """What models of recordings predicted, a folder for each."""
        return self.root / "timelines"

    @property
    def classes(self) -> Path:
        """What models of clips predicted, a file for each."""
        return self.root / "classes"

    @property
    def explanations(self) -> Path:
        """Why models say what they say, a folder for each."""
        return self.root / "explanations"

    @property
    def datasets(self) -> Path:
        """What was prepared from the labels."""
        return self.root / "datasets"

    @property
    def runs(self) -> Path:
        """What was trained on it."""
        return self.root / "runs"

    @property
    def evaluations(self) -> Path:
        """Reports on models, a folder for each, and comparisons."""
        return self.root / "evaluations"

    @property
    def model_in_use(self) -> Path:
        """Which model is used."""
        return self.root / "model_in_use.json"

    @property
    def label_order(self) -> Path:
        """In which order labels were first seen."""
        return self.root / "label_order.json"

    @property
    def model_labels(self) -> Path:
        """What labels of models are called that were renamed since."""
        return self.root / "model_labels.json"

    @property
    def identity(self) -> Path:
        """What tells this folder from others."""
        return self.root / "identity.txt"

    @property
    def playable(self) -> Path:
        """Copies for browsers."""
        return self.root / "playable"

    @property
    def uploads(self) -> Path:
        """Uploads under way."""
        return self.root / "uploads"

    @property
    def frames(self) -> Path:
        """Times of frames."""
        return self.root / "frames"

    @property
    def jobs(self) -> Path:
        """The queue of jobs."""
        return self.root / "jobs.sqlite"

    @property
    def lock(self) -> Path:
        """The file that a running server holds."""
        return self.root / "server.lock"

    @property
    def log(self) -> Path:
        """What went wrong, and what was refused."""
        return self.root / "server.log"

    def make(self) -> None:
        """Makes the folders, and the file that tells what they are.

        Raises:
            MienetError: If there is a folder of that name with other files.
            OSError: If they cannot be made, with the name.
        """
        is_own = (self.root / SERVER_MARK).exists()
        if not is_own and self.root.is_dir() and any(self.root.iterdir()):
            raise MienetError(
                f"{self.root} contains other files, and is where the server would keep labels; "
                "give that folder another name"
            )
        make_folder(self.root)
        if not is_own:
            write_whole(self.root / SERVER_MARK, ABOUT)
        for folder in (self.labels, self.drafts, self.uploads, self.frames, self.playable):
            make_folder(folder)

    def playable_copy(self, video: str) -> Path:
        """Returns where the copy for browsers of a video is, or would be."""
        return self.playable / f"{video}.mp4"
