"""Where things live on this computer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP_NAME = "echain-gate"


def default_data_folder() -> Path:
    """Return the platform's folder for this program's data."""
    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The files of one device, all in one folder."""

    root: Path

    @property
    def settings_file(self) -> Path:
        """Settings that outlive a run."""
        return self.root / "settings.toml"

    @property
    def key_file(self) -> Path:
        """Sealed keys, where the system has no keyring."""
        return self.root / "keys.sealed"

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
