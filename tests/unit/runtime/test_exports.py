"""Files for people: whole or not at all, never over another."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import StoreTrouble
from app.runtime.exports import written

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_export_stands_beside_the_first(tmp_path: Path) -> None:
    file = tmp_path / "exports" / "shift.csv"
    assert written(file, b"one") == str(file)
    assert written(file, b"two") == str(file.with_name("shift-2.csv"))
    assert file.read_bytes() == b"one"
    assert file.stat().st_mode & 0o077 == 0


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "exports").write_bytes(b"a file")
    with pytest.raises(StoreTrouble) as caught:
        written(tmp_path / "exports" / "shift.csv", b"x")
    assert caught.value.code == "store.unusable"


def test_a_full_disk_leaves_nothing_that_looks_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreTrouble) as caught:
        written(tmp_path / "shift.csv", b"x")
    assert caught.value.code == "store.full"
    assert not (tmp_path / "shift.csv").exists()
