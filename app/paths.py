"""Where things live on this computer."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from app.domain.errors import StoreTrouble

if TYPE_CHECKING:
    from collections.abc import Mapping

APP_NAME = "echain-gate"
DATA_VARIABLE = "ECHAIN_DATA"


def default_data_folder() -> Path:
    """Return the platform's folder for this program's data."""
    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def chosen_data_folder(flag: Path | None, environment: Mapping[str, str]) -> Path:
    """Return the data folder: the command line's, else the environment's, else the platform's.

    A leading ``~`` means the home folder wherever it is written.
    """
    named = flag or environment.get(DATA_VARIABLE) or default_data_folder()
    try:
        return Path(named).expanduser()
    except RuntimeError:  # ~ of somebody whom this computer does not know
        return Path(named)


def make_private_folder(folder: Path) -> Path:
    """Make a folder, for this user only, with its parents; one that is there stays as it is.

    Raises:
        StoreTrouble: ``store.unusable``, or ``store.full`` where no space is left.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as trouble:
        raise cannot_write(f"the folder {folder}", trouble) from trouble
    return folder


def cannot_write(what: str, trouble: OSError) -> StoreTrouble:
    """Return ``store.full`` or ``store.unusable`` for a file or folder that cannot be written."""
    full = trouble.errno in {errno.ENOSPC, errno.EDQUOT}
    return StoreTrouble(
        f"{what} cannot be written ({trouble.strerror}); "
        + ("free some space" if full else "check its permissions, or choose another with --data"),
        code="store.full" if full else "store.unusable",
    )


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The files of one device, all in one folder."""

    root: Path

    @property
    def settings_file(self) -> Path:
        """Settings that outlive a run."""
        return self.root / "settings.toml"

    @property
    def mirror_file(self) -> Path:
        """What the chain says."""
        return self.root / "mirror.db"

    @property
    def journal_file(self) -> Path:
        """What happened here."""
        return self.root / "journal.db"

    @property
    def key_file(self) -> Path:
        """Sealed keys, where the system has no keyring."""
        return self.root / "keys.sealed"

    @property
    def pin_file(self) -> Path:
        """The staff PIN, hashed, and how often a wrong one was entered."""
        return self.root / "staff-pin.json"

    @property
    def log_file(self) -> Path:
        """The program's log."""
        return self.root / "logs" / "echain.log"

    @property
    def deployments(self) -> Path:
        """Contracts deployed from here, one file a chain."""
        return self.root / "deployments"

    @property
    def node(self) -> Path:
        """The embedded chain's state and log."""
        return self.root / "node"
