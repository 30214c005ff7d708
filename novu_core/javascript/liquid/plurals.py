"""English plurals and singulars as npm's ``pluralize`` 8 makes them, which the peer's filters use."""

from __future__ import annotations

import re

_IRREGULAR = (
    "I:we me:us he:they she:they them:them myself:ourselves yourself:yourselves itself:themselves "
    "herself:themselves himself:themselves themself:themselves is:are was:were has:have this:these "
    "that:those echo:echoes dingo:dingoes volcano:volcanoes tornado:tornadoes torpedo:torpedoes "
    "genus:genera viscus:viscera stigma:stigmata stoma:stomata dogma:dogmata lemma:lemmata "
    "schema:schemata anathema:anathemata ox:oxen axe:axes die:dice yes:yeses foot:feet eave:eaves "
    "goose:geese tooth:teeth quiz:quizzes human:humans proof:proofs carve:carves valve:valves "
    "looey:looies thief:thieves groove:grooves pickaxe:pickaxes passerby:passersby"
)
_UNCOUNTABLE = (
    "adulthood advice agenda aid aircraft alcohol ammo analytics anime athletics audio bison blood bream "
    "buffalo butter carp cash chassis chess clothing cod commerce cooperation corps debris diabetes "
    "digestion elk energy equipment excretion expertise firmware flounder fun gallows garbage graffiti "
    "hardware headquarters health herpes highjinks homework housework information jeans justice kudos "
    "labour literature machinery mackerel mail media mews moose music mud manga news only personnel pike "
    "plankton pliers police pollution premises rain research rice salmon scissors series sewage shambles "
    "shrimp software species staff swine tennis traffic transportation trout tuna wealth welfare whiting "
    "wildebeest wildlife you"
)
# Later rules win. $0 is the match, $1 and $2 are its groups.
_PLURAL_RULES = [
    (r"s?$", "s"),
    (r"[^\x00-\x7f]$", "$0"),
    (r"([^aeiou]ese)$", "$1"),
    (r"(ax|test)is$", "$1es"),
    (r"(alias|[^aou]us|t[lm]as|gas|ris)$", "$1es"),
    (r"(e[mn]u)s?$", "$1s"),
    (r"([^l]ias|[aeiou]las|[ejzr]as|[iu]am)$", "$1"),
    (r"(alumn|syllab|vir|radi|nucle|fung|cact|stimul|termin|bacill|foc|uter|loc|strat)(?:us|i)$", "$1i"),
    (r"(alumn|alg|vertebr)(?:a|ae)$", "$1ae"),
    (r"(seraph|cherub)(?:im)?$", "$1im"),
    (r"(her|at|gr)o$", "$1oes"),
    (
        r"(agend|addend|millenni|dat|extrem|bacteri|desiderat|strat|candelabr|errat|ov|symposi|curricul|automat|quor)"
        r"(?:a|um)$",
        "$1a",
    ),
    (r"(apheli|hyperbat|periheli|asyndet|noumen|phenomen|criteri|organ|prolegomen|hedr|automat)(?:a|on)$", "$1a"),
    (r"sis$", "ses"),
    (r"(?:(kni|wi|li)fe|(ar|l|ea|eo|oa|hoo)f)$", "$1$2ves"),
    (r"([^aeiouy]|qu)y$", "$1ies"),
    (r"([^ch][ieo][ln])ey$", "$1ies"),
    (r"(x|ch|ss|sh|zz)$", "$1es"),
    (r"(matr|cod|mur|sil|vert|ind|append)(?:ix|ex)$", "$1ices"),
    (r"\b((?:tit)?m|l)(?:ice|ouse)$", "$1ice"),
    (r"(pe)(?:rson|ople)$", "$1ople"),
    (r"(child)(?:ren)?$", "$1ren"),
    (r"eaux$", "$0"),
    (r"m[ae]n$", "men"),
    (r"^thou$", "you"),
]
_SINGULAR_RULES = [
    (r"s$", ""),
    (r"(ss)$", "$1"),
    (r"(wi|kni|(?:after|half|high|low|mid|non|night|[^\w]|^)li)ves$", "$1fe"),
    (r"(ar|(?:wo|[ae])l|[eo][ao])ves$", "$1f"),
    (r"ies$", "y"),
    (r"\b([pl]|zomb|(?:neck|cross)?t|coll|faer|food|gen|goon|group|lass|talk|goal|cut)ies$", "$1ie"),
    (r"\b(mon|smil)ies$", "$1ey"),
    (r"\b((?:tit)?m|l)ice$", "$1ouse"),
    (r"(seraph|cherub)im$", "$1"),
    (r"(x|ch|ss|sh|zz|tto|go|cho|alias|[^aou]us|t[lm]as|gas|(?:her|at|gr)o|[aeiou]ris)(?:es)?$", "$1"),
    (r"(analy|diagno|parenthe|progno|synop|the|empha|cri|ne)(?:sis|ses)$", "$1sis"),
    (r"(movie|twelve|abuse|e[mn]u)s$", "$1"),
    (r"(test)(?:is|es)$", "$1is"),
    (r"(alumn|syllab|vir|radi|nucle|fung|cact|stimul|termin|bacill|foc|uter|loc|strat)(?:us|i)$", "$1us"),
    (r"(agend|addend|millenni|dat|extrem|bacteri|desiderat|strat|candelabr|errat|ov|symposi|curricul|quor)a$", "$1um"),
    (r"(apheli|hyperbat|periheli|asyndet|noumen|phenomen|criteri|organ|prolegomen|hedr|automat)a$", "$1on"),
    (r"(alumn|alg|vertebr)ae$", "$1a"),
    (r"(cod|mur|sil|vert|ind)ices$", "$1ex"),
    (r"(matr|append)ices$", "$1ix"),
    (r"(pe)(rson|ople)$", "$1rson"),
    (r"(child)ren$", "$1"),
    (r"(eau)x?$", "$1"),
    (r"men$", "man"),
]
_UNCHANGED = [r"pok[eé]mon$", r"[^aeiou]ese$", r"deer$", r"fish$", r"measles$", r"o[iu]s$", r"pox$", r"sheep$"]


