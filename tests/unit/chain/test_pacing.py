from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.chain.pacing import MAX_SPAN, TARGET_LOGS, PageSizer
from app.chain.troubles import TooMuchError


def too_much(**what: int | bool) -> TooMuchError:
    return TooMuchError("x", **what)  # type: ignore[arg-type]


def pages_of(sizer: PageSizer, density: float, blocks: int) -> list[int]:
    """Read so many blocks of even density, and return the lengths of the pages."""
    lengths = []
    while blocks > 0:
        asked = min(blocks, sizer.blocks)
        sizer.accepted(asked, round(asked * density))
        lengths.append(asked)
        blocks -= asked
    return lengths


def test_an_empty_chain_is_read_in_the_longest_pages_after_three() -> None:
    lengths = pages_of(PageSizer(), 0, 31_110)
    assert lengths[:5] == [10, 100, 1_000, MAX_SPAN, MAX_SPAN]


def test_pages_of_a_dense_chain_hold_as_many_logs_as_aimed_at() -> None:
    for density in (0.3, 7.0, 100.0):
        lengths = pages_of(PageSizer(), density, 50_000)
        held = [length * density for length in lengths[4:-1]]
        assert all(TARGET_LOGS / 2 <= logs <= TARGET_LOGS * 1.05 for logs in held), held


def test_blocks_denser_than_a_page_are_read_one_by_one() -> None:
    assert set(pages_of(PageSizer(), 5_000, 600)[1:]) == {1}


def test_a_limit_of_blocks_is_kept_for_ever() -> None:
    sizer = PageSizer()
    sizer.refused(500, too_much(structural=True, max_blocks=100))
    assert sizer.blocks == 100
    assert max(pages_of(sizer, 0, 5_000)) == 100


def test_a_limit_of_blocks_that_is_not_told_is_searched_by_halves() -> None:
    sizer = PageSizer(blocks=10_000)
    sizer.refused(10_000, too_much(structural=True))
    sizer.refused(5_000, too_much(structural=True))
    assert (sizer.blocks, max(pages_of(sizer, 0, 50_000))) == (2_500, 2_500)


def test_a_limit_above_what_was_asked_is_not_believed_but_the_page_gets_shorter() -> None:
    sizer = PageSizer(blocks=500)
    sizer.refused(500, too_much(structural=True, max_blocks=10_000))
    assert (sizer.blocks, sizer.limit) == (250, MAX_SPAN)


def test_a_suggestion_is_for_one_page_but_kept_when_it_comes_twice() -> None:
    sizer = PageSizer()
    sizer.refused(500, too_much(suggested=40))
    assert (sizer.blocks, sizer.limit) == (40, MAX_SPAN)
    sizer.accepted(40, 0)
    sizer.refused(60, too_much(suggested=40))
    assert (sizer.blocks, sizer.limit) == (40, 40)


def test_too_dense_a_page_is_quartered_and_its_density_is_not_asked_for_again() -> None:
    sizer = PageSizer(blocks=400)
    sizer.refused(400, too_much())
    assert sizer.blocks == 100
    sizer.accepted(100, 75)  # so the refused page must have held some 300
    assert sizer.target == 225
    assert max(pages_of(sizer, 0.75, 20_000)) <= 310


def test_a_limit_of_logs_lowers_the_aim() -> None:
    sizer = PageSizer()
    sizer.refused(500, too_much(max_logs=100))
    assert sizer.target == 75


def test_a_page_that_stalled_is_halved_and_forgiven() -> None:
    sizer = PageSizer()
    sizer.stalled(500)
    assert sizer.blocks == 250
    assert max(pages_of(sizer, 0, 200_000)) == MAX_SPAN


def test_growth_is_careful_after_a_refusal() -> None:
    sizer = PageSizer(blocks=400)
    sizer.refused(400, too_much())
    assert pages_of(sizer, 0, 475) == [100, 150, 225]


def test_one_block_at_a_time_at_the_head_does_not_shorten_later_pages() -> None:
    sizer = PageSizer()
    for _ in range(50):
        sizer.accepted(1, 0)
    assert sizer.blocks == MAX_SPAN


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("accepted"), st.integers(0, 50_000)),
            st.tuples(st.just("stalled"), st.just(0)),
            st.tuples(st.sampled_from(["named", "dense", "hint"]), st.integers(1, 20_000)),
        ),
        max_size=40,
    )
)
def test_whatever_happens_a_page_has_at_least_one_block_and_never_exceeds_the_limit(
    story: list[tuple[str, int]],
) -> None:
    sizer = PageSizer()
    for what, number in story:
        asked = sizer.blocks
        match what:
            case "accepted":
                sizer.accepted(asked, number)
            case "stalled":
                sizer.stalled(asked)
            case "named":
                sizer.refused(asked, too_much(structural=True, max_blocks=number))
            case "hint":
                sizer.refused(asked, too_much(suggested=number))
            case _:
                sizer.refused(asked, too_much(max_logs=number))
        assert 1 <= sizer.blocks <= sizer.limit <= MAX_SPAN
        if what != "accepted" and asked > 1:
            assert sizer.blocks < asked
