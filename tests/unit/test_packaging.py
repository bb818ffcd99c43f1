"""The units of a locked session: read by systemd itself where it is installed."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.cli.arguments import parse
from app.cli.vaults import CREDENTIAL

FOLDER = Path(__file__).parents[2] / "packaging" / "linux"
UNITS = sorted(FOLDER.glob("*.service"))


def read(unit: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser has it
    found.read_string(unit.read_text("utf-8"))
    return found


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_the_unit_starts_a_command_that_exists_and_is_watched(unit: Path) -> None:
    service = read(unit)["Service"]
    words = service["ExecStart"].split(" -- ")
    started = next(part for part in words if "/echain " in part).split("/echain ")[1].split()
    assert parse(started).command == "kiosk"
    assert (service["Type"], service["NotifyAccess"]) == ("notify", "all")
    assert int(service["WatchdogSec"]) > 2 * 20  # the supervisor's own patience comes first
    assert service["StateDirectoryMode"] == "0700"
    assert service["LimitCORE"] == "0"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_the_credential_has_the_name_that_the_program_reads(unit: Path) -> None:
    named = re.findall(r"#LoadCredential(?:Encrypted)?=([^:]+):", unit.read_text("utf-8"))
    assert named == [CREDENTIAL, CREDENTIAL]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_understands_the_unit(unit: Path, tmp_path: Path) -> None:
    # With a program that exists on every machine in the place of the installed ones.
    text = re.sub(r"(?m)^ExecStart=.*$", "ExecStart=/bin/true", unit.read_text("utf-8"))
    copy = tmp_path / unit.name
    copy.write_text(text.replace("User=kiosk", "User=root"))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    about_it = [line for line in said.stderr.splitlines() if unit.name in line]
    assert (said.returncode, about_it) == (0, [])