_Rules = list[tuple[re.Pattern[str], str]]


def _compiled(rules: list[tuple[str, str]]) -> _Rules:
    every = [*rules, *((pattern, "$0") for pattern in _UNCHANGED)]
    flags = re.IGNORECASE | re.ASCII
    return [(re.compile(pattern.replace("$", r"\Z"), flags), result) for pattern, result in reversed(every)]


_SINGLES = {one.lower(): many for one, many in (pair.split(":") for pair in _IRREGULAR.split(" "))}
_PLURALS = {many: one for one, many in _SINGLES.items()}
_INVARIABLE = frozenset(_UNCOUNTABLE.split(" "))
_TO_PLURAL = _compiled(_PLURAL_RULES)
_TO_SINGULAR = _compiled(_SINGULAR_RULES)


def pluralize(word: str, count: float) -> str:
    """Return the word for so many things: the singular for exactly 1. Raises TypeError for what is no text."""
    if not isinstance(word, str):
        raise TypeError("a word to pluralize must be text")
    if count == 1:
        return _changed(word, _PLURALS, _SINGLES, _TO_SINGULAR)
    return _changed(word, _SINGLES, _PLURALS, _TO_PLURAL)


def _changed(word: str, changes: dict[str, str], kept: dict[str, str], rules: _Rules) -> str:
    token = word.lower()
    if token in kept:
        return _in_case_of(word, token)
    if token in changes:
        return _in_case_of(word, changes[token])
    if not token or token in _INVARIABLE:
        return word
    for pattern, result in rules:
        match = pattern.search(word)
        if match:
            return word[: match.start()] + _replacement(word, match, result) + word[match.end() :]
    return word


def _replacement(word: str, match: re.Match[str], result: str) -> str:
    groups = [match[0], *(group or "" for group in match.groups())]
    text = re.sub(r"\$(\d)", lambda reference: groups[int(reference[1])], result)
    return _in_case_of(match[0] or word[match.start() - 1], text)


def _in_case_of(model: str, text: str) -> str:
    if model in (text, model.lower()):
        return text if model == text else text.lower()
    if model == model.upper():
        return text.upper()
    if model[0] == model[0].upper():
        return text[:1].upper() + text[1:].lower()
    return text.lower()
