"""The composition root: builds the graph of objects that one run of the app needs."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from app.chain import contract_calls
from app.chain.linking import Link, Means, connect
from app.chain.service_keys import ServiceKeys
from app.chain.signer import VaultSigner
from app.chain.transactions import GWEI, FeePolicy
from app.domain import bundles
from app.domain.batching import BatchRules
from app.domain.errors import ChainError, SettingsError
from app.domain.policy import Bundle, Policy
from app.domain.self_service import OPERATOR
from app.gates.embedded import EmbeddedGate
from app.guest_desk import GuestDesk
from app.runtime.clock import ClockWatch, SystemClock
from app.runtime.engine import Engine
from app.runtime.refresher import Refresher
from app.services.backing_up import BackupKeeper
from app.services.calls import CallService
from app.services.checkin import CheckInService, DoorSetup
from app.services.evidence import EvidenceService
from app.services.outbox import Outbox, RecordRules
from app.services.queue import QueueService
from app.services.reading_anew import ReadingAnew
from app.services.sync import SyncService
from app.services.transactor import Transactor
from offline_cache.backups import back_up
from offline_cache.folder_lock import DataFolderLock
from offline_cache.journal import Journal
from offline_cache.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.chain.vault import Vault
    from app.domain.bundles import SealedBundle
    from app.services.guests import GuestBook
    from app.services.outbox import OutboxState
    from app.services.ports import Clock
    from app.services.sync import SyncState
    from app.settings import Settings
    from offline_cache.records import DoorState, Event

__all__ = ["Device", "Link", "record_key_id"]
EVENT_ID_BYTES = 32


def record_key_id(event: Event, door: int) -> str:
    """Name the key with which a door signs its check-ins at one event."""
    return f"record/{event.event_id.hex()}/{door}"


class Device:
    """One data folder, opened: its stores, keys and engine thread.

    Args:
        settings: What this device was told.
        vault: Where its keys rest.
        clock: Wall and monotonic time.
        on_bug: Receives bugs of background loops.

    Raises:
        StoreError: The folder is in use, or a file of it cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        vault: Vault,
        *,
        on_bug: Callable[[BaseException], None],
        clock: Clock | None = None,
    ) -> None:
        """Open everything; what was opened is closed again if a later part fails."""
        self.settings = settings
        self.clock = clock or SystemClock()
        self.signer = VaultSigner(vault)
        self._vault = vault
        self.service_keys = ServiceKeys(vault)
        self.clock_watch = ClockWatch(self.clock)
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = DataFolderLock(settings.data)
        self.mirror, self.journal = _open_stores(self._lock, settings.data, self.clock)
        self.reading_anew = ReadingAnew(self.journal)
        self.engine = Engine(on_bug)
        self.engine.start()

    def close(self) -> None:
        """Stop the engine, then the stores, then give the folder free; safe to call again."""
        self.engine.stop()
        self.journal.close()
        self.mirror.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── the chain ─────────────────────────────────────────────────────────────────────────────────

    def link(self, factory: bytes, start_block: int = 0) -> Link:
        """Make a connection as the settings say; nothing is asked of the network yet.

        Raises:
            KeyTrouble: ``keys.*`` if the settings name a secret that cannot be had.
            SettingsError: ``settings.missing`` if a third party's secret is not there.
        """
        fees = FeePolicy(max_fee_per_gas=self.settings.max_fee_gwei * GWEI)
        means = Means(self.service_keys.find, self._reached, self.clock.unix, fees)
        return connect(self.settings.profile, self.settings.route, factory, start_block, means)

    def _reached(self) -> int:
        head = self.mirror.head()
        return -1 if head is None else head.number

    def sync(
        self,
        link: Link,
        *,
        interval: float = 1.0,
        on_state: Callable[[SyncState], None] | None = None,
    ) -> SyncService:
        """Make the service that keeps the mirror equal to the chain."""
        return SyncService(
            link.source,
            self.mirror,
            start_block=link.start_block,
            interval=interval,
            on_state=partial(self._synced, on_state),
            feed=link.feed,
        )

    def _synced(self, on_state: Callable[[SyncState], None] | None, state: SyncState) -> None:
        self.reading_anew.heard(state)
        if on_state is not None:
            on_state(state)

    # ── the door ──────────────────────────────────────────────────────────────────────────────────

    def event(self, factory: bytes) -> Event:
        """Return the event that the settings name, from the mirror.

        Raises:
            SettingsError: ``settings.missing`` if none is named, ``settings.wrong`` if it is no id.
            ChainError: ``chain.unknown_event`` if the mirror has no such event.
        """
        named = self.settings.event
        if not named:
            raise SettingsError(
                "no event is open: name it with --event, by its number", code="settings.missing"
            )
        if named.isascii() and named.isdigit():
            found = self.mirror.event_by_number(factory, int(named))
        else:
            found = self.mirror.event_by_id(_event_id(named))
        if found is None:
            raise ChainError(
                f"the mirror has no event {named} of this factory; sync first",
                code="chain.unknown_event",
            )
        return found

    def record_key(self, event: Event) -> bytes:
        """Return the address of this door's record key, made on first use: what is granted."""
        key_id = record_key_id(event, self.settings.door)
        if not self.signer.has(key_id):
            return self.signer.create(key_id)
        return self.signer.address(key_id)

    def bundle(self, event: Event) -> Bundle:
        """Return the event's bundle as this device holds it; without one, the default policy."""
        stored = self.journal.latest_bundle(event.event_id)
        if stored is None:
            return Bundle(event.event_id, 0, Policy())
        return Bundle.from_json(stored.content)

    def take_bundle(self, event: Event, sealed: SealedBundle) -> Bundle:
        """Keep a bundle that was handed over, if it may be trusted; blocks until it is durable.

        Raises:
            BundleError: It is malformed, older than what is known, or not the organizer's.
        """
        now = self.clock.unix()
        held = self.journal.latest_bundle(event.event_id)
        bundle = bundles.accept(sealed, event, held, now)
        self.journal.put_bundle(bundles.stored(sealed, bundle, now)).result()
        return bundle

    # ── the guest list ────────────────────────────────────────────────────────────────────────────

    def guest_desk(self) -> GuestDesk:
        """Make what keeps and opens this door's guest lists."""

        def record_key(event: Event) -> str:
            self.record_key(event)
            return record_key_id(event, self.settings.door)

        return GuestDesk(
            self.journal,
            self._vault,
            self.signer,
            self.settings.door,
            self.clock.unix,
            record_key,
        )

    def guests(self, event: Event) -> GuestBook:
        """Return the event's guests; blocks, and raises, as ``GuestKeeper.book``."""
        return self.guest_desk().book(event)

    # ── admission ─────────────────────────────────────────────────────────────────────────────────

    def door(
        self, event: Event, *, refresh: Callable[[], bool] | None = None, test: bool = False
    ) -> CheckInService:
        """Make the check-in path of this door for an event.

        Args:
            event: The open event.
            refresh: One look at the chain before a ticket is called unknown; None: never.
            test: Judge, but claim nothing.
        """
        bundle = self.bundle(event)
        return CheckInService(
            tickets=self.reading_anew.guarded(self.mirror),
            uses=self.journal,
            gate=EmbeddedGate(self.journal),
            clock=self.clock,
            entropy=os.urandom,
            setup=DoorSetup(
                event_id=event.event_id,
                chain_id=event.chain_id,
                door=self.settings.door,
                policy=bundle.policy,
                issuers=bundle.issuers,
                operator=self.settings.operator,
                test=test,
                unattended=self.settings.operator == OPERATOR,
            ),
            clock_trusted=self.clock_watch.trusted,
            door_states=self._door_states,
            refresh=refresh or _never,
        )

    def calls(self) -> CallService:
        """Make the service that writes down what people ask of the contracts."""
        chain_id = self.settings.profile.chain_id
        return CallService(self.journal, contract_calls, self.signer, self.clock, chain_id)

    def queue(self) -> QueueService:
        """Make the service that tells people what waits for the chain and why."""
        return QueueService(self.journal, self.mirror, self.clock.unix)

    def evidence(self) -> EvidenceService:
        """Make the service that verifies the journal and carries it to other machines."""
        chain_id = self.settings.profile.chain_id
        return EvidenceService(self.journal, self.mirror, self.clock.unix, chain_id)

    @property
    def backup_folders(self) -> tuple[Path, ...]:
        """Where copies of the journal go: beside it, and where the settings say."""
        own = self.settings.data / "backups"
        second = self.settings.backup
        return (own, Path(second).expanduser()) if second else (own,)

    def back_up(self, folder: Path) -> Path:
        """Write a verified copy of the journal into a folder; blocks.

        Raises:
            StoreError: It could not be made.
        """
        return back_up(self.journal, folder, self.clock.unix(), self.settings.backup_keep)

    def backups(self) -> BackupKeeper:
        """Make the service that copies the journal at the start, and then as often as is set."""
        interval = self.settings.backup_minutes * 60.0
        return BackupKeeper(self.backup_folders, self.back_up, interval=interval)

    def refresher(self, sync: SyncService) -> Refresher:
        """Make the quick look at the chain for this device's door."""
        return Refresher(self.engine, sync, self.clock)

    def outbox(
        self,
        link: Link,
        event: Event | None,
        *,
        on_state: Callable[[OutboxState], None] | None = None,
    ) -> Outbox:
        """Make the service that brings this device's check-ins on chain, those of every event.

        The open event, if one is, is known even while the mirror is filled again.
        """
        return Outbox(
            store=self.journal,
            chain=link.writer,
            transactor=Transactor(self.journal, link.writer, self.signer, self.clock),
            signer=self.signer,
            clock=self.clock,
            wallet_key=self.settings.wallet,
            rules=lambda event_id, door: self._record_rules(event, event_id, door),
            doors=lambda contract: {door.door: door for door in self.mirror.doors(contract)},
            batches=self._batch_rules(link),
            on_state=on_state,
            skip_reason=self._skip_reason,
        )

    def _record_rules(self, opened: Event | None, event_id: bytes, door: int) -> RecordRules | None:
        """Tell how a door's records are made; None where the event or the door's key is missing."""
        is_open = opened is not None and event_id == opened.event_id
        event = opened if is_open else self.mirror.event_by_id(event_id)
        if event is None or not self.signer.has(record_key_id(event, door)):
            return None
        undo_seconds = self.bundle(event).policy.undo_seconds
        return RecordRules(event_id, event.contract, undo_seconds, record_key_id(event, door))

    def _batch_rules(self, link: Link) -> BatchRules:
        # Play money is not worth a wait.
        return BatchRules(wait_seconds=0 if link.profile.test else self.settings.batch_wait)

    def _skip_reason(self, claim_id: bytes) -> int:
        return next((skip.reason for skip in self.mirror.skips_of_claim(claim_id)[::-1]), 0)

    def _door_states(self, contract: bytes) -> Mapping[int, DoorState]:
        return {door.door: door.state for door in self.mirror.doors(contract)}


