"""The queue as the command line prints it: plain values for programs, sentences for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.domain.addresses import checksum
from app.domain.money import exact_ether
from app.domain.money import short as short_amount
from app.domain.outbox import CALL_INTENT
from app.domain.standing import Action, Why
from app.ui.queue import words
from offline_cache.records import RecordState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.domain.standing import Standing
    from app.domain.transacting import Price
    from app.services.queue import CallLine, ConflictLine, QueueLook, RecordLine, TransactionLine
    from offline_cache.records import QueuedCall

    Url = Callable[[bytes], str]

SHORT_BYTES = 8
COMMANDS = {
    Action.SEND: "echain outbox drain",
    Action.RETRY: "echain outbox retry {it}",
    Action.SPEED_UP: "echain outbox speed-up {it}",
    Action.CANCEL: "echain outbox cancel {it}",
    Action.GRANT: "grant door {door} on the event's contract",
    Action.DECIDE: "decide it on the queue screen of echain desk",
}


def short(claim_id: bytes) -> str:
    """Name a record, so that a person can type it."""
    return "0x" + claim_id[:SHORT_BYTES].hex()


def counts_of(look: QueueLook) -> dict[str, int]:
    """Return how many check-ins are in each state."""
    counted = {str(state): look.counts.get(state, 0) for state in RecordState}
    return {"unsigned": look.unsigned, **counted}


def call_name(call: QueuedCall) -> str:
    """Name a call, so that a person can type it."""
    return f"c{call.id}"


def call_values(line: CallLine, url: Url) -> dict[str, object]:
    """Return a call as plain values; its value in wei."""
    call, carrier = line.call, line.carrier
    return {
        "id": call_name(call),
        "kind": str(call.kind),
        "what": words.call_words(call),
        "chain_id": call.chain_id,
        "account": call.account,
        "to": checksum(call.target),
        "value": str(call.value),
        "asked_at": call.made_at,
        "valid_until": call.valid_until or None,
        "state": str(call.state),
        "reason": call.reason,
        **_standing(line.standing, call_name(call)),
        "transaction": None if carrier is None else carrier.transaction.id,
        "explorer": "" if carrier is None else url(carrier.hash),
    }


def call_lines(line: CallLine) -> Iterator[str]:
    """Say a call: what it does, what goes along, and where it stands."""
    call = line.call
    paid = f"  {short_amount(call.value)}" if call.value else ""
    yield (
        f"call {call_name(call)}  {call.state:<7}  {words.call_words(call)}{paid}"
        f"  {moment(call.made_at)}"
    )
    yield from _reason_lines(line.standing, call_name(call))
    if line.standing.why is Why.WOULD_FAIL:
        yield f"    {call.reason}"


def price_line(price: Price) -> str:
    """Say what a replacement costs at most, and what is allowed."""
    limit = price.gas * price.ceiling
    told = f"It costs up to {exact_ether(price.most)} ETH"
    if price.data_fee:
        told += f", {exact_ether(price.data_fee)} of it for its data"
    return f"{told}; up to {exact_ether(limit)} ETH are allowed."


def look_values(look: QueueLook, url: Url) -> dict[str, object]:
    """Return a look as plain values."""
    return {
        **counts_of(look),
        "records": [record_values(line, url) for line in look.records],
        "transactions": [transaction_values(line, url) for line in look.transactions],
        "calls": [call_values(line, url) for line in look.calls],
        "conflicts": [
            conflict_values(line) for line in look.conflicts if not line.conflict.resolved_at
        ],
    }


def record_values(line: RecordLine, url: Url) -> dict[str, object]:
    """Return a record as plain values."""
    record, carrier = line.record, line.carrier
    return {
        "id": short(record.claim_id),
        "claim_id": "0x" + record.claim_id.hex(),
        "event": line.event_name,
        "event_id": "0x" + record.event_id.hex(),
        "contract": checksum(record.contract),
        "token_id": str(record.token_id),
        "door": record.door,
        "attendee": checksum(record.attendee),
        "scanned_at": record.scanned_at,
        "sendable_at": record.sendable_at,
        "state": str(record.state),
        **_standing(line.standing, short(record.claim_id), record.door),
        "transaction": None if carrier is None else carrier.transaction.id,
        "explorer": "" if carrier is None else url(carrier.hash),
    }


def transaction_values(line: TransactionLine, url: Url) -> dict[str, object]:
    """Return a transaction with every hash it ever had as plain values; amounts in wei."""
    made = line.transaction
    return {
        "id": made.id,
        "intent": made.intent,
        "chain_id": made.chain_id,
        "sender": checksum(made.sender),
        "nonce": made.nonce,
        "to": checksum(made.to),
        "value": str(made.value),
        "gas": made.gas,
        "state": str(made.state),
        "block": made.block_number or None,
        "records": line.records,
        **_standing(line.standing, str(made.id)),
        "attempts": [
            {
                "hash": "0x" + each.hash.hex(),
                "max_fee_per_gas": each.max_fee_per_gas,
                "max_priority_fee_per_gas": each.max_priority_fee_per_gas,
                "signed_at": each.signed_at,
                "sent_at": each.sent_at or None,
                "cancels": each.cancels,
                "explorer": url(each.hash),
            }
            for each in line.attempts
        ],
    }


def conflict_values(line: ConflictLine) -> dict[str, object]:
    """Return a conflict card as plain values."""
    card = line.conflict
    return {
        "id": card.id,
        "claim_id": "0x" + card.claim_id.hex(),
        "event": line.event_name,
        "token_id": str(card.token_id),
        "reason": card.reason,
        "says": words.conflict_words(card.reason),
        "our_door": card.our_door,
        "our_at": card.our_at,
        "their_door": card.their_door,
        "their_at": card.their_at or None,
        "chain_said": words.chain_said(card),
        "at": card.at,
        "resolved_by": card.resolved_by,
        "resolved_at": card.resolved_at or None,
        "decision": card.decision,
    }


def look_lines(look: QueueLook) -> Iterator[str]:
    """Say a look: counts, what waits with its reason and the next step, and the conflicts."""
    yield "  ".join(f"{name} {count}" for name, count in counts_of(look).items())
    for transaction in look.transactions:
        yield from transaction_lines(transaction)
    for call in look.calls:
        yield from call_lines(call)
    for record in look.records:
        yield from record_lines(record)
    for conflict in look.conflicts:
        if not conflict.conflict.resolved_at:
            yield from conflict_lines(conflict)


def record_lines(line: RecordLine) -> Iterator[str]:
    """Say a record."""
    record = line.record
    yield (
        f"record {short(record.claim_id)}  {record.state:<7}  ticket {record.token_id}"
        f"  door {record.door}  {moment(record.scanned_at)}"
    )
    yield from _reason_lines(line.standing, short(record.claim_id), record.door)


def transaction_lines(line: TransactionLine) -> Iterator[str]:
    """Say a transaction."""
    made = line.transaction
    call = made.intent.split(":")[1] if made.intent.startswith(CALL_INTENT) else ""
    carries = f"call c{call}" if call else f"{line.records} check-ins"
    yield (
        f"transaction {made.id}  {made.state:<7}  {carries}"
        f"  nonce {made.nonce}  {moment(made.created_at)}"
    )
    yield from _reason_lines(line.standing, str(made.id))


def conflict_lines(line: ConflictLine) -> Iterator[str]:
    """Say a conflict card: both doors, both times, what the chain said."""
    card, said = line.conflict, words.chain_said(line.conflict)
    yield f"conflict {card.id}  ticket {card.token_id}: {words.conflict_words(card.reason)}"
    yield f"    here: door {card.our_door} at {moment(card.our_at)}"
    if card.their_door or card.their_at:
        yield f"    there: door {card.their_door} at {moment(card.their_at)}"
    if said:
        yield f"    the chain said: {said}"
    if card.resolved_at:
        decided = f": {card.decision}" if card.decision else ""
        yield f"    decided by {card.resolved_by} at {moment(card.resolved_at)}{decided}"


def moment(unix: int) -> str:
    """Return a moment in UTC, a dash where it is not known."""
    if not unix:
        return "-"
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _standing(standing: Standing, it: str, door: int = 0) -> dict[str, object]:
    text = words.reason_of(standing.why)
    return {
        "why": str(standing.why),
        "says": text.says,
        "do": text.do,
        "action": str(standing.right),
        "next": _command(standing, it, door),
        "possible": sorted(map(str, standing.possible)),
    }


def _reason_lines(standing: Standing, it: str, door: int = 0) -> Iterator[str]:
    text = words.reason_of(standing.why)
    command = _command(standing, it, door)
    yield f"    {text.says} {text.do}" + (f"  [{command}]" if command else "")


def _command(standing: Standing, it: str, door: int) -> str:
    return COMMANDS.get(standing.right, "").format(it=it, door=door)
