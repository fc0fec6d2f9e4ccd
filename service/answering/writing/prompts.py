"""The versions of the prompt: files that can be exchanged without touching the code."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from string import Template

from indexes.errors import ConfigurationError
from service.answering.writing.examples import Example, examples_of

NO_ANSWER = "NO_ANSWER"

_DIGEST_DIGITS = 8
_SYSTEM_WORDS = frozenset({"language", "rule", "silence"})
_USER_WORDS = frozenset({"language", "fence", "passages", "question", "reminder"})
_NEEDED = frozenset({"fence", "passages", "question"})


@dataclass(frozen=True, slots=True)
class Wording:
    """What depends on how the model is to write: rules 3 and 5, and the last sentence."""

    rule: str
    silence: str
    reminder: str


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """A prompt's words. ``digest`` tells it from any other, also from another of its ``name``."""

    name: str
    digest: str
    system: Template
    user: Template
    text: Wording
    json: Wording
    examples: tuple[Example, ...]


def read_prompt(version: str) -> PromptVersion:
    """The version that comes with Footnote under this name, or the file at this path.

    A file's name in answers is its own and the beginning of its hash, since it may change.
    ConfigurationError when there is none, or it is not as those that come with Footnote are.
    """
    shipped = files("service.answering.writing") / "prompts" / f"{version}.toml"
    own = version.endswith(".toml")
    try:
        content = Path(version).read_bytes() if own else shipped.read_bytes()
        table = tomllib.loads(content.decode("utf-8"))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(
            f"The prompt {version!r} cannot be read: set FOOTNOTE_LLM_PROMPT to a version that "
            f"comes with Footnote, or to the path of a .toml file like those ({exc})."
        ) from exc
    digest = sha256(content).hexdigest()[:_DIGEST_DIGITS]
    name = f"{Path(version).stem}@{digest}" if own else version
    return _version(name, digest, table)


def _version(name: str, digest: str, table: Mapping[str, object]) -> PromptVersion:
    return PromptVersion(
        name,
        digest,
        _template(table, "system", name, _SYSTEM_WORDS),
        _template(table, "user", name, _USER_WORDS, _NEEDED),
        _wording(table, "text", name),
        _wording(table, "json", name),
        examples_of(table.get("example", []), f"the prompt {name}"),
    )


def _template(
    table: Mapping[str, object],
    part: str,
    name: str,
    known: frozenset[str],
    needed: frozenset[str] = frozenset(),
) -> Template:
    template = Template(str(table.get(part, "")).strip())
    used = set(template.get_identifiers())
    if not (template.is_valid() and template.template and needed <= used <= known):
        raise ConfigurationError(
            f"The part {part!r} of the prompt {name} may hold "
            f"{', '.join(f'${word}' for word in sorted(known))}, and no other $; needed are "
            f"{', '.join(f'${word}' for word in sorted(needed)) or 'some words'}."
        )
    return template


def _wording(table: Mapping[str, object], part: str, name: str) -> Wording:
    match table.get(part):
        case {"rule": str(rule), "silence": str(silence), "reminder": str(reminder)}:
            return Wording(rule, silence, reminder)
    raise ConfigurationError(
        f"The prompt {name} needs a table [{part}] with a rule, a silence and a reminder."
    )