def _open_stores(lock: DataFolderLock, folder: Path, clock: Clock) -> tuple[Mirror, Journal]:
    try:
        mirror = Mirror(folder, clock.unix)
    except BaseException:
        lock.release()
        raise
    try:
        journal = Journal(folder, clock.unix, os.urandom)
    except BaseException:
        mirror.close()
        lock.release()
        raise
    try:
        return _read_anew(mirror, journal, folder, clock), journal
    except BaseException:
        journal.close()
        lock.release()
        raise


def _read_anew(mirror: Mirror, journal: Journal, folder: Path, clock: Clock) -> Mirror:
    """Empty the mirror beside a restored journal: without one no door admits anybody.

    What the lost journal had brought on chain is known again once the mirror is.
    """
    if not journal.must_read_chain:
        return mirror
    try:
        mirror.clear().result()
    finally:
        mirror.close()  # on the disk before the duty is
    journal.chain_is_read_anew().result()
    return Mirror(folder, clock.unix)


def _event_id(text: str) -> bytes:
    try:
        event_id = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        event_id = b""
    if len(event_id) != EVENT_ID_BYTES:
        raise SettingsError(
            f"'{text:.80}' is neither an event's number nor its 32-byte id", code="settings.wrong"
        )
    return event_id


def _never() -> bool:
    return False
