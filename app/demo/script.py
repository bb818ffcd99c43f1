"""Who shows what at the door, and what the door must say: the demo's script."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from app.domain.pass_builders import print_pass, rotating
from app.domain.passes import GatePass, encode, parse, slot_of
from app.domain.typed_data import ProofForm, TicketKey
from app.domain.verdicts import Code
from app.scan.scene import Carrier
from app.services.wallet import gate_key_id

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Sequence

    from app.demo.world import Roles, World
    from app.services.ports import Clock, TicketReader
    from offline_cache.records import Event, Ticket

    _Part = tuple[str, str, Sequence[int], Code, Callable[[int], str]]

SCREENSHOT_AGE_SECONDS = 180
SECOND_USES = 4
SHOPS = (
    "https://shop.example/menu?table=7",
    "WIFI:S:Venue Guest;T:WPA;P:not-a-ticket;;",
    "BEGIN:VCARD\nFN:Door Staff\nEND:VCARD",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """One guest at the door.

    ``part`` is what the guest tries, as a key for words. ``make`` gives the code's text at the
    moment it is shown. ``after`` names an earlier scene which must be at least ten seconds past.
    """

    label: str
    part: str
    expected: Code
    make: Callable[[], str]
    carrier: Carrier = Carrier.PHONE
    after: str = ""


class Script:
    """Writes the evening's scenes from the attendees' own view of the chain.

    Args:
        world: Wallets and who owns what.
        event: The event at this door.
        other: Another event of the same factory.
        tickets: The attendees' mirror.
        roles: Which ticket plays which part.
        clock: Wall time.
        dice: The order of the guests.
    """

    def __init__(  # noqa: PLR0913 - the dramatis personae
        self,
        *,
        world: World,
        event: Event,
        other: Event,
        tickets: TicketReader,
        roles: Roles,
        clock: Clock,
        dice: random.Random,
    ) -> None:
        """Keep the cast."""
        self._world = world
        self._event = event
        self._other = other
        self._tickets = tickets
        self._roles = roles
        self._clock = clock
        self._dice = dice
        self._stale: dict[int, str] = {}

    def take_stale_codes(self) -> None:
        """Make the codes that will be out of date at the door: before sales and re-bindings."""
        wallet = self._world.wallet
        for token_id in self._roles.sold_on:
            self._stale[token_id] = wallet.printed(self._event, self._ticket(token_id))
        for token_id in self._roles.bound_anew:
            self._stale[token_id] = wallet.printed(self._event, self._ticket(token_id))

    def scenes(self) -> list[Scene]:
        """Return the evening in order; second uses come at the end."""
        good = list(self._good())
        evening = [*good, *self._bad()]
        self._dice.shuffle(evening)
        again = [
            Scene(
                f"second use of {scene.label}",
                "second_use",
                Code.ALREADY_USED,
                scene.make,
                scene.carrier,
                after=scene.label,
            )
            for scene in self._dice.sample(good, SECOND_USES)
        ]
        return [*evening, *again]

    # ── good ──────────────────────────────────────────────────────────────────────────────────────

    def _good(self) -> Iterator[Scene]:
        roles, wallet = self._roles, self._world.wallet
        for token_id in roles.live_bound:
            yield _admitted("live code", "live_bound", token_id, partial(self._live, token_id))
        for token_id in roles.print_bound:
            make = partial(wallet.printed, self._event, self._ticket(token_id))
            yield _admitted("print", "print_bound", token_id, make, Carrier.PRINT)
        for token_id in roles.live_signed:
            make = partial(self._live_signed, token_id)
            yield _admitted("owner-signed live code", "live_signed", token_id, make)
        for token_id in roles.print_signed:
            make = partial(self._print_signed, token_id)
            yield _admitted("owner-signed print", "print_signed", token_id, make, Carrier.PRINT)

    def _live(self, token_id: int) -> str:
        return self._world.wallet.rotating(self._event, self._ticket(token_id))

    def _live_signed(self, token_id: int) -> str:
        wallet, ticket = self._world.wallet, self._ticket(token_id)
        certificate = wallet.delegate(
            self._event, ticket, self._world.owners[token_id], self._window()
        )
        return wallet.rotating(self._event, ticket, certificate)

    def _print_signed(self, token_id: int) -> str:
        owner = self._world.owners[token_id]
        return self._world.wallet.printed_by_owner(
            self._event, self._ticket(token_id), owner, self._window()
        )

    # ── bad ───────────────────────────────────────────────────────────────────────────────────────

    def _bad(self) -> Iterator[Scene]:
        roles = self._roles
        parts: Sequence[_Part] = (
            ("screenshot", "screenshot", roles.screenshot, Code.CODE_EXPIRED, self._screenshot),
            (
                "code sold on",
                "sold_on",
                roles.sold_on,
                Code.TRANSFERRED,
                self._stale.__getitem__,
            ),
            (
                "code bound anew",
                "bound_anew",
                roles.bound_anew,
                Code.SUPERSEDED,
                self._stale.__getitem__,
            ),
            ("forged proof", "forged", roles.forged, Code.BAD_PROOF, self._forged),
            ("stranger's key", "stranger", roles.stranger, Code.NOT_OWNER, self._strangers),
            (
                "live code as print",
                "downgraded",
                roles.downgraded_bound,
                Code.BAD_PROOF,
                self._downgraded,
            ),
            (
                "owner-signed live code as print",
                "downgraded",
                roles.downgraded_signed,
                Code.BAD_PROOF,
                self._downgraded_signed,
            ),
            ("other event", "other_event", (1, 2, 3), Code.WRONG_EVENT, self._other_event),
        )
        for what, part, token_ids, code, make in parts:
            for token_id in token_ids:
                yield Scene(f"{what}, ticket {token_id}", part, code, partial(make, token_id))
        for number, text in enumerate(SHOPS, 1):
            yield Scene(f"a shop's code {number}", "shop", Code.NOT_A_TICKET, partial(str, text))

    def _screenshot(self, token_id: int) -> str:
        slot = slot_of(self._clock.unix() - SCREENSHOT_AGE_SECONDS)
        return self._rotating(token_id, gate_key_id(self._event, token_id), slot)

    def _forged(self, token_id: int) -> str:
        """Sign with another key but keep the tag of the right one."""
        good = self._read(self._live(token_id))
        forged = self._read(
            self._rotating(token_id, self._passing_key(), slot_of(self._clock.unix()))
        )
        return encode(replace(forged, key_tag=good.key_tag))

    def _strangers(self, token_id: int) -> str:
        return self._rotating(token_id, self._passing_key(), slot_of(self._clock.unix()))

    def _downgraded(self, token_id: int) -> str:
        """Try to keep a live code for ever: as a print with the same signature."""
        live = self._read(self._live(token_id))
        return encode(replace(live, proof=ProofForm.STATIC, slot=None))

    def _downgraded_signed(self, token_id: int) -> str:
        live = self._read(self._live_signed(token_id))
        return encode(
            replace(live, proof=ProofForm.STATIC, slot=None, gate_key=None, proof_signature=None)
        )

    def _other_event(self, token_id: int) -> str:
        signer = self._world.actors.signer
        key_id = self._passing_key()
        key = TicketKey(self._other, token_id, 2)
        return encode(print_pass(key, signer.address(key_id), partial(signer.sign, key_id)))

    # ── helpers ───────────────────────────────────────────────────────────────────────────────────

    def _rotating(self, token_id: int, key_id: str, slot: int) -> str:
        signer = self._world.actors.signer
        key = TicketKey(self._event, token_id, self._ticket(token_id).epoch)
        sign = partial(signer.sign, key_id)
        return encode(rotating(key, signer.address(key_id), slot, sign))

    def _passing_key(self) -> str:
        key_id = "demo/stranger"
        if not self._world.actors.signer.has(key_id):
            self._world.actors.signer.create(key_id)
        return key_id

    def _ticket(self, token_id: int) -> Ticket:
        ticket = self._tickets.ticket(self._event.contract, token_id)
        assert ticket is not None
        return ticket

    def _window(self) -> tuple[int, int]:
        now = self._clock.unix()
        return now - 3_600, now + 24 * 3_600

    @staticmethod
    def _read(text: str) -> GatePass:
        found = parse(text)
        assert isinstance(found, GatePass)
        return found


def _admitted(
    what: str,
    part: str,
    token_id: int,
    make: Callable[[], str],
    carrier: Carrier = Carrier.PHONE,
) -> Scene:
    return Scene(f"{what} of ticket {token_id}", part, Code.ADMITTED, make, carrier)
