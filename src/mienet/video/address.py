"""Where a video is: at a path of this computer, or at the address of a store, ``SCHEME://...``.

An address names one video file, at an S3-like store or on the web; what opens it is in ``remote``.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mienet.errors import MienetError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")  # two letters at least: C: is a disk
_USER = re.compile(r"(?<=://)[^/?#]*@")
_SECRET = re.compile(
    r"(?i)^x-(amz|goog)-|sig$|signature|token|secret|passw|credential|hmac|auth|key(id)?$"
)

LOCAL_ONLY = (
    "is an address, and predict and timeline alone read such; download the video, and name the file"
)


class Address(str):
    """The address of a video, as it may be shown and written: without what is secret in it.

    A user's name and password, and a query's signatures, keys and tokens, are left out. Two
    addresses are equal if this is, so that a video is the same when it is signed anew.

    Attributes:
        url: The address as it was given, for opening it and for nothing else.
    """

    url: str

    def __new__(cls, url: str) -> "Address":
        """Returns the address, of which ``url`` is kept beside."""
        address = super().__new__(cls, _without_secrets(url))
        address.url = url
        return address

    @property
    def name(self) -> str:
        """Returns the file's name, such as ``a.mp4``; empty if the address ends in a ``/``."""
        text = re.split(r"[?#]", self)[0] if self.startswith("http") else self
        return text.partition("://")[2].rpartition("/")[2]

    @property
    def stem(self) -> str:
        """Returns the file's name without its ending."""
        return Path(self.name).stem


Place = Path | Address
"""A file or folder of this computer, or the address of a video."""

Signature = tuple[str, int, int | str]
"""Where a video is, its bytes, and when it was changed or what its store calls this version."""


def is_address(text: object) -> bool:
    """Returns whether something names a video that is not on this computer.

    ``file://`` does not, and neither does a path such as ``./a://b`` or ``C:/a``.
    """
    if isinstance(text, Address):
        return True
    found = _SCHEME.match(text) if isinstance(text, str) and "://" in text else None
    return found is not None and found[1].lower() != "file"


def located(text: str | Path) -> Place:
    """Returns where a video is that is named on a command line or in a list."""
    if isinstance(text, (Path, Address)):
        return text
    if is_address(text):
        return Address(text)
    if text.lower().startswith(("file:///", "file://localhost/")):
        return Path(url2pathname(urlsplit(text).path))
    return Path(text)


def local(text: str | Path) -> Path:
    """Returns the path of what has to be on this computer.

    Raises:
        MienetError: If it is an address.
    """
    place = located(text)
    if isinstance(place, Address):
        raise MienetError(f"{place} {LOCAL_ONLY}")
    return place


def written(text: str | Path) -> str:
    """Returns how records name a video: a path's text, or an ``Address`` as it is."""
    place = located(text)
    return place if isinstance(place, Address) else str(place)


def _without_secrets(url: str) -> str:
    """Returns an address without its user and password and without what signs its query."""
    user = _USER.search(url)
    # abfs://CONTAINER@ACCOUNT/... is no user.
    if user is not None and (":" in user[0] or url.lower().startswith("http")):
        url = url[: user.start()] + url[user.end() :]
    path, mark, query = url.partition("?")
    fields = [one for one in query.split("&") if not _SECRET.search(one.partition("=")[0])]
    return path + mark * bool(fields) + "&".join(fields)
