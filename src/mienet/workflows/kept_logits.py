"""The outputs of models of clips that an evaluation computed, kept beside its results.

So the same evaluation, a comparison and an average read no video twice.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mienet.annotations.records import VideoRecord
from mienet.curation.probe import file_signature
from mienet.data.clips import ClipFormat
from mienet.files import write_whole

LOGITS = "logits.npz"
LOGITS_START = r"(?s)PK\x03\x04.{26}[0-9a-f]{64}"
"""How the file begins: as every ZIP, with the first entry's name, which is a key of ours."""

Logits = NDArray[np.float64]


class KeptLogits:
    """Logits that are computed once, and kept in a file; what is not asked for again is dropped.

    Args:
        path: The file, which need not be there; one that is damaged holds nothing.
        others: Files of other evaluations, which are read too, such as those of each model alone.

    Attributes:
        path: The file.
        num_kept: How many of those that were asked for had been kept.
        kept_in: The files that they were in, each of which would have to go for a new computation.
    """

    def __init__(self, path: Path, others: Sequence[Path] = ()) -> None:
        self.path = path
        self.num_kept = 0
        self.kept_in: list[Path] = []
        self._found = {file: _read(file) for file in dict.fromkeys((*others, path))}
        self._asked: dict[str, NDArray[np.float32]] = {}
        self._has_written = False

    def of(self, key: str, compute: Callable[[], Logits]) -> Logits:
        """Returns the logits of a key, ``(N, classes)``.

        Args:
            key: As ``outputs_key`` gives it.
            compute: Gives the logits, which are float32 numbers, where they are not kept.

        Raises:
            OSError: If they cannot be written, with the file's name.
        """
        kept_in = [file for file, found in self._found.items() if key in found]
        is_kept = bool(kept_in)
        self.num_kept += is_kept
        self.kept_in += [file for file in kept_in if file not in self.kept_in]
        logits = self._found[kept_in[0]][key] if is_kept else compute().astype(np.float32)
        self._asked[key] = logits
        if not is_kept or self._has_written:  # which dropped what had not been asked for by then
            self._write()
        return self._asked[key].astype(np.float64)

    def _write(self) -> None:
        content = io.BytesIO()
        np.savez(content, **self._asked)  # type: ignore[arg-type]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, content.getvalue())
        self._has_written = True


def outputs_key(
    model_sha256: str,
    clip_format: ClipFormat,
    views: tuple[str, str],
    records: Sequence[VideoRecord],
) -> str:
    """Returns what tells outputs from those of other weights, views or videos; not of labels.

    Args:
        model_sha256: See ``model_digest``.
        clip_format: How the model reads a clip.
        views: Which clips and which crops of a video are averaged.
        records: The videos, which must be there.

    Raises:
        OSError: If a video is not there.
    """
    signatures = {path: file_signature(path) for path in {record.path for record in records}}
    clips = [
        (record.path, *record[2:6], record.frame_pattern, *signatures[record.path])
        for record in records
    ]
    said = json.dumps([model_sha256, asdict(clip_format), views, clips])
    return hashlib.sha256(said.encode()).hexdigest()


def _read(path: Path) -> dict[str, NDArray[np.float32]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except (OSError, ValueError, zipfile.BadZipFile):  # not there, or cut off: computed anew
        return {}
