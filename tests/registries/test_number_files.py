"""A file of numbers says of each number what a set says."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from engine.registries.number_file import DIGEST_END, HEADER, NumberFile, Unusable, digest_of, mapped
from engine.registries.number_writer import write_numbers
from engine.registries.sorting import distinct
from tests.registries.shelves import array

E164_MAX = 10**15 - 1


def written(numbers: set[int], *, cut: int | None = None, version_at: int = 7) -> bytes:
    """The file of these numbers, written in blocks of so many."""
    ordered = distinct(array(numbers))
    size = max(1, len(ordered) if cut is None else cut)
    blocks = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    stream = io.BytesIO()
    result = write_numbers(stream, [*blocks, array([])], version_at=version_at)
    assert result.count == len(numbers)
    return stream.getvalue()


near = st.integers(0, 40).map(lambda n: 442_079_400_000 // 65_536 * 65_536 + 65_516 + n)  # over a head's edge
number = st.one_of(near, st.integers(0, E164_MAX), st.sampled_from([0, 65_535, 65_536, E164_MAX]))


@given(numbers=st.sets(number, max_size=80), asked=st.lists(number, max_size=40), cut=st.integers(1, 90))
def test_it_has_what_the_set_has(numbers: set[int], asked: list[int], cut: int) -> None:
    file = NumberFile(written(numbers, cut=cut))
    some = [
        *asked,
        *sorted(numbers),
        *(each + 1 for each in numbers),
        *(max(0, each - 1) for each in numbers),
    ]
    expected = [each in numbers for each in some]
    assert [each in file for each in some] == expected
    assert file.has(array(some)).tolist() == expected
    assert len(file) == len(numbers)
    assert [each for block in file.blocks() for each in block.tolist()] == sorted(numbers)


@given(numbers=st.sets(number, max_size=60), cuts=st.tuples(st.integers(1, 70), st.integers(1, 70)))
def test_the_same_numbers_make_the_same_file(numbers: set[int], cuts: tuple[int, int]) -> None:
    one, other = (written(numbers, cut=cut) for cut in cuts)
    assert one == other


def test_the_first_and_the_last_are_in_and_their_neighbours_are_not() -> None:
    file = NumberFile(written({442_000_000_000, 442_000_000_002, 449_999_999_999}))
    asked = [
        441_999_999_999,
        442_000_000_000,
        442_000_000_001,
        442_000_000_002,
        445_000_000_000,
        449_999_999_999,
    ]
    assert [each in file for each in [*asked, 450_000_000_000]] == [
        False,
        True,
        False,
        True,
        False,
        True,
        False,
    ]


def test_an_empty_file_has_nothing() -> None:
    file = NumberFile(written(set()))
    assert (len(file), 442_079_460_001 in file) == (0, False)
    assert file.has(array([1, 2])).tolist() == [False, False]
    assert list(file.blocks()) == []


def test_many_heads_come_in_several_blocks() -> None:
    numbers = {head << 16 | 5 for head in range(10_000)}
    file = NumberFile(written(numbers))
    blocks = list(file.blocks())
    assert len(blocks) == 3
    assert np.concatenate(blocks).tolist() == sorted(numbers)


def test_a_dense_registry_takes_two_bytes_a_number() -> None:
    numbers = set(range(442_070_000_000, 442_070_200_000))
    assert len(written(numbers)) < 2.01 * len(numbers)


def test_it_tells_its_version() -> None:
    assert NumberFile(written({5}, version_at=-3)).version_at == -3


# --- damage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 9, 41, 50, 60, 68, 72, 73, 80, -1])
def test_no_changed_byte_goes_unseen(place: int) -> None:
    data = bytearray(written({442_079_460_001, 442_079_460_002, 15_551_234_567}))
    data[place] ^= 1
    with pytest.raises(Unusable):
        NumberFile(bytes(data))


@pytest.mark.parametrize(
    ("keep", "problem"),
    [(0, "is cut short"), (HEADER.size - 1, "is cut short"), (HEADER.size, "bytes instead of")],
)
def test_a_file_that_is_cut_short_is_refused(keep: int, problem: str) -> None:
    with pytest.raises(Unusable, match=problem):
        NumberFile(written({442_079_460_001})[:keep])


def test_a_file_of_a_later_format_is_refused() -> None:
    data = bytearray(written({442_079_460_001}))
    struct.pack_into("=Q", data, DIGEST_END, 2)
    data[8:DIGEST_END] = digest_of(memoryview(data))
    with pytest.raises(Unusable, match="has format 2; this program reads 1"):
        NumberFile(bytes(data))


def test_a_file_of_a_machine_with_another_byte_order_is_refused() -> None:
    data = bytearray(written({442_079_460_001}))
    data[:8] = data[:8][::-1]
    with pytest.raises(Unusable, match="kind of machine"):
        NumberFile(bytes(data))


def test_a_path_without_a_readable_file_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="is missing"):
        mapped(tmp_path / "none")
    (tmp_path / "empty").touch()
    with pytest.raises(Unusable, match="is empty"):
        mapped(tmp_path / "empty")
    with pytest.raises(Unusable, match="cannot be read"):
        mapped(tmp_path)
