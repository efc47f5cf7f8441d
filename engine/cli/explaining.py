"""`dialer explain`: why a lead was or was not dialed."""

from typing import Annotated

from cyclopts import Parameter

from engine.cli.options import AsJson, Campaign, Store, read_moment


def explain(
    lead: Annotated[str, Parameter(name="LEAD", help="The lead's key on its list.")],
    /,
    *,
    db: Store,
    campaign: Campaign = None,
    list_name: Annotated[
        str | None, Parameter(name="--list", help="The list, for a key that is on several.")
    ] = None,
    at: Annotated[
        str | None, Parameter(help="A past instant, ISO 8601 with a zone; the end, if left out.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Tell why a lead was or was not dialed: its attempts, its status, and what holds it until when.

    The store is one that a run kept with --db.
    """

    from engine.explain import explain as explained
    from engine.store.reading import reading
    from engine.terminal import print_json

    moment = read_moment("--at", at)
    with reading(db) as store:
        explanation = explained(store, lead, campaign=campaign, list_name=list_name, at=moment)
    if as_json:
        print_json(explanation.as_json())
    else:
        print(explanation.text)
    return 0
