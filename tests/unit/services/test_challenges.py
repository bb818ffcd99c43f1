from app.domain.challenges import challenge_bytes
from app.services.challenges import ChallengeBook
from tests.fakes.clock import FakeClock
from tests.fakes.door import DOOR, EVENT
from tests.fakes.kiosk import entropy


def test_a_challenge_is_open_for_a_minute() -> None:
    clock = FakeClock()
    book = ChallengeBook(EVENT.event_id, DOOR, clock, entropy)
    shown = book.issue()
    assert (shown.event_ref, shown.door) == (EVENT.event_id[:4], DOOR)
    clock.advance(60)
    assert book.open() == (challenge_bytes(shown.random, DOOR),)
    clock.advance(0.1)
    assert book.open() == ()


def test_every_open_challenge_is_kept_until_it_is_spent() -> None:
    book = ChallengeBook(EVENT.event_id, DOOR, FakeClock(), entropy)
    first, second = (challenge_bytes(book.issue().random, DOOR) for _ in range(2))
    assert book.open() == (first, second)
    book.spend(first)
    book.spend(first)
    assert book.open() == (second,)
