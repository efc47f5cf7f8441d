"""Numbers come out in order and once, whatever the runs and blocks."""

import pytest
from hypothesis import given, strategies as st

from engine.registries import sorting
from engine.registries.sorting import Sorter, distinct, merged, without
from tests.registries.shelves import array

chunks = st.lists(st.lists(st.integers(0, 60), max_size=12), max_size=8)


@given(chunks=chunks, run=st.integers(1, 30), block=st.integers(1, 40))
def test_any_numbers_are_sorted_each_once(chunks: list[list[int]], run: int, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch, Sorter(run_numbers=run) as sorter:
        patch.setattr(sorting, "MERGED_NUMBERS", block)
        for chunk in chunks:
            sorter.add(array(chunk))
        found = [number for part in merged(sorter.sources()) for number in part.tolist()]
    assert found == sorted({number for chunk in chunks for number in chunk})


@given(numbers=chunks, removed=chunks)
def test_numbers_are_taken_off_others(numbers: list[list[int]], removed: list[list[int]]) -> None:
    kept, gone = {n for chunk in numbers for n in chunk}, {n for chunk in removed for n in chunk}

    def cut(values: set[int]) -> list[sorting.Numbers]:
        ordered = sorted(values)
        return [array(ordered[start : start + 3]) for start in range(0, len(ordered), 3)]

    found = [number for part in without(cut(kept), [*cut(gone), array([])]) for number in part.tolist()]
    assert found == sorted(kept - gone)


def test_nothing_sorted_is_nothing() -> None:
    with Sorter() as sorter:
        assert [len(part) for part in merged(sorter.sources())] == []
    assert distinct(array([])).tolist() == []
