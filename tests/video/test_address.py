"""Which texts are addresses, and what of them may be shown."""

import pickle
from pathlib import Path

import pytest

from mienet.video.address import Address, is_address, located, written


@pytest.mark.parametrize("text", ["s3://bucket/a.mp4", "https://host/a", "HTTP://h/a", "gs://b/a"])
def test_a_scheme_of_two_letters_makes_an_address(text: str) -> None:
    assert is_address(text)
    assert written(text) == text


@pytest.mark.parametrize(
    "text", ["a.mp4", "C:\\a.mp4", "C://a.mp4", "./s3://a.mp4", "12:30://a.mp4", "://a", ""]
)
def test_anything_else_is_a_path(text: str) -> None:
    assert not is_address(text)
    assert located(text) == Path(text)


def test_file_addresses_are_local() -> None:
    assert not is_address("file:///data/jump%201.mp4")
    assert located("file:///data/jump%201.mp4") == Path("/data/jump 1.mp4")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ann:hidden@host/a.mp4", "https://host/a.mp4"),
        ("https://hidden@host/a.mp4", "https://host/a.mp4"),
        ("s3://b/a.mp4?X-Amz-Credential=k&X-Amz-Signature=hidden", "s3://b/a.mp4"),
        ("https://h/a.mp4?id=3&sig=hidden&part=2", "https://h/a.mp4?id=3&part=2"),
        ("https://h/a?AWSAccessKeyId=k&Signature=hidden&Expires=9", "https://h/a?Expires=9"),
        ("abfs://clips@account.dfs.core.windows.net/a.mp4", None),
        ("s3://bucket/what?/a b.mp4", None),
        ("https://h/@a:b/c.mp4", None),
    ],
)
def test_secrets_are_not_shown_but_kept(url: str, shown: str | None) -> None:
    address = Address(url)
    assert (str(address), address.url) == (shown or url, url)
    assert "hidden" not in f"{address}{address!r}"


def test_an_address_goes_whole_to_other_processes() -> None:
    url = "https://ann:hidden@host/a.mp4"
    again = pickle.loads(pickle.dumps(Address(url)))
    assert (again, again.url) == ("https://host/a.mp4", url)


def test_an_address_that_is_signed_anew_is_the_same() -> None:
    assert Address("https://h/a?sig=1") == Address("https://h/a?sig=2")


@pytest.mark.parametrize(
    ("url", "name", "stem"),
    [
        ("https://h/clips/a.b.mp4?id=x/y", "a.b.mp4", "a.b"),
        ("s3://b/clips/a?.mp4", "a?.mp4", "a?"),
        ("s3://b/clips/", "", ""),
    ],
)
def test_an_address_ends_in_a_name(url: str, name: str, stem: str) -> None:
    assert (Address(url).name, Address(url).stem) == (name, stem)
