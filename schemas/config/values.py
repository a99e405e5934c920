"""The forms of single values in jobs.yaml, each with its check; a fault's text never repeats the value."""

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import timedelta
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    SecretStr,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)

from schemas.operations import OPERATIONS

T = TypeVar("T", bound=Hashable)

NAME_PATTERN = r"^[a-z0-9-]+$"
TOPIC_PATTERN = r"^[a-zA-Z0-9._-]+$"
PREFIX_PATTERN = r"^[a-zA-Z0-9._-]*$"
ATTRIBUTE_PATTERN = r"^[^{}\[\]]+$"
#: people.json, IamTagV2.name.
TAG_MAX = 256
PORT_MAX = 65535
DURATION_UNITS = ("seconds", "minutes", "hours", "days")
DURATION_MAX = timedelta(days=3653)

#: ISO 3166-1 alpha-2. A code that is none (UK, EN) would make every national number unreadable, silently.
REGIONS = frozenset(
    """AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
    CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB
    GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG
    KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB
    SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US
    UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW""".split()  # noqa: SIM905 - as a list it fills a page
)

_is_percentage = re.compile(r"(100|[1-9]?[0-9])%").fullmatch
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _provider(text: str) -> str:
    module, colon, function = text.partition(":")
    if not (colon and all(map(str.isidentifier, module.split("."))) and function.isidentifier()):
        raise ValueError("must be package.module:function")
    return text


def _no_flag(given: Any) -> Any:
    """Refuse true and false, which Python takes for 1 and 0."""
    if isinstance(given, bool):
        raise ValueError(f"must be a number, not {str(given).lower()}")  # noqa: TRY004 - pydantic reads ValueErrors
    return given


def _flag(given: Any) -> Any:
    """Read what an environment variable can say; YAML's own true and false stay."""
    return {"true": True, "false": False}.get(given.lower(), given) if isinstance(given, str) else given


def _operation(name: str) -> str:
    if name not in OPERATIONS:
        raise ValueError(f"unknown operation (there are: {', '.join(OPERATIONS)})")
    return name


def _topic(name: str) -> str:
    if name in {".", ".."}:
        raise ValueError("is no name that Kafka allows")
    return name


def _region(code: str) -> str:
    if code not in REGIONS:
        raise ValueError("must be a country of ISO 3166, two capitals such as DE or US (Britain is GB)")
    return code


def _profile_path(path: str) -> str:
    if not all(part.strip() for part in path.split(".")):
        raise ValueError("must name a field of the profile; dots reach into nested ones, such as address.city")
    return path


def _port(port: int | None) -> None:
    if port is not None and not 1 <= port <= PORT_MAX:
        raise ValueError(f"the port must be between 1 and {PORT_MAX}")


def _broker(address: str) -> str:
    host, colon, port = address.rpartition(":") if re.search(r":\d*$", address) else (address, "", "")
    if not _HOST.fullmatch(host) or (colon and not port):
        raise ValueError("must be host:port, such as localhost:9092")
    _port(int(port[:6]) if port else None)
    return address


def _listed(given: Any) -> Any:
    """Read one text as a list of addresses, with commas between them."""
    return tuple(one.strip() for one in given.split(",")) if isinstance(given, str) else given


def _web_address(address: str) -> str:
    """Add https where no scheme is given, and take a slash from the end.

    The parts are taken apart by hand where `urlsplit` would quietly drop line breaks or guess a scheme.
    """
    whole = address if "://" in address else f"https://{address}"
    wrong = ValueError("must be an address such as xyz123.api.infobip.com or http://127.0.0.1:8080")
    if not re.fullmatch(r"[!-~]+", whole):
        raise wrong
    try:
        parts = urlsplit(whole)
        port = parts.port
    except ValueError:
        raise wrong from None
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or a password")
    if parts.scheme not in {"https", "http"}:
        raise ValueError("must begin with https:// or http://")
    host = parts.netloc.removesuffix(f":{port}") if port is not None else parts.netloc
    if not _HOST.fullmatch(host):
        raise wrong
    if "?" in whole or "#" in whole:
        raise ValueError("must end before the ? or #")
    _port(port)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path}".rstrip("/")


def _duration(given: Any) -> Any:
    """Read a mapping of one unit, such as {hours: 12}."""
    if isinstance(given, timedelta):
        return given
    if not isinstance(given, dict) or len(given) != 1 or not set(given) <= set(DURATION_UNITS):
        raise ValueError(f"must be a mapping of one unit ({', '.join(DURATION_UNITS)}), such as {{hours: 12}}")
    ((unit, number),) = given.items()
    wrong = ValueError(f"{unit} must be a number above 0, and no more than ten years")
    try:
        length = timedelta(**{unit: _NUMBER.validate_python(number)})
    except (ValidationError, OverflowError):
        raise wrong from None
    if not timedelta(0) < length <= DURATION_MAX:
        raise wrong
    return length


