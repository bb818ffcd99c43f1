"""Renders first run, chooser, doors, rules and settings, in English, German, Spanish, mirrored.

``python -m tests.ui.desk_gallery`` fills ``build/screenshots``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication

from app.runtime.engine import Engine
from app.ui.chooser.roles import RoleChooser
from app.ui.doors import screens as doors
from app.ui.first_run.ports import Joined, StepKey
from app.ui.first_run.wizard import FirstRunPage
from app.ui.first_run.wizard_model import WizardModel
from app.ui.i18n import Words
from app.ui.look import Look, ThemeChoice
from app.ui.policy import screens as rules
from app.ui.preferences import view as preferences
from app.ui.shells.desktop import DesktopShell
from tests.ui.conftest import Stage
from tests.ui.new_door import DOOR_CAMERA, NewDoor
from tests.ui.organizer import Organizer
from tests.ui.samples import scene
from tests.ui.tongues import MirroredWords

if TYPE_CHECKING:
    from app.ui.doors.view import DoorsView
    from app.ui.shells.page import Page

FOLDER = Path("build/screenshots")
SIZES = (QSize(1024, 600), QSize(1280, 800))
THEMES = (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST)


class Gallery:
    """Saves pages in one language and one theme.

    Args:
        app: The program.
        look: The look in force.
        tr: The words of the language.
        stage: Lets Qt go on.
    """

    def __init__(self, app: QApplication, look: Look, tr: Words, stage: Stage) -> None:
        """Turn the program into the language's direction."""
        self.look, self.tr, self.stage = look, tr, stage
        self.suffix = "" if tr.language == "en" else f"-{tr.language}"
        direction = Qt.LayoutDirection
        app.setLayoutDirection(direction.RightToLeft if tr.right_to_left else direction.LeftToRight)

    def save(self, page: Page, name: str) -> None:
        """Save a page in every size."""
        page.show()
        for size in SIZES:
            page.resize(size)
            self.stage.run(self.stage.pause(0.05))
            folder = FOLDER / self.look.theme.name
            folder.mkdir(parents=True, exist_ok=True)
            page.grab().save(str(folder / f"{name}{self.suffix}-{size.width()}.png"))

    def chooser(self) -> None:
        """Save the first screen."""
        page = RoleChooser(self.look, self.tr)
        self.save(page, "chooser")
        page.deleteLater()

    def first_run(self, folder: Path) -> None:
        """Save every step of the first run."""
        door = NewDoor(folder)
        model = WizardModel(door.ports())
        page = FirstRunPage(self.look, self.tr, model, lambda _chain: "Base Sepolia")
        model.setParent(page)
        page.show()
        self.save(page, "first-run-1-invitation")
        model.invitation.take_text(door.invitation().message())
        self.save(page, "first-run-1-invited")
        page.next.click()
        door.chain.told(Joined(event=door.venue.event))
        model.camera.choose(DOOR_CAMERA.spec)
        self.stage.run(self.stage.until(lambda: model.camera.state.sees))
        model.camera.stop()
        for step, name in (
            (StepKey.CAMERA, "2-camera"),
            (StepKey.SOUND, "3-sound"),
            (StepKey.KEYS, "4-keys"),
            (StepKey.PIN, "5-pin"),
            (StepKey.TRIAL, "6-test"),
            (StepKey.READY, "7-ready"),
        ):
            model.show_step(step)
            if step is StepKey.KEYS:
                self.stage.run(self.stage.until(lambda: model.keys.state.code is not None))
            if step in {StepKey.CAMERA, StepKey.TRIAL}:
                self.stage.run(self.stage.until(lambda: model.camera.state.sees))
                for view in (page.steps[StepKey.CAMERA], page.steps[StepKey.TRIAL]):
                    view.view.preview.set_image(scene(1280, 720))  # type: ignore[attr-defined]
            self.save(page, f"first-run-{name}")
        page.leave()
        model.eye.join()
        page.deleteLater()
        door.close()

    def desk(self, folder: Path, engine: Engine) -> None:
        """Save doors, rules and settings."""
        look, tr, organizer = self.look, self.tr, Organizer(folder)
        organizer.grant(1)
        organizer.grant(2)
        choices = preferences.Choices(lambda _code: None, lambda _theme: None)
        shell = DesktopShell(
            look,
            tr,
            "Desk",
            (
                *doors.screens(look, tr, engine, organizer.doors()),
                *rules.screens(look, tr, engine, organizer.rules()),
                *preferences.screens(look, tr, choices),
            ),
        )
        shell.show()
        page: DoorsView = shell.page("doors")  # type: ignore[assignment]
        self.stage.run(self.stage.until(page.invite.make.isEnabled))
        page.invite.inviter.setText("Anna Berger")
        page.invite.make.click()
        self.stage.run(self.stage.until(lambda: page.model.state.drawn is not None))
        page.request.setPlainText(organizer.request(3).message())
        self.stage.run(self.stage.until(lambda: page.model.state.request is not None))
        self.save(shell, "doors")
        shell.open("rules")
        model = shell.page("rules").model  # type: ignore[union-attr]
        self.stage.run(self.stage.until(lambda: bool(model.state.filled)))
        self.save(shell, "rules")
        shell.open("settings")
        self.save(shell, "settings")
        shell.leave()
        self.stage.run(self.stage.pause(0.05))
        shell.deleteLater()
        organizer.close()


def tongues() -> tuple[Words, ...]:
    """Return every language that the pictures are made in."""
    return (Words(), Words("de"), Words("es"), MirroredWords())


def main(running: QApplication | None = None) -> None:
    """Write all pictures, in the program that runs or in one made for it."""
    app = running or QApplication(sys.argv)
    engine = Engine(lambda bug: print(repr(bug)))  # noqa: T201 - a tool for looking
    engine.start()
    look, stage = Look(app, ThemeChoice.LIGHT), Stage(app)
    for choice in THEMES:
        look.choose(choice)
        for tr in tongues():
            if choice is not ThemeChoice.LIGHT and tr.language != "en":
                continue  # colours do not know languages
            gallery = Gallery(app, look, tr, stage)
            with tempfile.TemporaryDirectory() as folder:
                gallery.chooser()
                gallery.first_run(Path(folder))
                gallery.desk(Path(folder) / "desk", engine)
    app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    engine.stop()
    stage.close()


if __name__ == "__main__":
    main()
