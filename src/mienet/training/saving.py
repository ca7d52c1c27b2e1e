"""Training states on disk: whole or not at all."""

import io
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO

from mienet.files import whole_file


class WholeCheckpoints(TorchCheckpointIO):
    """Writes ``last.ckpt`` beside the old one and then replaces it.

    Lightning writes to the system's folder for temporary files and copies from there, which leaves
    a part of a file where the old one was if the disk is full, and does not say which file.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Writes a training state.

        Raises:
            OSError: If it cannot be written, with its name; the old one is then still there.
        """
        # Through memory, as Lightning does: torch.save hides the system's error behind its own.
        content = io.BytesIO()
        torch.save(checkpoint, content)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            file.write(content.getbuffer())
