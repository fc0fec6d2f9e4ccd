"""The finite form of an English verb, where "do" and its forms stand beside the plain one."""

_VOWELS = frozenset("aeiou")
_IRREGULAR = """
be/was become/became begin/began bring/brought build/built buy/bought catch/caught choose/chose
come/came cost/cost cut/cut die/died do/did draw/drew drive/drove eat/ate fall/fell feel/felt
fight/fought find/found fly/flew forget/forgot get/got give/gave go/went grow/grew have/had
hear/heard hit/hit hold/held keep/kept know/knew lay/laid lead/led leave/left lend/lent let/let
lose/lost make/made mean/meant meet/met pay/paid put/put read/read ride/rode ring/rang rise/rose
run/ran say/said see/saw sell/sold send/sent set/set shoot/shot shut/shut sing/sang sink/sank
sit/sat sleep/slept speak/spoke spend/spent stand/stood steal/stole strike/struck swear/swore
swim/swam take/took teach/taught tell/told think/thought throw/threw understand/understood wear/wore
win/won write/wrote
"""
_PAST = dict(pair.split("/") for pair in _IRREGULAR.split())
_SHORT = 4  # letters, of a verb that doubles its last one: "plan", "stop"


def is_finite(form: str, base: str, helping: str) -> bool:
    """Whether ``form`` says what ``helping`` ("did" or "does") and ``base`` say together."""
    match helping:
        case "did":
            return form == _PAST.get(base, _with_ending(base, "ed"))
        case "does":
            return form == ("has" if base == "have" else _with_ending(base, "es"))
        case _:
            return False


def _with_ending(base: str, ending: str) -> str:
    """The regular form with "ed" or "es"; a final consonant is doubled in short words alone."""
    after_vowel = base[-2:-1] in _VOWELS
    if base.endswith("e"):
        return base + ending[1:]
    if base.endswith("y") and not after_vowel:
        return f"{base[:-1]}i{ending}"
    if ending == "es":
        return base + ("es" if base.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")
    short = len(base) <= _SHORT and after_vowel and base[-3:-2] not in _VOWELS
    doubled = short and base[-1] not in _VOWELS | frozenset("wxy")
    return base + (base[-1] if doubled else "") + ending
