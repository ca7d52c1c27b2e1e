from pathlib import Path

import pytest

from mienet.errors import MienetError
from mienet.rendering.result_files import Target


@pytest.mark.parametrize("name", ["", "a\0.csv"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(MienetError, match=r"is not a file's name; give one such as result\.json"):
        Target(name)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MienetError, match="is a folder; give a file to write"):
        Target(tmp_path)
