"""SMPP errors: whether sending again can help, and what they mean in words that an operator understands."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

LANGUAGES = ("ru", "en")
VENDOR_CODES_FROM = 0x400
VENDOR_ATTEMPTS = 3


class Verdict(StrEnum):
    """What an answer other than 0 asks us to do."""

    THROTTLED = "throttled"  # slow the link down; no attempt of the message
    TEMPORARY = "temporary"  # try the message again later, until it expires
    LINK = "link"  # the link is at fault: the message goes back, the link binds anew
    PERMANENT = "permanent"  # the message is refused for good


_THROTTLED = frozenset({0x58})
_TEMPORARY = frozenset({0x08, 0x14, 0x45, 0x64, 0xFE, 0xFF})
_LINK = frozenset({0x02, 0x03, 0x04, 0x05, 0x0D, 0x0E, 0x0F})

# SMPP 3.4 §5.1.3: code → Russian, English.
_WORDS: dict[int, tuple[str, str]] = {
    0x01: ("неверная длина сообщения", "the message length is invalid"),
    0x02: ("неверная длина команды", "the command length is invalid"),
    0x03: ("оператор не знает этой команды", "the operator does not know this command"),
    0x04: ("соединение не в том состоянии", "the link is not bound as the command needs"),
    0x05: ("соединение уже занято: прежнее ещё не закрыто", "already bound: the former link is still open"),
    0x06: ("неверный приоритет", "the priority is invalid"),
    0x07: ("неверный запрос отчёта о доставке", "the request for a receipt is invalid"),
    0x08: ("системная ошибка у оператора", "a system error at the operator"),
    0x0A: ("неверный адрес отправителя", "the sender's address is invalid"),
    0x0B: ("неверный номер получателя", "the recipient's number is invalid"),
    0x0C: ("неизвестный номер сообщения", "the message id is unknown"),
    0x0D: ("оператор отказал в подключении", "the operator refused the bind"),
    0x0E: ("неверный пароль подключения", "the password of the link is wrong"),
    0x0F: ("неверное имя подключения", "the system id of the link is wrong"),
    0x14: ("очередь оператора переполнена", "the operator's queue is full"),
    0x15: ("неверный тип услуги", "the service type is invalid"),
    0x42: ("замена сообщения недоступна", "replacing is not possible"),
    0x43: ("неверный класс сообщения", "the message class is invalid"),
    0x44: ("отправка по списку недоступна", "sending to a list is not possible"),
    0x45: ("оператор не принял сообщение", "the operator did not take the message"),
    0x48: ("неверный тип номера отправителя", "the type of the sender's number is invalid"),
    0x49: ("неверный план номера отправителя", "the plan of the sender's number is invalid"),
    0x50: ("неверный тип номера получателя", "the type of the recipient's number is invalid"),
    0x51: ("неверный план номера получателя", "the plan of the recipient's number is invalid"),
    0x53: ("неверный тип системы", "the system type is invalid"),
    0x54: ("неверный признак замены", "the flag to replace is invalid"),
    0x58: ("превышена скорость, разрешённая оператором", "faster than the operator allows"),
    0x61: ("неверное время отправки", "the time of delivery is invalid"),
    0x62: ("неверный срок действия", "the validity period is invalid"),
    0x64: ("временная ошибка приложения", "a temporary error of the application"),
    0x65: ("постоянная ошибка приложения", "a permanent error of the application"),
    0x66: ("сообщение отклонено приложением", "rejected by the application"),
    0xC0: ("ошибка в дополнительных полях", "an error in the optional fields"),
    0xC1: ("дополнительное поле не разрешено", "an optional field is not allowed"),
    0xC2: ("неверная длина поля", "the length of a field is invalid"),
    0xC3: ("не хватает поля", "a field is missing"),
    0xC4: ("неверное значение поля", "the value of a field is invalid"),
    0xFE: ("сообщение не доставлено", "the delivery failed"),
    0xFF: ("неизвестная ошибка у оператора", "an unknown error at the operator"),
}
_OTHER = ("ошибка оператора", "an error of the operator")

# What else stands in the outbox's column for the error: key → Russian, English.
_REASONS: dict[str, tuple[str, str]] = {
    "expired": ("срок действия истёк до отправки", "its time was over before it could be sent"),
    "no_right": ("подписка или согласие больше не действует", "the subscription or the consent is no longer in force"),
    "uncertain": ("связь прервалась до ответа оператора", "the link broke before the operator's answer"),
    "too_long": ("текст слишком длинный", "the text is too long"),
    "budget": ("бюджет месяца израсходован", "the month's budget is used up"),
    "country": ("страна получателя не разрешена школой", "the school does not send to this country"),
    "not_a_phone": ("номер получателя неверен", "the recipient's number is wrong"),
    "undeliverable": ("не доставлено на телефон", "not delivered to the phone"),
    "suspended": (
        "номер приостановлен: на него подряд ничего не доходило",
        "the number is suspended: nothing arrived there several times in a row",
    ),
    "cancelled_by_operator": ("отменено оператором школы", "cancelled by the operator"),
    "closed_by_operator": (
        "закрыто оператором школы; дошло ли, неизвестно",
        "closed by the operator; whether it arrived is not known",
    ),
    "expired_at_smsc": ("телефон был недоступен до конца срока", "the phone was not reached in time"),
}


_IN_LANGUAGES = {told: words for words in (*_WORDS.values(), *_REASONS.values(), _OTHER) for told in words}


def verdict(status: int, attempts: int = 1) -> Verdict:
    """What to do after this command_status on the message's attempt of this number (1 the first).

    Codes of SMPP 3.4 by their meaning; an operator's own (0x400 and above) count as temporary three times.
    """
    if status in _THROTTLED:
        return Verdict.THROTTLED
    if status in _TEMPORARY:
        return Verdict.TEMPORARY
    if status in _LINK:
        return Verdict.LINK
    if status >= VENDOR_CODES_FROM and attempts < VENDOR_ATTEMPTS:
        return Verdict.TEMPORARY
    return Verdict.PERMANENT


def status_words(status: int, language: str = "ru") -> str:
    """The meaning of a command_status, with its code.

    >>> status_words(0x0B, "en")
    "the recipient's number is invalid (0x0B)"
    """
    return f"{_WORDS.get(status, _OTHER)[LANGUAGES.index(language)]} (0x{status:02X})"


@dataclass(frozen=True, slots=True)
class OperatorError:
    """What one operator means by a code."""

    verdict: Verdict
    words_ru: str
    words_en: str

    def words(self, language: str) -> str:
        return self.words_en if language == "en" else self.words_ru


class Codes:
    """The codes of one link: what its operator means by them where the school has said so, else the standard.

    >>> own = Codes({0x45: OperatorError(Verdict.PERMANENT, "номер в чёрном списке", "a blocked number")})
    >>> own.verdict(0x45), own.words(0x45, "en"), own.verdict(0x58)
    (<Verdict.PERMANENT: 'permanent'>, 'a blocked number (0x45)', <Verdict.THROTTLED: 'throttled'>)
    """

    def __init__(self, own: Mapping[int, OperatorError]) -> None:
        self._own = own

    def verdict(self, status: int, attempts: int = 1) -> Verdict:
        """What to do after this command_status on the message's attempt of this number (1 the first)."""
        known = self._own.get(status)
        return verdict(status, attempts) if known is None else known.verdict

    def words(self, status: int, language: str = "ru") -> str:
        """The meaning of a command_status, with its code."""
        known = self._own.get(status)
        return status_words(status, language) if known is None else f"{known.words(language)} (0x{status:02X})"


STANDARD = Codes({})


def in_language(words: str, language: str) -> str:
    """An error as the outbox keeps it, in the reader's language; as it is where it is none of ours.

    >>> in_language("не доставлено на телефон (7)", "en"), in_language("?", "en")
    ('not delivered to the phone (7)', '?')
    """
    told, opening, code = words.rpartition(" (") if words.endswith(")") else (words, "", "")
    known = _IN_LANGUAGES.get(told)
    return f"{known[LANGUAGES.index(language)]}{opening}{code}" if known else words


def reason_words(reason: str, language: str = "ru", code: int | None = None) -> str:
    """The words for an end that no command_status tells, with the operator's code where there is one."""
    words = _REASONS[reason][LANGUAGES.index(language)]
    return f"{words} ({code})" if code else words
