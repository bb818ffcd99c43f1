from __future__ import annotations

from app.runtime.mailbox import Mailbox


def test_a_mailbox_keeps_the_newest_and_ends_when_closed() -> None:
    box: Mailbox[int] = Mailbox()
    assert not box.put(1)
    assert box.put(2)
    assert box.take() == 2
    box.put(3)
    box.close()
    assert box.put(4)
    assert box.take() == 3
    assert box.take() is None
    box.close(discard=True)
    assert box.take() is None
