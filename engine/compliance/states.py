"""States as people write them: in any case, by their code or their name."""

from typing import Final

_US: Final = (
    "AL Alabama,AK Alaska,AS American Samoa,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,"
    "DE Delaware,DC District of Columbia,FL Florida,GA Georgia,GU Guam,HI Hawaii,ID Idaho,IL Illinois,"
    "IN Indiana,IA Iowa,KS Kansas,KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,MI Michigan,"
    "MN Minnesota,MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,"
    "NM New Mexico,NY New York,NC North Carolina,ND North Dakota,MP Northern Mariana Islands,OH Ohio,"
    "OK Oklahoma,OR Oregon,PA Pennsylvania,PR Puerto Rico,RI Rhode Island,SC South Carolina,SD South Dakota,"
    "TN Tennessee,TX Texas,VI U.S. Virgin Islands,UT Utah,VT Vermont,VI Virgin Islands,VA Virginia,"
    "WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming"
)
_CA: Final = (
    "AB Alberta,BC British Columbia,MB Manitoba,NB New Brunswick,NL Newfoundland,"
    "NL Newfoundland and Labrador,NT Northwest Territories,NS Nova Scotia,NU Nunavut,ON Ontario,"
    "PE Prince Edward Island,QC Quebec,QC Québec,SK Saskatchewan,YT Yukon"
)
_AU: Final = (
    "ACT Australian Capital Territory,NSW New South Wales,NT Northern Territory,QLD Queensland,"
    "SA South Australia,TAS Tasmania,VIC Victoria,WA Western Australia"
)


def _by_name(text: str) -> dict[str, str]:
    pairs = (entry.split(" ", 1) for entry in text.split(","))
    return {name.casefold(): code for code, name in pairs}


_CODES: Final = {"US": _by_name(_US), "CA": _by_name(_CA), "AU": _by_name(_AU)}


def state_code(country: str | None, state: str) -> str:
    """FL for Florida, florida and fl. What is no name of a state is taken for a code."""
    text = " ".join(state.split())
    return _CODES.get(country or "", {}).get(text.casefold()) or text.upper()
