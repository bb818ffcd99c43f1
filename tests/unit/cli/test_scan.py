"""``echain scan`` on files, texts and sources; with a real mirror and journal, without a chain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
import segno

from offline_cache.folder_lock import DataFolderLock
from tests.unit.scan.pdfs_for_tests import pdf
from tests.unit.scan.pictures_for_tests import code
from tests.venue import Venue

if TYPE_CHECKING:
    from tests.unit.cli.shell import Shell


def draw(path: Path, *texts: str) -> Path:
    """Write a picture with codes beside each other."""
    tiles = []
    for text in texts:
        qr = segno.make(text, micro=False)
        modules = np.pad(np.array(qr.matrix, dtype=np.uint8), 6)
        tiles.append(np.kron(255 * (1 - modules), np.ones((5, 5))).astype(np.uint8))
    height = max((tile.shape[0] for tile in tiles), default=200)
    padded = [
        np.pad(tile, ((0, height - tile.shape[0]), (0, 0)), constant_values=255) for tile in tiles
    ]
    picture = np.hstack(padded) if padded else np.full((200, 200), 255, np.uint8)
    assert cv2.imwrite(str(path), picture)
    return path


@pytest.fixture
def good(tmp_path: Path) -> str:
    return str(draw(tmp_path / "good.png", "HELLO", "WORLD"))


def texts_of(entry: dict[str, list[dict[str, str]]]) -> set[str]:
    return {seen["text"] for seen in entry["codes"]}


def test_without_an_event_codes_are_read_and_not_judged(shell: Shell, good: str) -> None:
    ran = shell.json("scan", good)
    assert ran.code == 0
    (entry,) = ran.result
    assert set(entry) == {"file", "codes"}
    assert entry["file"] == good
    assert texts_of(entry) == {"HELLO", "WORLD"}
    assert {seen["verdict"] for seen in entry["codes"]} == {None}
    assert not shell.data.exists()


def test_a_bad_file_does_not_cost_the_others(shell: Shell, good: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(Path(good).read_bytes()[:200])
    (tmp_path / "empty.png").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "film.mp4").write_bytes(b"\x00\x01\x02 no film")
    (tmp_path / "notes.txt").write_text("HELLO\n", "utf-8")
    (tmp_path / "list.m3u8").write_text("#EXTM3U\nhttp://node.test/x\n", "utf-8")
    bad = {
        "broken.png": "camera.unreadable",
        "empty.png": "camera.unreadable",
        "folder": "camera.empty",
        "film.mp4": "camera.unreadable",
        "notes.txt": "camera.unreadable",
        "list.m3u8": "camera.unreadable",
        "missing.png": "camera.missing",
        "missing": "camera.missing",
    }
    ran = shell.json("scan", *(str(tmp_path / name) for name in bad), good)
    assert ran.code == 3
    *failed, last = ran.result
    assert {Path(entry["file"]).name: entry["error"]["code"] for entry in failed} == bad
    assert all(entry["codes"] == [] for entry in failed)
    assert all(entry["error"]["do"] for entry in failed)
    assert texts_of(last) == {"HELLO", "WORLD"}


def test_people_read_the_same_with_a_sentence(shell: Shell, good: str) -> None:
    ran = shell("scan", good, "missing.png")
    assert ran.code == 3
    assert "  HELLO" in ran.out
    assert "camera.missing" in ran.err
    assert "Check the name" in ran.err


def test_a_folder_stands_for_its_pictures(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in (10, 2):
        draw(folder / f"{number}.png", f"CODE {number}")
    draw(folder / "11.png")
    ran = shell.json("scan", str(folder))
    found = [(Path(entry["file"]).name, sorted(texts_of(entry))) for entry in ran.result]
    assert found == [("2.png", ["CODE 2"]), ("10.png", ["CODE 10"]), ("11.png", [])]
    assert ran.code == 0


def test_every_page_of_a_pdf_is_read(shell: Shell, tmp_path: Path) -> None:
    tickets = tmp_path / "tickets.pdf"
    tickets.write_bytes(pdf([code("EG1:FIRST", scale=6), code("EG1:SECOND", scale=6)]))
    locked = tmp_path / "locked.pdf"
    locked.write_bytes(pdf([code("EG1:LOCKED")], encrypted=True))
    ran = shell.json("scan", str(locked), str(tickets))
    assert ran.code == 3
    refused, read = ran.result
    assert refused["error"]["code"] == "camera.unreadable"
    assert texts_of(read) == {"EG1:FIRST", "EG1:SECOND"}


def test_the_same_file_twice_gives_two_entries(shell: Shell, good: str) -> None:
    assert [len(entry["codes"]) for entry in shell.json("scan", good, good).result] == [2, 2]


def test_given_texts_are_read_as_if_scanned(shell: Shell) -> None:
    ran = shell.json("scan", "--text", "https://shop.test", "--text", "a\x1b[2J")
    assert texts_of(ran.result[0]) == {"https://shop.test", "a\x1b[2J"}
    assert "\x1b" not in shell("scan", "--text", "a\x1b[2J").out


def test_without_files_the_camera_is_the_source(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    first = draw(folder / "1.png", "ONE")
    (folder / "2.png").write_bytes(b"no picture")
    ran = shell.json("scan", "--camera", str(folder))
    assert ran.code == 3
    assert [(entry["file"], texts_of(entry)) for entry in ran.result] == [
        (str(first), {"ONE"}),
        (str(folder), set()),
    ]
    assert ran.result[1]["error"]["code"] == "camera.unreadable"


@pytest.mark.parametrize("camera", ["missing-folder", "/dev/video4711", "camera:4711"])
def test_a_missing_camera_is_named(shell: Shell, camera: str) -> None:
    ran = shell.json("scan", "--camera", camera)
    assert ran.code == 3
    assert ran.result[0]["error"]["code"] in {"camera.missing", "camera.unreadable"}


def test_a_streams_password_is_never_shown(shell: Shell) -> None:
    spec = "http://me:hunter2@127.0.0.1:9/live?key=hunter2"
    for ran in (shell.json("scan", "--camera", spec), shell("scan", "--camera", spec)):
        assert ran.code == 3
        assert "hunter2" not in ran.out + ran.err


@pytest.mark.parametrize(
    "line", ["scan 0", "scan rtsp://cam.test", "scan a.png --timeout 3", "scan a.png --online"]
)
def test_cameras_are_not_files(shell: Shell, line: str) -> None:
    ran = shell(*line.split())
    assert ran.code == 2
    assert "camera" in ran.err


# ── with an event open ────────────────────────────────────────────────────────────────────────────


def test_a_good_ticket_is_admitted_once_and_journaled(
    shell: Shell, venue: Venue, tmp_path: Path
) -> None:
    picture = str(draw(tmp_path / "ticket.png", venue.payload(3)))
    ran = shell.json("scan", picture)
    assert ran.code == 0
    verdict = ran.result[0]["codes"][0]["verdict"]
    assert (verdict["code"], verdict["admits"], verdict["token_id"]) == ("ADMITTED", True, "3")
    ran = shell.json("scan", picture)
    assert ran.code == 4
    verdict = ran.result[0]["codes"][0]["verdict"]
    assert (verdict["code"], verdict["admits"]) == ("ALREADY_USED", False)
    assert verdict["first_use"]["door"] == 1


def test_with_test_nobody_is_admitted(shell: Shell, venue: Venue) -> None:
    for _ in range(2):
        ran = shell.json("scan", "--test", "--text", venue.payload(3))
        assert ran.result[0]["codes"][0]["verdict"]["code"] == "ADMITTED"
    assert shell.json("scan", "--text", venue.payload(3)).code == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("https://shop.test", "NOT_A_TICKET"),
        ("EG1:!!!", "UNREADABLE"),
        ("EG1:" + "A" * 5_000, "UNREADABLE"),
        ("\x00\x01", "NOT_A_TICKET"),
        ("", "NOT_A_TICKET"),
    ],
)
@pytest.mark.usefixtures("venue")
def test_what_is_no_pass_is_refused(shell: Shell, text: str, code: str) -> None:
    ran = shell.json("scan", "--text", text)
    assert ran.code == 4
    assert ran.result[0]["codes"][0]["verdict"]["code"] == code


def test_an_old_code_is_refused_in_words(shell: Shell, venue: Venue) -> None:
    ran = shell("scan", "--text", venue.payload(3, slots_ago=20))
    assert ran.code == 4
    assert "STOP: This code is too old" in ran.out
    assert "[CODE_EXPIRED]" in ran.out


def test_a_camera_judges_too(shell: Shell, venue: Venue, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    draw(folder / "1.png", venue.payload(5))
    ran = shell.json("scan", "--camera", str(folder))
    assert ran.code == 0
    assert ran.result[0]["codes"][0]["verdict"]["admits"] is True


def test_a_stale_mirror_is_environment_not_refusal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.data.mkdir()
    monkeypatch.setenv("ECHAIN_FACTORY", "0x" + "fa" * 20)
    old = Venue.open(shell.data, synced_ago=3 * 86_400)
    old.close()
    ran = shell.json("scan", "--event", "1", "--text", old.payload(1))
    assert ran.result[0]["codes"][0]["verdict"]["code"] == "MIRROR_TOO_OLD"
    assert ran.code == 3


@pytest.mark.usefixtures("venue")
def test_an_unknown_event_is_said_with_what_to_do(shell: Shell) -> None:
    ran = shell("scan", "--event", "9", "--text", "x")
    assert ran.code == 3
    assert "chain.unknown_event" in ran.err
    assert "sync" in ran.err


def test_an_event_without_a_factory_is_said(shell: Shell) -> None:
    ran = shell.json("scan", "--event", "1", "--text", "x")
    assert ran.code == 3
    assert ran.result["error"]["code"] == "settings.missing"


def test_a_folder_in_use_is_said(shell: Shell, venue: Venue) -> None:
    with DataFolderLock(shell.data):
        ran = shell.json("scan", "--text", venue.payload(1))
    assert ran.code == 3
    assert ran.result["error"]["code"] == "store.busy"
