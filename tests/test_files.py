"""Files are whole or not there."""

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.files import check_folder, check_writable, is_database, make_folder, replacing, same_file


def test_a_file_takes_its_name_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with replacing(target) as stream:
        stream.write("new")
        assert not target.exists()
    assert target.read_text() == "new"


def test_a_file_that_was_not_finished_leaves_the_older_one_and_no_trace(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def stops_halfway() -> None:
        with replacing(target) as stream:
            stream.write("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stops_halfway()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written: No such file"), replacing(tmp_path / "no" / "a"):
        pass
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="cannot be written: Is a directory"), replacing(tmp_path / "folder"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_checks_leave_no_trace(tmp_path: Path) -> None:
    check_writable(tmp_path / "a.txt")
    check_folder(tmp_path / "deep" / "er")
    check_writable(tmp_path / "deep" / "a.txt", planned=tmp_path / "deep")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match="is a file; name a folder"):
        check_folder(file / "below")
    with pytest.raises(InputError, match="cannot be written"):
        make_folder(file)


def test_nothing_takes_the_place_of_a_database(tmp_path: Path) -> None:
    store = tmp_path / "a.db"
    store.write_bytes(b"SQLite format 3\0...")
    with pytest.raises(InputError, match="is a database; name another file"), replacing(store):
        pass
    assert store.read_bytes().endswith(b"...")


def test_two_names_of_a_file_are_known_be_it_there_or_not(tmp_path: Path) -> None:
    there, link, none = tmp_path / "there", tmp_path / "link", tmp_path / "none"
    there.write_text("")
    link.symlink_to(there)
    assert same_file(there, link)
    assert same_file(none, tmp_path / "." / ".." / tmp_path.name / "none")
    assert not same_file(there, none)
    assert not is_database(none)
    assert not is_database(there)
