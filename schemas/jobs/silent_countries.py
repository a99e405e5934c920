"""Places whose operators send no delivery reports for SMS and MMS."""

from collections.abc import Mapping
from typing import NamedTuple


class Place(NamedTuple):
    """A place by its name and its calling code."""

    name: str
    calling_code: int


#: By ISO 3166 code, as Bloomreach publishes them in its guide to SMS and MMS by Infobip, "Countries without delivery
#: reports". Infobip itself publishes no such list; operators there may report all the same, and a report that comes is
#: believed.
COUNTRIES_WITHOUT_REPORTS: Mapping[str, Place] = {
    "BD": Place("Bangladesh", 880),
    "BJ": Place("Benin", 229),
    "BR": Place("Brazil", 55),
    "BI": Place("Burundi", 257),
    "KH": Place("Cambodia", 855),
    "DE": Place("Germany", 49),
    "GP": Place("Guadeloupe", 590),
    "GU": Place("Guam", 1),
    "HK": Place("Hong Kong", 852),
    "ID": Place("Indonesia", 62),
    "KW": Place("Kuwait", 965),
    "MY": Place("Malaysia", 60),
    "MH": Place("Marshall Islands", 692),
    "MR": Place("Mauritania", 222),
    "MX": Place("Mexico", 52),
    "NR": Place("Nauru", 674),
    "MP": Place("Northern Mariana Islands", 1),
    "PK": Place("Pakistan", 92),
    "PA": Place("Panama", 507),
    "PG": Place("Papua New Guinea", 675),
    "PE": Place("Peru", 51),
    "WS": Place("Samoa", 685),
    "SB": Place("Solomon Islands", 677),
    "SS": Place("South Sudan", 211),
    "LK": Place("Sri Lanka", 94),
    "SD": Place("Sudan", 249),
    "TJ": Place("Tajikistan", 992),
    "TL": Place("Timor-Leste", 670),
    "TO": Place("Tonga", 676),
    "TV": Place("Tuvalu", 688),
    "UZ": Place("Uzbekistan", 998),
    "VE": Place("Venezuela", 58),
    "VN": Place("Vietnam", 84),
    "WF": Place("Wallis and Futuna", 681),
}
