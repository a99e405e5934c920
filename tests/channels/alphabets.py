"""The characters that SMS are written in."""

import string

# Written from 3GPP TS 23.038 a second time, ordered as a reader looks for them.
GSM = frozenset(
    string.ascii_letters + string.digits + " \n\r!\"#$%&'()*+,-./:;<=>?@_¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΔΦΓΛΩΠΨΣΘΞ"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
TURKISH = GSM - set("èìØøÆæ¡¿") | set("€ĞğİıŞşç")
PORTUGUESE = GSM - set("ÄÅÆÑÖØß¡¤¿äåæèìñòöøùΦΓΛΩΠΨΣΘΞ") | set("ÀÁÂÃÊÍÓÔÕÚáâãçêíóôõúªº^|\\~`€∞")
TURKISH_SHIFT = GSM_EXTENSION | set("ĞğİıŞşç")
SPANISH_SHIFT = GSM_EXTENSION | set("ÁÍÓÚáíóúç")
PORTUGUESE_SHIFT = GSM_EXTENSION | set("ÀÁÂÃÊÍÓÔÕÚáâãçêíóôõúΦΓΩΠΨΣΘ")

EMOJI = "\U0001f600"
LONE_HIGH, LONE_LOW = "\ud83d", "\ude00"
