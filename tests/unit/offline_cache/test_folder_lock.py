from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from offline_cache.errors import StoreBusy, StoreUnusable
from offline_cache.folder_lock import DataFolderLock

HOLD = """
import sys
from pathlib import Path
from offline_cache.folder_lock import DataFolderLock
lock = DataFolderLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_second_instance_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with (
        DataFolderLock(tmp_path),
        pytest.raises(StoreBusy, match="another instance of the app: close it"),
    ):
        DataFolderLock(tmp_path)


def test_released_folder_can_be_taken_again(tmp_path: Path) -> None:
    lock = DataFolderLock(tmp_path / "new")
    lock.release()
    lock.release()

    with DataFolderLock(tmp_path / "new"):
        pass


def test_folders_do_not_exclude_each_other(tmp_path: Path) -> None:
    with DataFolderLock(tmp_path / "a"), DataFolderLock(tmp_path / "b"):
        pass


def test_folder_that_cannot_be_made_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreUnusable, match="permissions"):
        DataFolderLock(tmp_path / "file")


def test_killed_instance_leaves_the_folder_free(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy):
            DataFolderLock(tmp_path)
        child.kill()

    DataFolderLock(tmp_path).release()
