from collections.abc import Iterator

import pytest

from tests.conftest import publish_networks


@pytest.fixture(scope="module", autouse=True)
def as_published() -> Iterator[None]:
    """Gives networks the blocks and channels that they are published with, as their files have."""
    with pytest.MonkeyPatch.context() as patch:
        publish_networks(patch)
        yield
