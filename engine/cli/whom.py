"""Numbers and persons as the command line names them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.domain.wishes import Whom


def read_whoms(numbers: Sequence[str], persons: Sequence[str], region: str | None) -> "list[Whom]":
    """Each once, in their order. Raises InputError, with everything that is wrong, and for nobody at all."""
    from engine.domain.wishes import Whom, check_person
    from engine.errors import InputError
    from engine.phones import PhoneError, is_region, normalise

    problems: list[str] = []
    if region is not None and not is_region(region):
        raise InputError([f"--region is {region!r}; write an ISO code in capitals, such as GB or US"])
    if not numbers and not persons:
        problems.append("name somebody: a number, or a person with --person")
    whoms: dict[Whom, None] = {}
    for text in numbers:
        try:
            whoms[Whom(number=normalise(text, region).number)] = None
        except PhoneError as error:
            advice = "; or say --region" if error.needs_region else ""
            problems.append(f"{text!r} {error.reason}{advice}")
    for text in persons:
        try:
            whoms[Whom(person=check_person(text))] = None
        except ValueError as error:
            problems.append(f"--person {error}")
    if problems:
        raise InputError(problems)
    return list(whoms)


def read_whom(number: str | None, person: str | None, region: str | None) -> "Whom":
    """The one that is named. Raises InputError."""
    from engine.errors import InputError

    if number is not None and person is not None:
        raise InputError(["a number and a person are two; name one of them"])
    (whom,) = read_whoms(() if number is None else (number,), () if person is None else (person,), region)
    return whom
