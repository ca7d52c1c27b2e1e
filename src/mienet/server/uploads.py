"""Videos that are dropped on the page: streamed to the disk, looked at, and then in the folder."""

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterable
from pathlib import Path
from typing import BinaryIO

from starlette.requests import ClientDisconnect

from mienet.destinations import require_space
from mienet.files import make_folder, named_errors, sync_folder
from mienet.server.library import Library, brief
from mienet.server.places import Places
from mienet.server.probing import Prober
from mienet.server.refusal import RefusedError
from mienet.server.settings import Limits

BLOCK_BYTES = 1 << 20
"""What is gathered before it is written, so that a large file is not a million small writes."""


class Uploads:
    """Uploads of one folder of videos.

    What an earlier server left of uploads that were cut off is deleted: who sent them has to send
    them again.

    Args:
        places: Where parts are kept.
        library: The videos.
        prober: Looks at what has come.
        limits: Of size, time and number.
    """

    def __init__(self, places: Places, library: Library, prober: Prober, limits: Limits) -> None:
        self.places, self.library, self.prober, self.limits = places, library, prober, limits
        self._under_way: set[str] = set()
        shutil.rmtree(places.uploads, ignore_errors=True)
        places.uploads.mkdir(parents=True, exist_ok=True)

    async def take(self, name: str, size_bytes: int | None, content: AsyncIterable[bytes]) -> str:
        """Puts a video into the folder, and returns its path there; no file is ever replaced.

        Args:
            name: Its path below the folder.
            size_bytes: What the browser says its size is; None if it does not.
            content: Its bytes, as they come.

        Raises:
            RefusedError: If it cannot be taken; nothing is left of it then.
            OSError: If the disk is full, with the name; nothing is left of it, either.
        """
        target = self._target(name)
        if len(self._under_way) >= self.limits.uploads_at_once:
            most = self.limits.uploads_at_once
            raise RefusedError(429, f"{most} uploads are under way; send {brief(name)} after them")
        if size_bytes is not None:
            self._check_size(name, size_bytes)
            require_space(self.places.uploads, size_bytes)
        # With its ending, by which some formats are known.
        part = self.places.uploads / f"{secrets.token_hex(8)}{target.suffix}"
        self._under_way.add(name)
        try:
            with named_errors(Path(name)):
                await self._write(name, part, content)
                await asyncio.to_thread(self._finish, name, part, target)
        finally:
            self._under_way.discard(name)
            part.unlink(missing_ok=True)
        return name

    def _target(self, name: str) -> Path:
        if problem := self.library.problem_of_name(name):
            raise RefusedError(400, problem.replace("video:", "name:", 1))
        target = self.library.folder / name
        if os.path.lexists(target) or name in self._under_way:
            raise RefusedError(
                409, f"there is a video {brief(name)} already; rename one of the two"
            )
        there = next(place for place in target.parents if os.path.lexists(place))
        if not there.is_dir():
            raise RefusedError(409, f"name: {brief(there.name)} is a file, and no folder")
        if not Path(os.path.realpath(target.parent)).is_relative_to(self.library.folder):
            raise RefusedError(403, f"name: {brief(name)} is behind a link out of the folder")
        return target

    def _check_size(self, name: str, size_bytes: int) -> None:
        most = self.limits.upload_bytes
        if size_bytes > most:
            raise RefusedError(
                413,
                f"{brief(name)} is larger than {most / 1e9:g} GB; copy it into the folder by hand",
            )

    async def _write(self, name: str, part: Path, content: AsyncIterable[bytes]) -> None:
        written, block = 0, bytearray()
        try:
            with part.open("xb") as file:
                async with asyncio.timeout(self.limits.upload_seconds):
                    async for chunk in content:
                        written += len(chunk)
                        self._check_size(name, written)
                        block += chunk
                        if len(block) >= BLOCK_BYTES:
                            await asyncio.to_thread(file.write, bytes(block))
                            block.clear()
                await asyncio.to_thread(_finish_file, file, bytes(block))
        except TimeoutError as error:
            most = self.limits.upload_seconds
            raise RefusedError(
                400, f"{brief(name)}: not here after {most:g} seconds; copy it into the folder"
            ) from error
        except ClientDisconnect as error:
            raise RefusedError(400, f"{brief(name)}: cut off; send it again") from error

    def _finish(self, name: str, part: Path, target: Path) -> None:
        """Looks at an upload, and gives it its name."""
        facts = self.prober.probe(part, as_video=None)
        if facts.problem:
            raise RefusedError(400, f"{brief(name)}: {facts.problem}")
        make_folder(target.parent)
        try:
            os.link(part, target)  # unlike a move, it replaces nothing
        except FileExistsError as error:
            raise RefusedError(
                409, f"there is a video {brief(name)} already; rename one of the two"
            ) from error
        except OSError:  # a disk without hard links, such as exFAT
            target.open("xb").close()
            try:
                part.replace(target)
            except OSError:
                target.unlink()
                raise
        sync_folder(target.parent)


def _finish_file(file: BinaryIO, block: bytes) -> None:
    """Writes the last block, and waits until the disk has the whole file."""
    file.write(block)
    file.flush()
    os.fsync(file.fileno())
