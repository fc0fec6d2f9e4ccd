"""Instructions to a machine as they are worded in English."""

import re
from functools import partial

from service.answering.guarding.wording import Kind, Wording, spaced

_PARTS = {
    "ai": r"(?:ai|llm|chatbot|language model|ai (?:assistant|model|agent|system|chatbot))s?",
    # Nothing follows that makes no machine of it: "an AI engineer".
    "end": r"(?=\W{0,3}(?:$|[,.;:!\n])| (?:and|or|that|who|which|with|without|whose|named|called"
    r"|designed|trained|for|in|reading|processing|answering|summari[sz]ing)\b)",
    "machine": r"ai|llm|dan|chatbot|language model|ai (?:assistant|model|agent)|artificial "
    r"intelligence|helpful assistant|jailbroken \w{1,12}|linux terminal",
    # Before a verb that is a command, and no statement of what somebody does.
    "order": r"(?<![\w,]\x20)|(?<=please\x20)|(?<=can\x20you\x20)|(?<=could\x20you\x20)"
    r"|(?<=you\x20must\x20)|(?<=you\x20should\x20)|(?<=you\x20will\x20)|(?<=always\x20)"
    r"|(?<=only\x20)",
    "not": r"(?:do not|don.t|never|must not|stop)",
    "every": r"every|each|all(?: of)?(?: your)?|any",
    "made": r"answers?|reply|replies|responses?|outputs?",
    "own": r"(?:your|{every})(?: (?:own|next|final|first|last|whole|entire|full|complete|main"
    r"|future|following|subsequent|actual|single|written|other)){0,2} {made}",
    "before": r"previous|prior|above|earlier|preceding|foregoing|system|initial|original|former",
    "which": r"{before}|all|any|every|each|the|your|my|our|these|those|of|and|or|given|safety|other"
    r"|current|existing|following|past",
    "language": r"english|german|french|spanish|italian|portuguese|dutch|polish|russian|ukrainian"
    r"|turkish|arabic|hebrew|hindi|thai|vietnamese|chinese|mandarin|cantonese|japanese|korean"
    r"|indonesian|greek|latin|swedish|danish|norwegian|finnish|czech|hungarian|romanian|klingon",
    "manner": r"base ?-?(?:16|32|58|64|85)|(?:\w{1,20} )?ciphers?|rot ?-?13|morse(?: code)?"
    r"|hexadecimal|emojis?|pig latin|leetspeak|backwards?|(?:in )?reverse(?: \w{1,10})?"
    r"|upside down|as an? (?:poem|haiku|limerick|song|rap)|like an? pirate"
    r"|(?:in|into|to) {language}",
    "insert": r"add|include|insert|append|prepend|mention|integrate|incorporate|embed|put|place|use"
    r"|write|state|say|hint|promote|recommend|suggest|reference|highlight|advertise|announce"
    r"|weave|slip|substitute|replace|emphasi[sz]e",
}

_en = partial(spaced, _PARTS)

