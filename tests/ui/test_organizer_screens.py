"""The organizer's doors and rules: from what is written to what is signed and queued."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.chain import contract_calls
from app.domain import invitation
from app.domain.bundle_file import unpack_policy
from app.domain.bundles import accept
from app.domain.policy import Bundle
from app.domain.rules import CutOff, EntryWindow, Policy, ReEntry
from app.ui.doors.screens import doors_page
from app.ui.i18n import Words
from app.ui.policy.form import every_field, read_form, write_form
from app.ui.policy.screens import policy_page
from offline_cache.records import CallKind
from tests.ui.organizer import NODE, Organizer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.runtime.engine import Engine
    from app.ui.look import Look
    from tests.ui.conftest import Stage


@pytest.fixture
def organizer(tmp_path: Path) -> Iterator[Organizer]:
    made = Organizer(tmp_path / "desk")
    yield made
    made.close()


# ── doors ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_door_is_invited_with_a_code_that_another_device_reads(
    organizer: Organizer, look: Look, stage: Stage, engine: Engine
) -> None:
    organizer.grant(1)
    page = doors_page(look, Words(), engine, organizer.doors())

    async def script() -> None:
        await stage.until(page.invite.make.isEnabled)
        assert page.invite.number.text() == "2"
        page.invite.inviter.setText("Anna")
        QTest.mouseClick(page.invite.make, Qt.MouseButton.LeftButton)
        await stage.until(lambda: page.model.state.drawn is not None)
        page.invite.copy.click()
        read = invitation.read(QGuiApplication.clipboard().text()).invitation
        assert (read.door, read.sender, read.nodes) == (2, "Anna", (NODE,))
        invitation.expect_vouched(read, organizer.event)
        assert page.model.state.drawn is not None
        assert page.invite.code.accessibleName()
        page.leave()

    stage.run(script())
    page.deleteLater()


def test_a_new_doors_key_is_granted_by_the_outbox(
    organizer: Organizer, look: Look, stage: Stage, engine: Engine
) -> None:
    page = doors_page(look, Words(), engine, organizer.doors())
    request = organizer.request(3)

    async def script() -> None:
        await stage.until(lambda: page.model.state.look is not None)
        page.request.setPlainText(request.message())
        await stage.until(lambda: page.model.state.request is not None)
        assert page.grant.text() == "Grant door 3"
        page.grant.click()
        await stage.until(lambda: page.model.state.granted)
        assert "queue" in page.asked.text()
        page.leave()

    stage.run(script())
    [call] = organizer.queued()
    assert call.kind is CallKind.GRANT_DOOR
    assert call.data == contract_calls.grant_door(3, request.record_key)
    page.deleteLater()


def test_a_number_that_has_another_key_and_a_strange_text_are_not_granted(
    organizer: Organizer, look: Look, stage: Stage, engine: Engine
) -> None:
    organizer.grant(3)
    page = doors_page(look, Words(), engine, organizer.doors())

    async def script() -> None:
        await stage.until(lambda: page.model.state.look is not None)
        page.request.setPlainText(organizer.request(3).text())
        await stage.until(lambda: page.model.state.request is not None)
        assert "another key already" in page.asked.text()
        assert not page.grant.isVisibleTo(page)
        page.request.setPlainText("EGD1.nothing")
        await stage.until(lambda: "not a door's card" in page.note.text())
        page.leave()

    stage.run(script())
    assert organizer.queued() == []
    page.deleteLater()


def test_who_is_not_the_organizer_can_neither_invite_nor_grant(
    tmp_path: Path, look: Look, stage: Stage, engine: Engine
) -> None:
    stranger = Organizer(tmp_path / "desk", owns=False, key=False)
    page = doors_page(look, Words(), engine, stranger.doors())

    async def script() -> None:
        await stage.until(lambda: page.model.state.look is not None)
        assert not page.invite.make.isEnabled()
        page.request.setPlainText(stranger.request(3).message())
        await stage.until(lambda: page.model.state.request is not None)
        assert "Only the organizer's wallet" in page.asked.text()
        page.leave()

    stage.run(script())
    page.deleteLater()
    stranger.close()


# ── rules ─────────────────────────────────────────────────────────────────────────────────────────

FULL = Policy(
    print_allowed=False,
    re_entry=ReEntry.AFTER_EXIT,
    max_entries_a_day=2,
    cut_off=CutOff.HOME_DOOR,
    home_doors=(1, 2),
    tiers_by_door={1: (1, 2), 4: (3,)},
    notes={2**200: "Wheelchair"},
    time_zone="Europe/Berlin",
    windows=(EntryWindow(1110, 120, (1,), "2026-07-03", "", (5, 6), "Come later"),),
    door_names={1: "North = main"},
    words={"TOO_EARLY": "Doors open at eight."},
    day_starts_minutes=240,
    overrides=(),
)


@pytest.mark.parametrize("policy", [Policy(), FULL])
def test_the_form_reads_what_it_writes(policy: Policy) -> None:
    reading = read_form(write_form(policy))
    assert reading.troubles == {}
    assert reading.policy == policy


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("undo_seconds", "a while"),
        ("undo_seconds", "-5"),
        ("undo_seconds", "99999999999"),
        ("time_zone", "Mars/Olympus"),
        ("day_starts_minutes", "25:00"),
        ("tiers_by_door", "1: 2"),
        ("tiers_by_door", "70000 = 1"),
        ("ticket_doors", "9-1 = 1"),
        ("ticket_doors", "x = 1"),
        ("notes", "1.5 = no"),
        ("windows", "18:00"),
        ("windows", "18:00\t23:00\t\t8"),
        ("windows", "18:00\t23:00\t\t\t2026-13-01"),
        ("windows", "24:00\t23:00"),
        ("words", "ADMITTED = hello"),
        ("mirror_amber_seconds", "99999"),
    ],
)
def test_what_no_door_could_read_is_named_at_its_field(name: str, text: str) -> None:
    reading = read_form(write_form(Policy()) | {name: text})
    assert reading.policy is None
    assert set(reading.troubles) == {name}
    assert reading.troubles[name].endswith(".")


def test_every_rule_has_its_field() -> None:
    from dataclasses import fields

    assert {field.name for field in every_field()} == {item.name for item in fields(Policy)}


def test_rules_are_edited_signed_saved_and_anchored(
    organizer: Organizer, look: Look, stage: Stage, engine: Engine, tmp_path: Path
) -> None:
    page = policy_page(look, Words(), engine, organizer.rules())
    file = tmp_path / "rules.bundle"

    async def script() -> None:
        await stage.until(lambda: bool(page.model.state.filled))
        assert "A printed pass opens as well." in page._sentences.text()
        page.form.editors["print_allowed"].widget.click()  # type: ignore[attr-defined]
        assert "a print does not" in page._sentences.text()
        assert page.undo.isVisibleTo(page)
        page.model.publish(file)
        await stage.until(lambda: page.model.state.published is not None)
        assert "version 2" in page.note.text()
        assert page.anchor.isVisibleTo(page)
        page.anchor.click()
        await stage.until(lambda: page.model.state.anchored)
        page.leave()

    stage.run(script())
    sealed = unpack_policy(file.read_bytes())
    bundle = accept(sealed, organizer.event, None, organizer.clock.unix())
    assert bundle == Bundle(organizer.event.event_id, 2, replace(Policy(), print_allowed=False))
    [call] = organizer.queued()
    key = organizer.event.bundle_key
    assert call.data == contract_calls.set_bundle(2, bundle.content_hash, key)
    stored = organizer.journal.latest_bundle(organizer.event.event_id)
    assert stored is not None
    assert stored.content == bundle.to_json()
    page.deleteLater()


def test_the_first_version_waits_unsigned_for_the_chain(
    tmp_path: Path, look: Look, stage: Stage, engine: Engine
) -> None:
    organizer = Organizer(tmp_path / "desk", key=False)
    page = policy_page(look, Words(), engine, organizer.rules())
    file = tmp_path / "rules.bundle"

    async def script() -> None:
        await stage.until(page.save.isEnabled)
        page.model.publish(file)
        await stage.until(lambda: page.model.state.published is not None)
        assert "once it is anchored" in page.note.text()
        page.anchor.click()
        await stage.until(lambda: page.model.state.anchored)
        page.leave()

    stage.run(script())
    sealed = unpack_policy(file.read_bytes())
    assert sealed.signature == b""
    bundle = Bundle.from_json(sealed.content)
    anchored = replace(
        organizer.event,
        bundle_version=1,
        bundle_hash=bundle.content_hash,
        bundle_key=organizer.signer.address("bundle"),
    )
    assert accept(sealed, anchored, None, organizer.clock.unix()).version == 1
    page.deleteLater()
    organizer.close()


def test_wrong_fields_keep_the_rules_from_being_saved_and_can_be_discarded(
    organizer: Organizer, look: Look, stage: Stage, engine: Engine
) -> None:
    page = policy_page(look, Words(), engine, organizer.rules())

    async def script() -> None:
        await stage.until(page.save.isEnabled)
        line = page.form.editors["undo_seconds"].widget
        line.setFocus()
        line.selectAll()  # type: ignore[attr-defined]
        QTest.keyClicks(line, "soon")
        assert not page.save.isEnabled()
        assert page.form.troubles["undo_seconds"].text() == "A whole number is needed."
        page.undo.click()
        assert page.save.isEnabled()
        assert line.text() == "15"  # type: ignore[attr-defined]
        page.leave()

    stage.run(script())
    page.deleteLater()


def test_a_folder_that_cannot_be_written_is_said(
    organizer: Organizer, look: Look, stage: Stage, engine: Engine, tmp_path: Path
) -> None:
    page = policy_page(look, Words(), engine, organizer.rules())

    async def script() -> None:
        await stage.until(page.save.isEnabled)
        page.model.publish(tmp_path / "nowhere" / "rules.bundle")
        await stage.until(lambda: "could not be written" in page.note.text())
        page.leave()

    stage.run(script())
    page.deleteLater()
