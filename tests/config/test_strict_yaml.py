from pathlib import Path

import pytest

from engine.config import yaml
from engine.config.yaml import Position, Quoted
from engine.errors import InputError


def refusal(raw: bytes | str) -> str:
    with pytest.raises(InputError) as error:
        yaml.parse(raw.encode() if isinstance(raw, str) else raw, file="f.yaml")
    (problem,) = error.value.problems
    return problem


def test_nothing_but_null_is_guessed_from_plain_text() -> None:
    text = (
        "a: +4930123\nb: 0301234\nc: 20:00\nd: no\ne: on\nf: 2026-12-25\ng: 1e3\nh: true\n"
        "i:\nj: ~\nk: null\nl: ''\nm: \"~\"\n=: x\n"
    )
    assert yaml.parse(text.encode(), file="f.yaml").data == {
        "a": "+4930123",
        "b": "0301234",
        "c": "20:00",
        "d": "no",
        "e": "on",
        "f": "2026-12-25",
        "g": "1e3",
        "h": "true",
        "i": None,
        "j": None,
        "k": None,
        "l": "",
        "m": "~",
        "=": "x",
    }


def test_text_in_quotes_is_marked_as_such() -> None:
    data = yaml.parse(b"{a: '1', b: 1}", file="f.yaml").data
    assert isinstance(data["a"], Quoted)
    assert not isinstance(data["b"], Quoted)


def test_anchors_and_aliases_repeat_a_value() -> None:
    data = yaml.parse(b"a: &x {k: [1]}\nb: *x\n", file="f.yaml").data
    assert data["b"] == data["a"] == {"k": ["1"]}


def test_a_byte_order_mark_is_no_text() -> None:
    assert yaml.parse("\ufeffa: b\n".encode(), file="f.yaml").data == {"a": "b"}


def test_every_value_knows_its_place() -> None:
    document = yaml.parse(b"a:\n  b: [x, {c: y}]\n", file="f.yaml")
    place = document.place(("a", "b", 1, "c"))
    assert (place.key, place.value) == (Position(2, 11), Position(2, 14))
    assert yaml.dotted(place.path) == "a.b[1].c"
    assert document.place(("a", "nowhere", "b")).path == ("a", "b")


def test_duplicate_keys_are_kept_for_the_report_and_the_first_one_counts() -> None:
    document = yaml.parse(b"a: 1\nb: {c: 1, c: 2}\na: 3\n", file="f.yaml")
    assert document.data == {"a": "1", "b": {"c": "1"}}
    assert document.duplicates == (
        (("b", "c"), Position(2, 11), "the key stands twice; the first stands on line 2"),
        (("a",), Position(3, 1), "the key stands twice; the first stands on line 1"),
    )


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "f.yaml:1:1: the file is empty"),
        ("# only a comment\n", "f.yaml:1:1: the file is empty"),
        ("- a\n", "f.yaml:1:1: the file holds a list; it must hold keys, such as 'campaigns:'"),
        ("\nhello\n", "f.yaml:2:1: the file holds a single value; it must hold keys, such as 'campaigns:'"),
        (b"a: b\nc: caf\xe9\n", "f.yaml:2:7: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ("a: b\nc: \x07\n", "f.yaml:2:4: character U+0007 is not allowed in YAML"),
        ("a:\n\tb: c\n", "f.yaml:2:1: a tab; indent with spaces"),
        (
            "a: b: c\n",
            "f.yaml:1:5: not valid YAML: mapping values are not allowed here "
            "(text that contains ': ' needs quotes)",
        ),
        (
            "a: [b\nc: d\n",
            "f.yaml:2:2: not valid YAML: while parsing a flow sequence, expected ',' or ']', but got ':'",
        ),
        ("a: *nothing\n", "f.yaml:1:4: not valid YAML: found undefined alias 'nothing'"),
        (
            "a: b\n---\nc: d\n",
            "f.yaml:2:1: not valid YAML: expected a single document in the stream, "
            "but found another document",
        ),
        ("? [a]\n: b\n", "f.yaml:1:3: a key must be text"),
        ("~: b\n", "f.yaml:1:1: a key must be text"),
        ("a: !!int 5\n", "f.yaml:1:4: tags such as tag:yaml.org,2002:int are not supported"),
        ("a: !mine {}\n", "f.yaml:1:4: tags such as !mine are not supported"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "f.yaml:3:3: merge keys (<<) are not supported; repeat the keys"),
        (
            "a: &x [*x]\n",
            "f.yaml:1:4: is nested deeper than 40 levels, or an alias contains itself",
        ),
        ("[" * 5000, "f.yaml:1:1: is nested too deep"),
    ],
)  # fmt: skip
def test_what_is_not_a_mapping_in_strict_yaml_is_one_clear_error(raw: bytes | str, problem: str) -> None:
    assert refusal(raw) == problem


def test_aliases_may_not_multiply_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "NODES_MAX", 1000)
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert refusal("\n".join(levels)).endswith("aliases make more than 1,000 values of this file")


def test_a_file_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(b"a" * (yaml.FILE_MAX_BYTES + 1)) == (
        "f.yaml: is larger than 2 MiB; put long lists of leads into a CSV file"
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        yaml.read(tmp_path / "none.yaml")
    assert error.value.problems == [f"{tmp_path}/none.yaml: cannot be read: No such file or directory"]
    with pytest.raises(InputError) as error:
        yaml.read(tmp_path)
    assert error.value.problems == [f"{tmp_path}: cannot be read: Is a directory"]
