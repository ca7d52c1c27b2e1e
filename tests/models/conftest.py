from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def published_width() -> Iterator[None]:
    """Gives networks the channels that they are published with, as their files have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mienet.models.resnet.WIDTH", 64)
        yield
