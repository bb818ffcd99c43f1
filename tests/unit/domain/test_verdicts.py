from dataclasses import fields
from pathlib import Path

import pytest

from app.domain.policy import Policy
from app.domain.verdicts import (
    ADMISSIONS,
    SEVERITIES,
    Code,
    MirrorView,
    Severity,
    Verdict,
    severity_of,
)


def test_codes_are_their_own_names() -> None:
    assert [code.value for code in Code] == [code.name for code in Code]


def test_whatever_is_not_said_to_be_otherwise_refuses() -> None:
    unsaid = [code for code in Code if code not in SEVERITIES]
    assert {severity_of(code) for code in unsaid} == {Severity.REFUSE}
    assert Code.ALREADY_USED in unsaid


@pytest.mark.parametrize("code", Code)
def test_only_admissions_and_exits_let_anybody_pass(code: Code) -> None:
    verdict = Verdict(code, severity_of(code), MirrorView(1, 0))
    assert verdict.admits == (code in ADMISSIONS or code is Code.EXITED)


@pytest.mark.parametrize(
    "severity", [Severity.DESK, Severity.REFUSE, Severity.RETRY, Severity.STOP]
)
def test_a_severity_below_admission_lets_nobody_pass_whatever_the_code(severity: Severity) -> None:
    assert not Verdict(Code.ADMITTED, severity, MirrorView(1, 0)).admits


def test_the_operators_page_names_every_verdict_and_every_policy() -> None:
    page = (Path(__file__).parents[3] / "docs" / "door.md").read_text(encoding="utf-8")
    wanted = {*Code, *(item.name for item in fields(Policy))}
    assert {name for name in wanted if f"`{name}`" not in page} == set()
