"""Starting a server: whether what it needs is there, its port, and its token."""

import contextlib
import errno
import re
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mienet.errors import MienetError, MissingExtraError
from mienet.server.models import EXPORTED, WEIGHTS
from mienet.server.settings import LOCAL_HOSTS, Limits, Settings
from mienet.shell import command

if TYPE_CHECKING:
    from mienet.server.serving import Serving

TOKEN_VARIABLE = "MIENET_TOKEN"
"""The environment variable with the token of ``mienet serve``, as containers are given secrets."""
LEAST_TOKEN = 16
"""Characters."""


@dataclass(frozen=True)
class PreparedServer:
    """A server whose port is taken already, so that its address can be told.

    Attributes:
        settings: With the port that it has.
        serving: What answers requests.
        notes: What a person should know before the page is opened.
    """

    settings: Settings
    serving: "Serving"
    notes: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The page's address, with the token where one is needed."""
        host = self.settings.host
        if host in ("0.0.0.0", "::"):
            host = _own_address()
        host = f"[{host}]" if ":" in host else host
        token = f"?token={self.settings.token}" if self.settings.token else ""
        return f"http://{host}:{self.settings.port}/{token}"

    def run(self) -> None:
        """Answers requests until Ctrl-C or a signal to end."""
        self.serving.run()


def prepare_server(
    videos: str | Path,
    model: str | Path | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    camera: str = "",
    token: str = "",
    error_rate: float | None = None,
    limits: Limits | None = None,
) -> PreparedServer:
    """Returns a server that is ready to run.

    Args:
        videos: The folder of the videos.
        model: A run's or model's folder or file; None to label from nothing.
        host: The address to listen at; any other than this computer's own needs a token.
        port: The port; 0 takes a free one.
        camera: What is watched live: a camera's number, a stream's address or a file; empty for
            nothing.
        token: What a browser must know at an address that other computers reach; empty for one
            drawn at random. At an address of this computer alone none is asked for.
        error_rate: When a model of clips answers "none of these", as ``mienet predict`` takes it;
            None always answers a class.
        limits: What requests may ask for at most.

    Raises:
        FileNotFoundError: If the folder, the model or the file to watch is not there.
        MienetError: If the extra ``serve`` is not installed, the address or port cannot be had, the
            model cannot be used or promise the error rate, the token is easy to guess or has other
            characters than an address, or another server runs for the folder.
        OSError: If the server's folders cannot be made.
    """
    require_fastapi()
    from mienet.server.serving import Serving

    _check_token(token)
    if model is not None:
        require_model(Path(model))
    folder = _require_folder(videos)
    if camera:
        from mienet.video.camera import require_source

        require_source(camera)
    notes = () if error_rate is None else _promise(model, error_rate)
    listening = _listen(host, port)
    settings = Settings(
        folder.resolve(),
        None if model is None else Path(model).resolve(),
        host,
        listening.getsockname()[1],
        "" if host in LOCAL_HOSTS else token or secrets.token_urlsafe(24),
        camera,
        error_rate,
        limits or Limits(),
    )
    return PreparedServer(settings, Serving(settings, listening), notes)


def _promise(model: str | Path | None, error_rate: float) -> tuple[str, ...]:
    """Returns what an error rate costs; before the server starts, as a model may not promise it."""
    if model is None:
        raise MienetError(
            "--error-rate is of a model of clips; give its run's folder, or leave --error-rate out"
        )
    from mienet.workflows.predict import prepare_work  # PyTorch, which a page needs only for this

    return tuple(prepare_work(model, [], error_rate=error_rate).notes)


def _check_token(token: str) -> None:
    if token and not re.fullmatch(rf"[\w-]{{{LEAST_TOKEN},200}}", token, re.ASCII):
        raise MienetError(
            f"{TOKEN_VARIABLE}: a token needs {LEAST_TOKEN} to 200 letters, digits, - or _, got "
            f"{len(token)} characters; make one with openssl rand -hex 24"
        )


def _require_folder(videos: str | Path) -> Path:
    folder = Path(videos)
    if folder.is_file():
        raise MienetError(
            f"--videos {videos}: a file; give the folder that it is in: "
            f"{command('serve', '--videos', folder.parent)}"
        )
    if not folder.is_dir():
        raise FileNotFoundError(f"--videos {videos}: no such folder; give the folder of the videos")
    return folder


def require_model(model: Path) -> None:
    """Raises an error unless there may be a model at a path.

    Raises:
        FileNotFoundError: If there is nothing.
        MienetError: If it is a folder without one, such as that of the videos.
    """
    if not model.exists():
        raise FileNotFoundError(f"{model}: no such model; give a run's folder, such as runs/first")
    if model.is_dir() and not any((model / name).exists() for name in (WEIGHTS, EXPORTED)):
        raise MienetError(
            f"{model}: a folder without a model; if it is that of the videos: "
            f"{command('serve', '--videos', model)}"
        )


def require_fastapi() -> None:
    """Raises an error that names the extra, unless what a server needs is installed.

    Raises:
        MienetError: If it is not.
    """
    try:
        import fastapi  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("a server", "serve", error) from error


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise MienetError(f"--port must be from 0 to 65535, got {port}")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server((str(address[0]), port), family=family)
        # asyncio sends at once (TCP_NODELAY) by sockets that name their protocol, which this one
        # does not: the second part of an answer would wait 40 ms for the first one's receipt.
        kind = (family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        return socket.socket(*kind, fileno=listening.detach())
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise MienetError(
                f"port {port} of {host} is taken, perhaps by another mienet serve; choose another, "
                f"such as --port {port + 1}, or --port 0 for any that is free"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM):
            raise MienetError(
                f"port {port} of {host} may not be used ({error.strerror}); choose one from 1024"
            ) from error
        raise MienetError(
            f"--host {host}: not an address of this computer ({error.strerror or error}); leave "
            "--host out, or give 0.0.0.0 for all of its addresses"
        ) from error


def _own_address() -> str:
    """Returns this computer's address in its network, as others can open it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking, contextlib.suppress(OSError):
        asking.connect(("192.0.2.1", 9))  # an address of nobody's: nothing is sent
        return str(asking.getsockname()[0])
    return socket.gethostname()
