"""Options that several commands have."""

from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter

AsJson: TypeAlias = Annotated[
    bool,
    Parameter(
        name="--json", negative="", show_default=False, help="Print JSON instead of text, for programs."
    ),
]
Store: TypeAlias = Annotated[Path, Parameter(name="--db", help="The store: a database of this program.")]
Campaign: TypeAlias = Annotated[str | None, Parameter(help="Only this campaign.")]