WORDINGS = (
    # Marks of chat templates.
    Wording(
        Kind.ROLE,
        re.compile(
            r"<\|[a-z_▁]{2,24}\|>|\[/?inst\]|<</?sys>>|<(?:start|end)_of_turn>"
            r"|#{2,4} ?(?:instruction|system|human|assistant|response) ?:"
        ),
    ),
    # A picture whose address has a place for what the reader asked or was told.
    Wording(
        Kind.TOOL,
        re.compile(
            r"!\[[^\]\n]{0,200}\]\((?:https?:)?//[^)\s]{1,300}?[?=][^)\s]{0,100}?"
            r"(?:[{<\[$]|%7b)"
        ),
    ),
    _en(
        Kind.OVERRIDE,
        "ignore disregard forget override bypass discard follow following obey obeying attention",
        r"(?<!not\x20)(?<!never\x20)(?<!n't\x20)(?:ignore|disregard|forget|override|bypass|discard"
        r"|{not} (?:follow|following|obey|obeying)|pay no attention to)(?: {which}){0,6} (?:"
        r"(?:{before}|all|any|every|your)(?: {which}){0,4} (?:instructions?|prompts?|directives?"
        r"|programming)|{before}(?: {which}){0,4} (?:guidelines?|directions?|commands?|orders|rules"
        r"|training|context|conversation|constraints|restrictions))\b",
    ),
    _en(
        Kind.OVERRIDE,
        "ignore disregard forget",
        r"(?:ignore|disregard|forget) (?:(?:everything|anything|all)(?: \w{1,12}){0,3} (?:above"
        r"|before|previously|prior|told)\b|(?:all )?(?:of )?the (?:above|foregoing|preceding)"
        r"(?: text| content| context)?(?=\W{0,2}(?:$|[.!,;:\n])| and\b| then\b))",
    ),
    _en(
        Kind.OVERRIDE,
        "instruction instructions prompt directive directives task objective precedence override "
        "overrides supersede supersedes",
        r"your (?:new|real|actual|true) (?:instructions?|directives?|prompt|task|objective)"
        r" (?:is|are)\b|system (?:prompt|message|instruction) override|(?:these|this|following|my)"
        r" (?:instructions?|prompt|directives?) (?:overrides?|supersedes?|takes? precedence over)"
        r"(?: all| any| the){0,2} (?:your|system|other|previous|prior)\b",
    ),
    _en(
        Kind.OVERRIDE,
        "safety content",
        r"(?:override|bypass|disable|ignore) (?:your|all)(?: the| your)? (?:safety|content)"
        r" (?:guidelines?|filters?|polic(?:y|ies)|restrictions?|rules)",
    ),
    _en(
        Kind.ROLE,
        "now",
        r"you are now (?:(?:an?|the|my|in|no longer)(?: \w{1,15}){0,3}|) (?:{machine}{end}"
        r"|assistant{end}|(?:developer|debug|god|dan|jailbreak|unrestricted) mode|pirate|hacker"
        r"|unrestricted|unfiltered|bound by)",
    ),
    _en(
        Kind.ROLE,
        "assistant ai llm chatbot model dan intelligence terminal jailbroken",
        r"(?:(?<!if\x20)you(?: are|.re) an?|act as(?: if you (?:are|were))?(?: an?)?"
        r"|play(?:ing)? the role of(?: an?)?)(?: \w{1,15}){0,4}? {machine}{end}",
    ),
    _en(
        Kind.ROLE,
        "pretend pretending simulate",
        r"(?:pretend|pretending|simulate)(?: to be| that you are| you are)?(?: \w{1,15}){0,4}?"
        r" (?:{machine}{end}|dan mode|(?:no|without) (?:restrictions|rules|filters|limits))",
    ),
    _en(
        Kind.ROLE,
        "now",
        r"from now on,? (?:you are (?:an?|going to (?:act|pretend|be))|(?:you (?:will|must|should"
        r"|shall|have to|are to) )?(?:always |only )?(?:act as|pretend|speak (?:like|in|as)|output"
        r"|(?:respond|reply|answer) (?:only|in|with|as|like|every|all|my|me)))",
    ),
    _en(
        Kind.ROLE,
        "anything confines",
        r"do anything now|(?:typical )?confines of (?:ai|al|artificial intelligence)\b",
    ),
    _en(
        Kind.ROLE,
        "system assistant",
        r"(?:(?<=^)|(?<=[\n.!?>\])\"'*#]\x20)|(?<=[\n>\[#*]))(?:system|assistant)"
        r"(?: (?:prompt|message|note|override|instructions?|update|alert))?\W{0,2}:\W{0,4}(?:you"
        r" are (?:now|an?)\b|ignore|disregard|forget|override|from now on|respond|reply"
        r"|answer|output|print)\b",
    ),
    _en(
        Kind.TOOL,
        "tool tools plugin plugins function functions",
        r"use your (?:web|search|browsing|email|code|file|shell|python|retrieval|function)"
        r"(?: \w{1,12})? (?:tool|plugin|function)s?\b",
    ),
    _en(
        Kind.TOOL,
        "assistant ai llm chatbot model agent assistants",
        r"(?:assistants?|{ai}|agent)(?: \w{1,12}){0,3}? (?:must|should|shall|please)(?: now"
        r"| always){0,2} (?:call|invoke|execute|run|use)(?: \w{1,20}){0,4}? (?:function|tool"
        r"|command|plugin|script|code|query)\b",
    ),
    _en(
        Kind.TOOL,
        "conversation chat prompt user's user’s user messages",
        r"(?:send|post|upload|forward|transmit|leak|exfiltrate|submit|append|encode|embed|pass)"
        r"(?: \w{1,15}){0,8}? (?:(?:conversation|chat) (?:history|log)|(?:this|entire|whole)"
        r" conversation|system prompt|previous messages|user.s (?:question|query|prompt|message"
        r"|input|data|password|conversation))\b~(?:https?:|www\.|webhook"
        r"|this (?:url|address|link|server|endpoint))",
    ),
    _en(
        Kind.DISCLOSURE,
        "prompt instructions",
        r"(?:reveal|repeat|leak|disclose|recite|print|output|show|display|tell me|give me|expose"
        r"|dump)(?: \w{1,12}){0,4}? (?:your (?:\w{1,12} ){0,2}(?:prompt|instructions)|(?:the|its)"
        r" (?:system|hidden|initial|secret) (?:prompt|instructions))\b",
    ),
    _en(
        Kind.DISCLOSURE,
        "prompt instruction instructions",
        r"(?:{not}|without) (?:mention|reveal|disclose|tell|acknowledg|refer|discuss|quot)\w{0,4}"
        r"(?: \w{1,10}){0,4}? (?:this|these|the|your|any)(?: \w{1,12}){0,2}? (?:instructions?"
        r"|system prompt|prompt)\b",
    ),
    _en(
        Kind.CITATION,
        "cite",
        r"(?<!we\x20)(?<!they\x20)(?<!to\x20)cite(?: \w{1,10}){0,3}[^\w.!?]{0,3}\[\d{1,3}\]",
    ),
    _en(
        Kind.CITATION,
        "cite citing citations footnotes citation source passage",
        r"(?:{not}|without) (?:cite|citing)(?: any| the| other| your){0,2} (?:sources?|passages?"
        r"|documents?|footnotes?|evidence|references)\b|(?:omit|leave out|drop|{not} (?:add|include"
        r"|use|write))(?: any| all| the| your){0,2} (?:citations|footnotes|citation marks"
        r"|(?:source|passage) numbers)\b",
    ),
    _en(
        Kind.CITATION,
        "other",
        r"(?:(?:ignore|disregard|discard)(?: \w{1,6}){0,3} other (?:sources?|documents?|evidence"
        r"|results|passages?|context|excerpts?|snippets?)|{not} (?:use|trust|read|consult|rely on)"
        r"(?: \w{1,6}){0,3} other (?:passages?|excerpts?|snippets?|search results|context))\b",
    ),
    _en(
        Kind.ANSWER,
        "answer answers reply replies response responses output outputs",
        r"{insert}\b~ (?:in|to|into|of|within|throughout|before|after|across) {own}\b",
    ),
    _en(
        Kind.ANSWER,
        "answer answers reply replies response responses output outputs",
        r"in {own}\W{1,3}(?:please |always |also |you (?:must|should|will) )?{insert}\b",
    ),
    _en(
        Kind.ANSWER,
        "end begin start finish conclude close prefix preface precede ending beginning starting "
        "finishing",
        r"(?:end|begin|start|finish|conclude|close|prefix|preface|precede)(?:n?ing)? (?:with )?"
        r"(?:{own}|{every}(?: \w{1,12}){0,2} (?:messages?|sentences?)) (?:with|by|using|saying)\b",
    ),
    _en(
        Kind.ANSWER,
        "modify alter adjust enhance augment adapt rewrite rephrase tailor tweak supplement enrich "
        "pad shape",
        r"(?:modify|alter|adjust|enhance|augment|adapt|rewrite|rephrase|tailor|tweak|supplement"
        r"|enrich|pad|shape) {own} (?:to|by|so|with|in|into|using|as|and)\b",
    ),
    _en(
        Kind.ANSWER,
        "answer answers reply replies response responses output outputs message",
        r"(?:translate|encode|encrypt|encipher|obfuscate|scramble|render|reverse|invert|shift"
        r"|substitute|replace)(?: \w{1,12}){0,6}? {own}\b|(?:translate|encode|encrypt|convert)"
        r" your(?: \w{1,12})? message~ {manner}|(?:invert|reverse|shift)(?: \w{1,12}){1,5}? (?:in"
        r"|of) your(?: \w{1,12})? message\b",
    ),
    _en(
        Kind.ANSWER,
        "answer answers reply replies response responses output outputs",
        r"{manner}\b~ {own}\b|{own}\b~ {manner}\b",
    ),
    _en(
        Kind.ANSWER,
        "reply respond answer speak talk",
        r"{order}(?:reply|respond|answer|speak|talk)(?: back)?(?: to (?:me|this|the user|every|all"
        r"|any)(?: \w{1,12}){0,2})?(?: only| exclusively| always)? (?:in {language}|in (?:rhymes?"
        r"|emojis?)|{manner})\b",
    ),
    _en(
        Kind.ANSWER,
        "only exclusively solely exactly nothing just word phrase following",
        r"{order}(?:(?:respond|reply|answer)(?: to(?: \w{1,12}){1,4}?)? (?:(?:only|exclusively"
        r"|solely) (?:with|in|by|using)|with (?:only|exactly|nothing but|just|the (?:word|phrase"
        r"|exact|following|single)))\b|(?:output|print|say|write|return|generate) (?:only|exactly"
        r"|just|nothing(?: else)? (?:but|except))(?: the (?:word|phrase|sentence|text|string"
        r"|following|exact)\b|[^\w.!?]{1,3}(?<=[\"'“«‘])))",
    ),
    _en(
        Kind.ANSWER,
        "just only",
        r"(?:just|only) (?:output|print)(?: the (?:word|phrase|sentence|text|string|following))?"
        r"[^\w.!?]{1,3}(?<=[\"'“‘«])",
    ),
    _en(
        Kind.ANSWER,
        "else answering matter regardless whatever refuse",
        r"(?:say|write|output|add) nothing else\b|(?:instead of|rather than)"
        r" answering(?: \w{1,8})? (?:user|question|query)|refuse to answer (?:all|any|every|the"
        r" user)|(?:no matter|regardless of|whatever)(?: what)?(?: the)? (?:user(?:.s)? (?:asks?"
        r"|asked|quer|question|says|input|prompt)|question|you (?:are|were|have been) asked)"
        r"\w{0,3}~ (?:say|answer|reply|respond|output|print|tell|state|recommend|return)\b",
    ),
    _en(
        Kind.ANSWER,
        "questions question queries query prompt prompts",
        r"(?:answer|respond to|reply to) {every}(?: \w{1,12}){0,3} (?:questions?|quer(?:y|ies)"
        r"|prompts?) (?:with|by saying)(?: the (?:word|phrase|sentence|following)\b|[^\w.!?]{0,2}"
        r"[\"'“‘«])",
    ),
    _en(
        Kind.ANSWER,
        "answer answers reply replies response responses output outputs",
        r"{every}(?: \w{1,12})? {made}(?: \w{1,14}){0,4}? (?:must|should|shall|ha(?:s|ve) to|needs?"
        r" to|(?:is|are) required to)(?: always)? (?:end|begin|start|finish|conclude|close)"
        r" (?:with|by|in)\b|(?:your|all your|every) (?:answers?|repl(?:y|ies)) (?:must|has to"
        r"|have to)(?: always)? (?:contain|include|mention)\b",
    ),
    _en(
        Kind.ADDRESS,
        "attention note message instruction instructions reminder notice hello hi hey dear",
        r"(?:attention|note|message|instructions?|reminder|notice|hello|hi|hey|dear)(?: to| for)?"
        r"(?: all| any| the| every| future){0,2} {ai}(?: \w{1,12}){0,2}[^\w\n]{0,3}[:,!–—-]",
    ),
    _en(
        Kind.ADDRESS,
        "if",
        r"if you(?: are|.re)(?: reading this as)?(?: an?| the| any){0,2} {ai}{end}",
    ),
    _en(
        Kind.ADDRESS,
        "ai llm chatbot model assistant models assistants llms chatbots agent agents system",
        r"{ai} (?:must|shall|needs? to|ha(?:s|ve) to|(?:is|are) (?:required|instructed) to)"
        r"(?: always| now| never| not| only){0,2} (?:answer|respond|reply|say|output|state|include"
        r"|mention|ignore|recommend|tell|end|begin|obey|translate)\b|as an ai(?: \w{1,12}){0,3}"
        r"\W{1,2}you (?:must|should|will|are|have to)\b",
    ),
)
# What a person writes to another person: an order about a reply in these words is no machine's.
PEOPLE = re.compile(
    r"\b(?:to|for|with|from|by) (?:the|an?|your|our|this|that|each|any)(?: \w{1,12})? (?:customer"
    r"|client|candidate|applicant|reporter|requester|colleague|manager|teammate|recruiter|patient"
    r"|student|caller|guest|vendor|supplier|prospect|interviewer|employee)s?\b(?! service)"
    r"|\b(?:tickets?|slack|zendesk|threads?|surveys?|questionnaires?|rfps?|interviews?)\b"
)
