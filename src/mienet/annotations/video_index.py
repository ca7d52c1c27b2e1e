"""Where the videos of a published dataset are, by the names that its annotations use."""

import re
from pathlib import Path

from mienet.annotations.discovery import find_videos
from mienet.annotations.fields import is_whole_label


class VideoIndex:
    """The videos of a folder, found by their path in it or by their name, without the ending."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._by_path: dict[str, str] = {}
        self._by_name: dict[str, list[str]] = {}
        for video in find_videos(folder) if folder.is_dir() else []:
            name = video.name if video.is_dir() else video.stem
            self._by_path[(video.parent / name).relative_to(folder).as_posix()] = str(video)
            self._by_name.setdefault(name, []).append(str(video))

    def find(self, name: str, ending: str = "") -> str:
        """Returns the video called ``name``, or where it was expected: ``name`` and ``ending``.

        Raises:
            ValueError: If several videos have that name, or it can be no file's.
        """
        if not is_whole_label(name):
            raise ValueError(f"no name of a video: {name[:60]!r}")
        plain = re.sub(r"\.\w{2,4}$", "", name) if not ending else name
        for key in (name, plain):
            if key in self._by_path:
                return self._by_path[key]
        found = self._by_name.get(plain.rsplit("/", 1)[-1], [])
        if len(found) > 1:
            raise ValueError(f"several videos are called {name}: {', '.join(found[:3])}")
        return found[0] if found else str(self.folder / (name + ending))
