"""How English asks: politeness to leave out, safe synonyms, words that decide what is asked."""

from service.answering.caching.phrasing import Phrasing, compiled

AUXILIARIES = frozenset(
    "am is are was were do does did can could will would shall should may might must has have "
    "had".split()
)
INTERROGATIVES = frozenset("who whose what which when where why how".split())
# After these a question word belongs to what is asked: "in what country".
PREPOSITIONS = frozenset(
    "about above across after against along among around as at before behind below beneath beside "
    "besides between beyond by despite down during except for from in inside into like near of off "
    "on onto out outside over past per since than through throughout till to toward towards under "
    "until up upon via with within without".split()
)
# What may begin an adjunct that stands before or after the rest of a question alike.
FRONTING = (PREPOSITIONS | {"if", "once", "unless", "whenever"}) - {"as", "than", "like", "of"}
# A moved adjunct would be read with the noun or clause that one of these brings in.
BINDING = PREPOSITIONS | frozenset(
    "and or but that which who whom whose when where if because while not than".split()
)
# Small, they are other words than in capitals: "us", "it", "who".
FUNCTION_WORDS = (
    PREPOSITIONS
    | AUXILIARIES
    | INTERROGATIVES
    | frozenset(
        "a aid all an and any be but go he hi it me my no not now or our own she so the them they "
        "too us we you your".split()
    )
)
# Before these an article says how much, or which: "few" and "a few", "other" and "the other".
ARTICLE_BEFORE = frozenset(
    "few little number same other others more less most least only very one".split()
)
# "The colours are red and blue": what stands between two of these may change places around "and".
EDGES = (PREPOSITIONS | AUXILIARIES | INTERROGATIVES | {"the", ""}) - {"than", "like", "as"}
# With one of these it matters which of two comes first.
IN_TURN = frozenset(
    "respectively former latter first second order sequence then ratio proportion quotient".split()
)
TIMES = frozenset("year month day date week century decade time season quarter".split())

_ASKS = r"""(?:(?:in|on|at|from|to|by|since|until|under|during) )?(?:who|whom|whose|what|which|when|
    where|why|how|if|whether|is|are|was|were|do|does|did|can|could|will|would|should|shall|may|must|
    has|have|had)\b"""
_YOU = "(?:you|anyone|anybody|someone|somebody|any of you)"
_ME = "(?: me| us)"
_TELL = f"""(?:(?:tell|inform|remind|show|advise){_ME}?|(?:explain|clarify)(?: to{_ME}| for{_ME})?
    |confirm|let{_ME} know|help{_ME} (?:know|understand|find out|see|out|with this|with that))"""
_SOFTLY = "(?: please| kindly| possibly| perhaps| maybe| quickly| just| happen to)*"

ENGLISH = Phrasing(
    greetings=compiled(
        r"""(?:hi|hello|hey|greetings|good (?:morning|afternoon|evening|day)|dear|excuse me
        |pardon me|sorry(?: to (?:bother|disturb|ask)(?: you)?)?|thanks|thank you|ok|okay|so|well
        |please|by the way|quick question|one question|just a question|question
        |i have (?:a|one|another) (?:quick |short |small |simple )?question
        |(?:my|the|here is my) question(?: is)?|just curious|just wondering|wondering|curious)
        (?: there| all| everyone| everybody| team| folks| guys| colleagues| friends| again)?
        (?:(?:\s*[,.!:;]+\s*| -+ )(?:but\b|and\b|so\b)?\s*|(?<=please)\s|(?<=sorry)\sbut\s)"""
    ),
    frames=compiled(
        rf"""(?:please )?(?:
        (?:can|could|would|will|might){_SOFTLY} {_YOU}{_SOFTLY} {_TELL}
        |would {_YOU} mind (?:telling|explaining to|explaining|reminding|showing)(?: me| us)?
        |(?:do|does|would|might){_SOFTLY} {_YOU}{_SOFTLY} know
        |(?:i|we)(?:'d| would| do)?(?: really| just| also)? (?:like|love|need|want|wish|have) to
            (?: know| ask(?: you)?| find out| understand)
        |(?:i|we)(?:'m| am| are|'re| was| were)?(?: just)? (?:wondering|wonder|curious)
        |(?:can|could|may|might) (?:i|we){_SOFTLY} (?:ask(?: you)?|know)
        |tell(?: me| us)|let me know|remind(?: me| us)|help me understand|any idea|explain
        |i (?:do not|don't) know)(?: about)?
        (?:\s*[,:;.]+\s*| -+ | (?={_ASKS}))"""
    ),
    closings=compiled(
        r"""(?:[\s,.!?;:-]+(?:please|pls|plz)
        |\s*[,.!?;:-]+\s*(?:(?:many |a lot of )?thanks|thank you|thx|cheers|much appreciated)
            (?: so much| very much| a lot| a million| again| everyone| all| you)?
            (?: in advance| for (?:your|the|any) (?:help|time|answer|answers))?
        |\s*[,.!?;:-]+\s*(?:please )?(?:let me know|tell me|advise|help|explain)
        |\s*[,.!?;:-]+\s*(?:if (?:you know|you don't mind|possible)|by any chance|any idea)
        )[\s.!?]*$"""
    ),
    asks=compiled(_ASKS),
    synonyms=(
        "who/whom",
        "what kind/what type/what sort/which kind/which type/which sort",
        *(
            f"what {noun}/which {noun}"
            for noun in (
                "year month day date century decade country city state region area company team "
                "person group language organization organisation university school event book "
                "country's name word term countries cities states companies teams people groups"
            ).split()
        ),
        "and/&",
        "buy/purchase",
        "bought/purchased",
        "begin/start/commence",
        "begins/starts/commences",
        "began/started/commenced",
        "large/big",
        "larger/bigger",
        "largest/biggest",
        "located/situated",
        "happen/occur/take place",
        "happens/occurs/takes place",
        "happened/occurred/took place",
        "built/constructed",
        "build/construct",
        "choose/select",
        "chose/selected",
        "chosen/selected",
        "whole/entire",
        "need to/have to",
        "needs to/has to",
        "allowed/permitted",
        "forbidden/prohibited",
        "also called/also known as/also named",
        "child/kid",
        "children/kids",
        "people/persons",
        "teammate/team member",
        "teammates/team members",
        "colleague/coworker/co-worker",
        "colleagues/coworkers/co-workers",
        "physician/doctor",
        "physicians/doctors",
        "lawyer/attorney",
        "lawyers/attorneys",
        "movie/film",
        "movies/films",
        "photo/photograph",
        "photos/photographs",
        "phone/telephone",
        "television/tv",
        "car/automobile",
        "cars/automobiles",
        "email/e-mail",
        "emails/e-mails",
        "website/web site",
        "websites/web sites",
        "information/info",
        "documentation/docs",
        "maximum/max",
        "log in/sign in/log on",
        "die/pass away",
        "died/passed away",
        "respond/reply",
        "%/percent/per cent",
        *(
            f"{digit}/{word}"
            for digit, word in enumerate(
                "zero one two three four five six seven eight nine ten eleven twelve".split()
            )
        ),
    ),
    names=(
        "united states/usa/US/u.s/u.s.a/united states of america",
        "united kingdom/uk/u.k",
        "european union/eu",
        "united nations/un/u.n",
        "human resources/hr",
        "chief executive officer/ceo",
        "chief financial officer/cfo",
        "chief technology officer/cto",
        "television/tv",
    ),
)