def _in_seconds(length: timedelta) -> dict[str, float]:
    return {"seconds": length.total_seconds()}


def _domain(name: str) -> str:
    if not re.fullmatch(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+", name):
        raise ValueError("must be a domain such as go.example.com")
    return name


def _file_name(name: str) -> str:
    if "\0" in name:
        raise ValueError("is no name that a file can have")
    return name


def _api_key(key: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", key.get_secret_value()):
        raise ValueError("must be plain characters without spaces or line breaks (is there one at its end?)")
    return key


def check_tag(tag: str) -> str:
    """Refuse what Infobip cannot hold as a tag, or a path cannot name."""
    _not_blank(tag)
    if len(tag) > TAG_MAX:
        raise ValueError(f"must be at most {TAG_MAX} characters, not {len(tag)}")
    if not tag.isprintable():
        raise ValueError("must be one line of printable characters")
    if tag != tag.strip():
        raise ValueError("must not begin or end with a space")
    if tag in {".", ".."}:
        raise ValueError("must not be '.' or '..', which mean a place in an address")
    return tag


def _setting(given: Any) -> Any:
    """Write a setting as Kafka reads it: YAML takes some for numbers and flags."""
    if isinstance(given, bool):
        return str(given).lower()
    return str(given) if isinstance(given, int | float) else given


def _share(given: Any) -> Any:
    """Read a share as one number of percent: it is given as a text, because YAML knows no percent."""
    if not isinstance(given, str) or _is_percentage(given) is None:
        raise ValueError("must be a percentage, such as 20%")
    return given


def once(entries: Sequence[T]) -> Sequence[T]:
    """Refuse a list that names something twice."""
    if twice := [repr(entry) for entry, times in Counter(entries).items() if times > 1]:
        raise ValueError(f"names {', '.join(twice)} more than once")
    return entries


Text = Annotated[str, AfterValidator(_not_blank)]
Flag = Annotated[bool, Field(strict=True), BeforeValidator(_flag)]
#: Stands last in an annotation: bounds that follow it would be lost to the JSON Schema.
NoFlag = BeforeValidator(_no_flag)
Port = Annotated[int, Field(ge=1, le=PORT_MAX), NoFlag]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False), NoFlag]
_NUMBER: TypeAdapter[float] = TypeAdapter(Positive)
_UNIT = {"type": "number", "exclusiveMinimum": 0}
#: A share in percent.
Share = Annotated[str, BeforeValidator(_share), WithJsonSchema({"type": "string", "pattern": r"^(100|[1-9]?[0-9])%$"})]
#: A length of time, as a mapping of one unit.
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(_in_seconds),
    WithJsonSchema(
        {
            "type": "object",
            "properties": dict.fromkeys(DURATION_UNITS, _UNIT),
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
    ),
]
#: Job names and the prefix become parts of topic names, which Kafka ends at 249 characters.
JobName = Annotated[str, Field(pattern=NAME_PATTERN, max_length=100)]
Provider = Annotated[str, AfterValidator(_provider)]
TopicPrefix = Annotated[str, Field(pattern=PREFIX_PATTERN, max_length=100)]
Topic = Annotated[str, Field(pattern=TOPIC_PATTERN, max_length=249), AfterValidator(_topic)]
#: A topic's setting as Kafka has them, all texts.
TopicSetting = Annotated[
    str,
    AfterValidator(_not_blank),
    BeforeValidator(_setting, json_schema_input_type=str | int | float | bool),
]
#: A file beside jobs.yaml, or anywhere else if it is told whole; whoever reads jobs.yaml completes the name.
FileName = Annotated[Text, AfterValidator(_file_name)]
Broker = Annotated[str, AfterValidator(_broker)]
Brokers = Annotated[
    tuple[Broker, ...],
    Field(min_length=1),
    BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...]),
]
Domain = Annotated[str, AfterValidator(_domain)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Secret = Annotated[SecretStr, Field(min_length=1)]
ApiKey = Annotated[Secret, AfterValidator(_api_key)]
Operation = Annotated[str, AfterValidator(_operation), WithJsonSchema({"type": "string", "enum": list(OPERATIONS)})]
Region = Annotated[str, AfterValidator(_region), WithJsonSchema({"type": "string", "enum": sorted(REGIONS)})]
ProfilePath = Annotated[str, AfterValidator(_profile_path)]
#: people.json, IamCustomAttribute.name.
AttributeName = Annotated[str, Field(pattern=ATTRIBUTE_PATTERN, max_length=256), AfterValidator(_not_blank)]
Tag = Annotated[
    str, AfterValidator(check_tag), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": TAG_MAX})
]
