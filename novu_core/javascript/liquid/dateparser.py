"""``Date.parse`` as V8 does it: ISO dates, else its lenient legacy grammar ("Jan 5 2024 10:00 PST", "1/5/24").

A port of the algorithm of V8's ``dateparser-inl.h``, token for token, because no two lenient parsers agree.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from novu_core.javascript.liquid.datetokens import DateScanner, fraction_of, number_of, word_of


def parse_date(text: str) -> float | None:
    """Return milliseconds since 1970 UTC, or ``None``. A time without a zone is in the process's time zone."""
    scanner = DateScanner(text)
    state = _State()
    done = _parse_iso(scanner, state)
    if done is None:
        return None
    if not done and not _parse_legacy(scanner, state):
        return None
    return state.milliseconds()


class _State:
    """The date, time and zone read so far."""

    def __init__(self) -> None:
        self.day: list[int] = []
        self.month_name: int | None = None
        self.iso = False
        self.time: list[int] = []
        self.hour_offset: int | None = None
        self.sign: int | None = None
        self.zone_hour: int | None = None
        self.zone_minute: int | None = None

    def set_zone(self, hours: int) -> None:
        self.sign = -1 if hours < 0 else 1
        self.zone_hour, self.zone_minute = abs(hours), 0

    def expects_time(self, number: int) -> bool:
        count = len(self.time)
        return (count in (1, 2) and number < 60) or (count == 3 and number < 1000)

    def expects_zone_minute(self, number: int) -> bool:
        return self.zone_hour is not None and self.zone_minute is None and number < 60

    def add_time(self, *numbers: int) -> bool:
        if len(self.time) >= 4:
            return False
        self.time.extend(numbers)
        return True

    def finish_time(self, number: int) -> None:
        self.time.append(number)
        self.time.extend([0] * (4 - len(self.time)))

    def milliseconds(self) -> float | None:
        date = self._date()
        clock = self._clock()
        if date is None or clock is None:
            return None
        year, month, day = date
        try:
            moment = datetime(year, month, 1) + timedelta(days=day - 1, milliseconds=clock)
            if self.sign is None:
                return round(moment.astimezone().timestamp() * 1000)
            offset = self.sign * ((self.zone_hour or 0) * 60 + (self.zone_minute or 0))
            moment -= timedelta(minutes=offset)
            return (moment - datetime(1970, 1, 1)) / timedelta(milliseconds=1)
        except (OverflowError, ValueError, OSError):
            return None

    def _date(self) -> tuple[int, int, int] | None:
        if not self.day:
            return None
        one, two, three = [*self.day, 1, 1][:3]
        if self.month_name is not None:
            month = self.month_name
            year, day = (two, one) if 1 <= one <= 31 else (one, two)
        elif self.iso or not 1 <= one <= 31:
            year, month, day = one, two, three
        else:
            month, day, year = one, two, three
        if not self.iso and 0 <= year <= 99:
            year += 2000 if year < 50 else 1900
        return (year, month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None

    def _clock(self) -> int | None:
        hour, minute, second, millisecond = [*self.time, 0, 0, 0, 0][:4]
        if self.hour_offset is not None:
            if hour > 12:
                return None
            hour = hour % 12 + self.hour_offset
        if (hour > 23 or minute > 59 or second > 59 or millisecond > 999) and (
            hour != 24 or minute or second or millisecond
        ):
            return None
        return ((hour * 60 + minute) * 60 + second) * 1000 + millisecond


def _parse_iso(scanner: DateScanner, state: _State) -> bool | None:
    """Read an ISO date. ``False`` leaves the rest to the legacy parser, ``None`` is no date at all."""
    if scanner.peek()[1] in ("+", "-"):
        sign = -1 if scanner.next()[1] == "-" else 1
        year = scanner.fixed(6, 0, 999999)
        if year is None or (sign < 0 and year == 0):
            scanner.index = 0
            return False
        state.day.append(sign * year)
    elif (year := scanner.fixed(4, 0, 9999)) is not None:
        state.day.append(year)
    else:
        return False
    if scanner.skip("-"):
        if (month := scanner.fixed(2, 1, 12)) is None:
            return False
        state.day.append(month)
        if scanner.skip("-"):
            if (day := scanner.fixed(2, 1, 31)) is None:
                return False
            state.day.append(day)
    if scanner.peek()[1].lower() == "t":
        scanner.next()
        if not (_iso_time(scanner, state) and _iso_zone(scanner, state) and scanner.peek()[0] == "end"):
            return None
    elif scanner.peek()[0] != "end":
        return False
    if state.zone_hour is None and not state.time:
        state.set_zone(0)
    state.iso = True
    return True


def _iso_time(scanner: DateScanner, state: _State) -> bool:
    hour = scanner.fixed(2, 0, 24)
    highest = 0 if hour == 24 else 59
    if hour is None or not scanner.skip(":") or (minute := scanner.fixed(2, 0, highest)) is None:
        return False
    state.add_time(hour, minute)
    if not scanner.skip(":"):
        return True
    second = scanner.fixed(2, 0, highest)
    if second is None:
        return False
    state.time.append(second)
    if scanner.skip("."):
        kind, text = scanner.next()
        if kind != "number" or (hour == 24 and number_of(text)):
            return False
        state.time.append(fraction_of(text))
    return True


def _iso_zone(scanner: DateScanner, state: _State) -> bool:
    _, text = scanner.peek()
    if text in ("z", "Z"):
        scanner.next()
        state.set_zone(0)
    elif text in ("+", "-"):
        scanner.next()
        state.sign = 1 if text == "+" else -1
        joined = scanner.fixed(4, 0, 9999)
        if joined is not None:
            state.zone_hour, state.zone_minute = divmod(joined, 100)
            return state.zone_hour < 24 and state.zone_minute < 60
        state.zone_hour = scanner.fixed(2, 0, 23)
        if state.zone_hour is None or not scanner.skip(":"):
            return False
        state.zone_minute = scanner.fixed(2, 0, 59)
        return state.zone_minute is not None
    return True


def _parse_legacy(scanner: DateScanner, state: _State) -> bool:
    has_number = bool(state.day)
    while True:
        kind, text = scanner.next()
        if kind == "end":
            return True
        if kind == "number":
            has_number = True
            if not _legacy_number(scanner, state, number_of(text)):
                return False
        elif kind == "word":
            if not _legacy_word(scanner, state, text, has_number):
                return False
        elif text in ("+", "-") and (state.time or (state.zone_hour == 0 and state.zone_minute == 0)):
            has_number = True
            if not _legacy_zone(scanner, state, -1 if text == "-" else 1):
                return False
        elif text in ("+", "-", ")") and has_number:
            return False


def _legacy_number(scanner: DateScanner, state: _State, number: int) -> bool:
    if scanner.skip(":"):
        if scanner.skip(":"):
            return not state.time and state.add_time(number, 0)
        if not state.add_time(number):
            return False
        scanner.skip(".")
    elif scanner.skip(".") and state.expects_time(number):
        state.time.append(number)
        kind, text = scanner.next()
        if kind != "number":
            return False
        state.finish_time(fraction_of(text))
    elif state.expects_zone_minute(number):
        state.zone_minute = number
    elif state.expects_time(number):
        state.finish_time(number)
        kind, text = scanner.peek()
        return kind in ("end", "space") or text in ("z", "Z", "+", "-")
    else:
        if len(state.day) >= 3:
            return False
        state.day.append(number)
        scanner.skip("-")
    return True


def _legacy_word(scanner: DateScanner, state: _State, text: str, has_number: bool) -> bool:
    kind, value = word_of(text)
    if kind == "am_pm" and state.time:
        state.hour_offset = value
    elif kind == "month":
        state.month_name = value
        scanner.skip("-")
    elif kind == "zone" and has_number:
        state.set_zone(value)
    else:
        return not has_number and scanner.peek()[0] != "number"
    return True


def _legacy_zone(scanner: DateScanner, state: _State, sign: int) -> bool:
    state.sign = sign
    kind, text = scanner.peek()
    number = length = 0
    if kind == "number":
        scanner.next()
        number, length = number_of(text), len(text)
    if scanner.peek() == ("symbol", ":"):
        state.zone_hour, state.zone_minute = number, None
    elif length in (1, 2):
        state.zone_hour, state.zone_minute = number, 0
    elif length in (3, 4):
        state.zone_hour, state.zone_minute = divmod(number, 100)
    else:
        return False
    return True


EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
"""Where JavaScript's time begins."""
