"""What trainings keep of videos: how much it is, and deleting it."""

from pathlib import Path
from typing import NamedTuple

from mienet.errors import MienetError
from mienet.video.frame_cache import FrameCache, default_folder


class KeptFrames(NamedTuple):
    """What a folder keeps, or kept before it was deleted.

    Attributes:
        folder: Where.
        num_videos: Videos, each once for every size.
        num_bytes: Of all together.
    """

    folder: Path
    num_videos: int
    num_bytes: int


def cache(folder: str | Path | None = None, *, delete: bool = False) -> KeptFrames:
    """Returns what is kept, and deletes it if asked to; no run needs it.

    Args:
        folder: Where a training was told to keep frames; None is the user's folder of caches.
        delete: Whether to delete it.

    Raises:
        MienetError: If ``folder`` is given, and there is no such folder.
        OSError: If it cannot be read or deleted.
    """
    given = None if folder is None else Path(folder).expanduser()
    if given is not None and not given.is_dir():
        raise MienetError(
            f"{given}: no such folder; give the one of a training's --data.cache, or leave "
            f"--folder out for {default_folder()}"
        )
    kept = FrameCache(given or default_folder(), most_bytes=0)
    found = KeptFrames(kept.folder, len(kept.files()), kept.num_bytes())
    if delete:
        kept.delete()
    return found
