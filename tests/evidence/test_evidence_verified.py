"""Whatever is done to an export is found, and the first record concerned is named."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from engine import __version__
from engine.compliance.rules import RuleSet
from engine.config import regimes, rulebook
from engine.errors import InputError
from engine.journal.chain import GENESIS, link
from engine.store.evidence.chained import Chained, Format, document_of, parted, text_of
from engine.store.evidence.export import Wanted
from engine.store.evidence.verifying import Verified, verify
from engine.store.reading import reading
from tests.evidence.day import WITH_REFUSALS, documents, exported, run

WHOLE = Wanted(refusals=True, numbers=True)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("evidence") / "day.db")


@pytest.fixture(scope="module")
def texts(db: Path) -> dict[Format, str]:
    return {each: exported(db, WHOLE, each)[1] for each in Format}


def checked(folder: Path, text: str, db: Path | None = None, version: str = __version__) -> Verified:
    path = folder / "evidence"
    path.write_text(text, encoding="utf-8")
    if db is None:
        return verify(path)
    with reading(db) as sql:
        return verify(path, sql, source="the store", version=version)


def chained_anew(text: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> str:
    """Every record changed, and every hash made anew: what somebody does who knows how."""
    made = Chained(Format.JSONL)
    lines = []
    for document in documents(text):
        del document["hash"]
        changed = change(document)
        if changed is not None:
            lines.append(made.line(text_of(changed, Format.JSONL)))
    return "".join(lines)


# --- the file alone -------------------------------------------------------------------------------


@pytest.mark.parametrize("format", Format)
def test_an_export_is_as_it_was_written(texts: dict[Format, str], tmp_path: Path, format: Format) -> None:
    result = checked(tmp_path, texts[format])
    assert (result.whole, result.records, result.exported) == (True, 8, None)
    assert result.hash in texts[format].splitlines()[-1]


@settings(max_examples=150)
@given(place=st.floats(min_value=0, max_value=1, exclude_max=True), bit=st.integers(0, 6), data=st.data())
def test_one_changed_byte_is_found_and_its_record_named(
    texts: dict[Format, str],
    tmp_path_factory: pytest.TempPathFactory,
    place: float,
    bit: int,
    data: st.DataObject,
) -> None:
    format = data.draw(st.sampled_from(list(Format)))
    whole = texts[format].encode()
    index = int(place * len(whole))
    path = tmp_path_factory.getbasetemp() / "one-byte"
    path.write_bytes(whole[:index] + bytes([whole[index] ^ (1 << bit)]) + whole[index + 1 :])
    line = whole[:index].count(b"\n") + 1
    try:
        broken = verify(path).broken
    except InputError:
        assert line == 1  # it is no longer seen to be an export at all
        return
    assert broken is not None
    assert broken.startswith(f"{path}:{line}: ")


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda lines: lines[:-1], "is cut off after record 8: its last line is missing"),
        (lambda lines: lines[:-3], "is cut off after record 6: its last line is missing"),
        (lambda lines: [*lines[:-3], *lines[-2:]], "record 7 is not as it was written"),
        (lambda lines: [*lines[:-4], lines[-3], lines[-4], *lines[-2:]], "record 6 is not as it was written"),
        (lambda lines: [*lines, lines[-2]], "record 10 is not as it was written"),
        (lambda lines: [*lines[:-2], lines[-2][:-9] + "\n"], "record 8 does not end in a hash"),
        (lambda lines: [*lines[:-1], lines[-1].replace("8", "9", 1)], "the line with the count is not as it"),
    ],
)
def test_what_was_cut_off_or_moved_is_found(
    texts: dict[Format, str],
    tmp_path: Path,
    format: Format,
    change: Callable[[list[str]], list[str]],
    problem: str,
) -> None:
    lines = texts[format].splitlines(keepends=True)
    result = checked(tmp_path, "".join(change(lines)))
    assert not result.whole
    assert result.broken is not None
    assert problem in result.broken


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is no export of 'dialer evidence export'"),
        ("hello\n", "is no export of 'dialer evidence export'"),
    ],
)
def test_what_is_no_export_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        checked(tmp_path, text)


@pytest.mark.parametrize("format", list(Format))
def test_a_file_that_another_program_has_saved_again_says_so(
    texts: dict[Format, str], tmp_path: Path, format: Format
) -> None:
    path = tmp_path / "saved.txt"
    path.write_bytes(b"\xef\xbb\xbf" + texts[format].encode())
    again = "another program has saved it; verify the file as it was exported"
    assert verify(path).broken == f"{path}: begins with a byte order mark: {again}"
    path.write_bytes(texts[format].replace("\n", "\r\n").encode())
    assert verify(path).broken == f"{path}: has lines that end in CR LF: {again}"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        verify(tmp_path / "none")


def test_an_export_of_another_edition_asks_for_its_version(texts: dict[Format, str], tmp_path: Path) -> None:
    def older(document: dict[str, Any]) -> dict[str, Any]:
        return document | {"edition": 0, "version": "0.0.9"} if "edition" in document else document

    with pytest.raises(InputError, match=r"was written by version 0\.0\.9; verify it with that version"):
        checked(tmp_path, chained_anew(texts[Format.JSONL], older))


def test_an_export_that_says_of_no_journal_is_none(tmp_path: Path) -> None:
    text = Chained(Format.JSONL).line('{"kind":"attempt","record":1}')
    with pytest.raises(InputError, match="does not say of which journal it is"):
        checked(tmp_path, text)


def test_other_columns_are_not_those_of_an_export(texts: dict[Format, str], tmp_path: Path) -> None:
    result = checked(tmp_path, texts[Format.CSV].replace(",campaign,", ",kampagne,", 1))
    assert result.broken is not None
    assert "the columns are not those of an export" in result.broken


@pytest.mark.parametrize(
    ("place", "text", "problem"),
    [
        (3, '{"kind":"attempt","record":9}', "record 3 is not the one that should stand here"),
        (3, '{"kind":"guess","record":3}', "record 3 is not the one that should stand here"),
        (3, "[1]", "record 3 cannot be read"),
        (9, '{"kind":"end","records":7,"attempts":6,"refusals":1}', "there are 8 records"),
        (10, '{"kind":"end"}', "stands after the line with the count"),
    ],
)
def test_lines_with_good_hashes_that_make_no_sense_are_found(
    texts: dict[Format, str], tmp_path: Path, place: int, text: str, problem: str
) -> None:
    made = Chained(Format.JSONL)
    plain = [parts[0] for line in texts[Format.JSONL].splitlines() if (parts := parted(line, Format.JSONL))]
    plain[place : place + 1] = [text]
    raw = []
    for each in plain:
        if each.endswith("]"):  # no object: a hash cannot be its last field
            made.hash = link(made.hash, each[:-1] + "}")
            raw.append(f'{each[:-1]},"hash":"{made.hash}"}}\n')
        else:
            raw.append(made.line(each))
    result = checked(tmp_path, "".join(raw))
    assert result.broken is not None
    assert problem in result.broken


# --- against the journal --------------------------------------------------------------------------


@pytest.mark.parametrize("format", Format)
def test_the_journal_says_the_same_later_too(tmp_path: Path, format: Format) -> None:
    db = run(tmp_path / "day.db")
    text = exported(db, WHOLE, format)[1]
    sql = sqlite3.connect(db, isolation_level=None)
    epoch, seq, digest = sql.execute(
        "SELECT epoch, seq, hash FROM journal ORDER BY rowid DESC LIMIT 1"
    ).fetchone()
    more = f'{{"epoch":{epoch},"seq":{seq + 1},"at":9,"kind":"engine.stopped"}}'
    sql.execute(
        "INSERT INTO journal (epoch, seq, at, line, hash) VALUES (?, ?, 9, ?, ?)",
        (epoch, seq + 1, more, link(digest, more)),
    )
    sql.close()
    result = checked(tmp_path, text, db)
    assert (result.broken, result.records) == (None, 8)
    assert (result.exported, result.unknown, result.proved) == (
        None,
        "the audit log of the store does not tell of this export",
        False,
    )


def test_an_export_of_some_calls_is_compared_with_those(db: Path, tmp_path: Path) -> None:
    for wanted in (Wanted(campaign="remind"), Wanted(since=1, until=2), Wanted(leads=(4, 7), refusals=True)):
        text = exported(db, wanted)[1]
        assert checked(tmp_path, text, db).broken is None


def test_a_record_that_was_changed_with_all_hashes_is_found(
    db: Path, texts: dict[Format, str], tmp_path: Path
) -> None:
    def better(document: dict[str, Any]) -> dict[str, Any]:
        return document | {"abandoned": False} if document.get("abandoned") else document

    forged = chained_anew(texts[Format.JSONL], better)
    assert checked(tmp_path, forged).whole
    broken = checked(tmp_path, forged, db).broken
    assert broken is not None
    assert "record 8 (attempt 2000000002) is not what the journal of the store says" in broken
    assert broken.endswith("abandoned is False here, and True there")


def test_a_record_that_was_left_out_with_all_hashes_is_found(
    db: Path, texts: dict[Format, str], tmp_path: Path
) -> None:
    def without_last(document: dict[str, Any]) -> dict[str, Any] | None:
        if document["kind"] == "end":
            return document | {"records": 7, "attempts": 5}
        return None if document.get("record") == 8 else document

    broken = checked(tmp_path, chained_anew(texts[Format.JSONL], without_last), db).broken
    assert broken is not None
    assert broken.endswith("attempt 2000000002 is missing; the journal of the store has it")


def test_a_record_that_was_made_up_is_found(db: Path, texts: dict[Format, str], tmp_path: Path) -> None:
    def with_another(document: dict[str, Any]) -> dict[str, Any]:
        if document["kind"] == "journal":
            return document | {"wanted": document["wanted"] | {"refusals": False}}
        return document

    broken = checked(tmp_path, chained_anew(texts[Format.JSONL], with_another), db).broken
    assert broken is not None
    assert "(a refusal of case " in broken


def test_more_records_than_the_journal_has_are_found(db: Path, tmp_path: Path) -> None:
    text = exported(db, Wanted(campaign="remind"))[1]
    seen: list[dict[str, Any]] = []

    def twice(document: dict[str, Any]) -> dict[str, Any]:
        if document["kind"] == "end":
            return document | {"records": 3, "attempts": 3}
        seen.append(document)
        return document

    chained_anew(text, twice)
    made = Chained(Format.JSONL)
    end = {"kind": "end", "records": 3, "attempts": 3, "refusals": 0}
    every = [*seen, seen[-1] | {"record": 3}, end]
    broken = checked(tmp_path, "".join(made.line(text_of(each, Format.JSONL)) for each in every), db).broken
    assert broken is not None
    assert broken.endswith("is not in the journal of the store")


def test_fields_in_another_order_are_told(db: Path, texts: dict[Format, str], tmp_path: Path) -> None:
    def turned(document: dict[str, Any]) -> dict[str, Any]:
        return dict(reversed(document.items())) if document["kind"] == "attempt" else document

    text = chained_anew(texts[Format.JSONL], turned)
    broken = checked(tmp_path, text, db).broken
    assert broken is not None
    assert broken.endswith("its fields stand in another order")


@pytest.mark.parametrize("last", [None, [1, 2], [9, 9, GENESIS], [[], {}, None], 7])
def test_an_export_of_another_journal_is_found(
    db: Path, texts: dict[Format, str], tmp_path: Path, last: Any
) -> None:
    def elsewhere(document: dict[str, Any]) -> dict[str, Any]:
        return document | {"last": last} if document["kind"] == "journal" else document

    broken = checked(tmp_path, chained_anew(texts[Format.JSONL], elsewhere), db).broken
    assert broken is not None
    assert "is of another journal than that of the store" in broken


def test_a_first_line_that_asks_nothing_is_found(db: Path, texts: dict[Format, str], tmp_path: Path) -> None:
    def silent(document: dict[str, Any]) -> dict[str, Any]:
        return document | {"wanted": 7} if document["kind"] == "journal" else document

    broken = checked(tmp_path, chained_anew(texts[Format.JSONL], silent), db).broken
    assert broken is not None
    assert "the first line does not say what was asked" in broken


def test_a_journal_that_was_changed_itself_proves_nothing(tmp_path: Path) -> None:
    db = run(tmp_path / "changed.db")
    text = exported(db)[1]
    with sqlite3.connect(db) as sql:
        sql.execute("UPDATE journal SET line = replace(line, 'no-answer', 'answered') WHERE epoch = 2")
    sql.close()
    broken = checked(tmp_path, text, db).broken
    assert broken is not None
    assert "was changed after it was written" in broken


@pytest.mark.parametrize("format", Format)
def test_rules_that_have_changed_since_are_no_change_of_a_record(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: Format
) -> None:
    text = exported(db, WITH_REFUSALS, format)[1]
    forged = text.replace("carrier", "carriers")
    assert forged == text
    fewer = RuleSet(rule for rule in rulebook.shipped_rules().rules if rule.id != "UK-SCAN")
    monkeypatch.setattr(regimes, "shipped_rules", lambda: fewer)
    result = checked(tmp_path, text, db, version="9.9")
    assert result.broken is None
    assert result.unasked > 0
    # what was exported by the software at hand was exported by its rules
    broken = checked(tmp_path, text, db).broken
    assert broken is not None
    assert ": gates is " in broken


@pytest.mark.parametrize(
    "claimed",
    [
        {"gates": None, "rules_asked": ["UK-HOURS"], "gates_note": "asked by counsel"},
        {"gates": None, "rules_asked": None, "gates_note": "judged by rules of another year"},
        {"gates": None, "rules_asked": None, "gates_note": None},
    ],
)
def test_gates_that_the_software_at_hand_would_have_asked_are_not_taken_on_trust(
    db: Path, texts: dict[Format, str], tmp_path: Path, claimed: dict[str, Any]
) -> None:
    def unasked(document: dict[str, Any]) -> dict[str, Any]:
        return document | claimed if document.get("gates") else document

    broken = checked(tmp_path, chained_anew(texts[Format.JSONL], unasked), db).broken
    assert broken is not None
    assert ": gates is None here, and " in broken


def test_an_export_of_another_version_may_lack_gates_and_not_make_them_up(
    db: Path, texts: dict[Format, str], tmp_path: Path
) -> None:
    def unasked(document: dict[str, Any], rules: Any) -> dict[str, Any]:
        said = {"gates": None, "rules_asked": rules, "gates_note": "judged by rules of another year"}
        return document | said if document.get("gates") else document

    def older(rules: Any) -> str:
        text = chained_anew(texts[Format.JSONL], lambda document: unasked(document, rules))
        return chained_anew(
            text, lambda each: each | {"version": "0.0.9"} if each["kind"] == "journal" else each
        )

    result = checked(tmp_path, older(None), db)
    assert (result.broken, result.unasked) == (None, 8)
    broken = checked(tmp_path, older(["UK-HOURS"]), db).broken
    assert broken is not None
    assert ": gates is None here, and " in broken


def test_a_change_beside_rules_that_have_changed_is_found(
    db: Path, texts: dict[Format, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def better(document: dict[str, Any]) -> dict[str, Any]:
        return document | {"abandoned": False} if document.get("abandoned") else document

    fewer = RuleSet(rule for rule in rulebook.shipped_rules().rules if rule.id != "UK-SCAN")
    monkeypatch.setattr(regimes, "shipped_rules", lambda: fewer)
    broken = checked(tmp_path, chained_anew(texts[Format.JSONL], better), db, version="9.9").broken
    assert broken is not None
    assert broken.endswith("abandoned is False here, and True there")


# --- lines ----------------------------------------------------------------------------------------

values = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text() | st.lists(st.text())


@given(values=st.dictionaries(st.sampled_from(["campaign", "cause", "zones", "agent", "message"]), values))
def test_a_record_is_one_line_in_every_format(values: dict[str, Any]) -> None:
    document = {"record": 1, "kind": "attempt", **values}
    for format in Format:
        made = Chained(format)
        line = made.line(text_of(document, format))
        assert line.count("\n") == 1
        parts = parted(line.removesuffix("\n"), format)
        assert parts is not None
        text, digest = parts
        assert digest == made.hash == link(GENESIS, text)
        again = document_of(text, format)
        assert str(again["record"]) == "1"
        if format is Format.JSONL:
            assert again == json.loads(json.dumps(document))


def test_a_row_with_quotation_marks_that_make_no_sense_is_found(
    texts: dict[Format, str], tmp_path: Path
) -> None:
    made = Chained(Format.CSV)
    columns, first, *_ = texts[Format.CSV].splitlines()
    head = parted(first, Format.CSV)
    assert head is not None
    text = made.opening() + made.line(head[0]) + made.line('1,"attempt"x,') + made.line("1,attempt")
    assert text.startswith(columns)
    broken = checked(tmp_path, text).broken
    assert broken is not None
    assert "record 1 cannot be read" in broken
