"""The queue's entry of the rail, put together from its ports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.ui.queue.page_words import TITLE
from app.ui.queue.view import QueueView
from app.ui.queue.view_model import QueueViewModel
from app.ui.shells.page import Screen

if TYPE_CHECKING:
    from app.runtime.engine import Engine
    from app.services.queue import QueueService
    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.queue.cards import Url
    from app.ui.queue.view_model import QueueActions


@dataclass(frozen=True, slots=True)
class QueuePorts:
    """What the queue page needs of the rest; ``actions`` None: no chain is known."""

    engine: Engine
    queue: QueueService
    actions: QueueActions | None
    url: Url


def queue_page(look: Look, tr: Words, ports: QueuePorts) -> QueueView:
    """Make the page, which looks at once."""
    model = QueueViewModel(ports.engine, ports.queue, ports.actions)
    page = QueueView(look, tr, model, ports.url)
    model.setParent(page)
    model.start()
    return page


def screens(look: Look, tr: Words, ports: QueuePorts) -> tuple[Screen, ...]:
    """Return the queue's entry of the rail."""
    return (Screen("queue", TITLE, "layers", lambda: queue_page(look, tr, ports)),)
