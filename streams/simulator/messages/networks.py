"""Which network a number is in, as far as the simulator knows networks: one of each of some countries."""

from collections.abc import Mapping

#: Mobile country and network codes by calling code; E.212 and E.164.
_NETWORKS: Mapping[str, str] = {
    "1": "310260",
    "31": "20404",
    "32": "20601",
    "33": "20801",
    "34": "21401",
    "351": "26801",
    "353": "27201",
    "358": "24491",
    "36": "21630",
    "385": "21901",
    "386": "29341",
    "387": "21890",
    "39": "22201",
    "40": "22610",
    "41": "22801",
    "420": "23001",
    "43": "23201",
    "44": "23410",
    "45": "23801",
    "46": "24001",
    "47": "24201",
    "48": "26001",
    "49": "26201",
    "52": "334020",
    "55": "72405",
    "57": "732101",
    "61": "50501",
    "62": "51010",
    "65": "52501",
    "81": "44010",
    "82": "45005",
    "90": "28601",
    "91": "40445",
    "966": "42001",
    "971": "42402",
}
_LONGEST = max(map(len, _NETWORKS))
MCC_DIGITS = 3


def network_of(number: str) -> str | None:
    """Return the mobile country and network codes of a number, None where they are not known."""
    return next((_NETWORKS[number[:size]] for size in range(_LONGEST, 0, -1) if number[:size] in _NETWORKS), None)
