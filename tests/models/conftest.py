from collections.abc import Iterator

import pytest

from mienet.models import resnet


@pytest.fixture(scope="module", autouse=True)
def published_blocks() -> Iterator[None]:
    """Gives ResNet-18 the blocks that it is published with, as the names in files tell them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(resnet.ARCHITECTURES, "resnet18", (resnet.BasicBlock, (2, 2, 2, 2)))
        yield
