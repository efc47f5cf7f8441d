"""Saved resets: one stage at a time, never zero, and gone for good when deleted."""

import pytest

from engine.errors import InputError
from engine.resets.request import ResetRequest, Stage
from engine.store.audit import entries
from engine.store.resets.templates import (
    create_template,
    delete_template,
    save_template,
    template,
    templates,
)
from tests.resets.stand import request, stand


def test_creating_a_template_stores_the_current_stage_only() -> None:
    with stand() as at:
        at.do(create_template("weekly", request("busy"), Stage.SETTINGS, user="sue"))
        saved = template(at.sql, "weekly")
        assert list(saved.stages) == [Stage.SETTINGS]
        applied = saved.applied(ResetRequest())
        assert applied == ResetRequest(settings=request().settings)


def test_each_stage_is_saved_by_itself_and_the_others_stay() -> None:
    with stand() as at:
        at.do(create_template("weekly", request("busy"), Stage.SETTINGS, user="sue"))
        other = request("sale", lists=("more",), zero=True)
        at.do(save_template("weekly", other, Stage.RESULTS, user="sue"))
        applied = template(at.sql, "weekly").applied(ResetRequest())
        assert applied.settings == request().settings
        assert applied.results == other.results
        assert applied.properties == ResetRequest().properties


def test_zero_is_never_stored() -> None:
    with stand() as at:
        chosen = request(zero=True)
        at.do(create_template("weekly", chosen, Stage.PROPERTIES, user="sue"))
        assert not template(at.sql, "weekly").applied(ResetRequest()).zero
        assert "zero" not in str(at.sql.execute("SELECT * FROM reset_templates").fetchall())


def test_a_template_is_deleted_for_good() -> None:
    with stand() as at:
        at.do(create_template("weekly", request(), Stage.SETTINGS, user="sue"))
        at.do(delete_template("weekly", user="sue"))
        assert templates(at.sql) == []
        for change in (
            delete_template("weekly", user="sue"),
            save_template("weekly", request(), Stage.RESULTS, user="sue"),
        ):
            with pytest.raises(InputError, match="there is no template 'weekly'; none is saved yet"):
                at.do(change)
        told = [(each.action, each.subject) for each in entries(at.sql)]
        assert told == [("leads templates create", "weekly"), ("leads templates delete", "weekly")]


def test_names_of_templates_are_unique_and_names() -> None:
    with stand() as at:
        at.do(create_template("weekly", request(), Stage.SETTINGS, user="sue"))
        with pytest.raises(InputError, match="already"):
            at.do(create_template("weekly", request(), Stage.SETTINGS, user="sue"))
        with pytest.raises(InputError, match="a name has letters"):
            at.do(create_template("week\nly", request(), Stage.SETTINGS, user="sue"))
        with pytest.raises(InputError, match="did you mean 'weekly'"):
            template(at.sql, "weakly")
