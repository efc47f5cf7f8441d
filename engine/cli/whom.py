"""Numbers, persons and sellers as the command line names them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.domain.wishes import Whom


def read_whoms(
    numbers: Sequence[str], persons: Sequence[str], region: str | None, *, any_plan: bool = False
) -> "list[Whom]":
    """Each once, in their order; with `any_plan` also numbers of possible length that no plan has. Raises
    InputError, with everything that is wrong, and for nobody at all."""
    from engine.domain.wishes import Whom, check_person
    from engine.errors import InputError
    from engine.phones import PhoneError, is_region, normalise, normalise_any
    from engine.store.problems import shown

    problems: list[str] = []
    if region is not None and not is_region(region):
        raise InputError([f"--region is {region!r}; write an ISO code in capitals, such as GB or US"])
    if not numbers and not persons:
        problems.append("name somebody: a number, or a person with --person")
    whoms: dict[Whom, None] = {}
    for text in numbers:
        try:
            number = normalise_any(text, region) if any_plan else normalise(text, region).number
            whoms[Whom(number=number)] = None
        except PhoneError as error:
            advice = "; or say --region" if error.needs_region else ""
            problems.append(f"{shown(text)} {error.reason}{advice}")
    for text in persons:
        try:
            whoms[Whom(person=check_person(text))] = None
        except ValueError as error:
            problems.append(f"--person {error}")
    if problems:
        raise InputError(problems)
    return list(whoms)


def read_seller(text: str | None) -> str | None:
    """The seller that is named, if one is. Raises InputError."""
    from engine.domain.wishes import check_seller
    from engine.errors import InputError

    try:
        return None if text is None else check_seller(text)
    except ValueError as error:
        raise InputError([f"--seller {error}"]) from None


def read_whom(
    number: str | None, person: str | None, region: str | None, *, any_plan: bool = False
) -> "Whom":
    """The one that is named. Raises InputError."""
    from engine.errors import InputError

    if number is not None and person is not None:
        raise InputError(["a number and a person are two; name one of them"])
    numbers = () if number is None else (number,)
    persons = () if person is None else (person,)
    (whom,) = read_whoms(numbers, persons, region, any_plan=any_plan)
    return whom
