"""What a text states of itself above its first line: front matter, in the plainer part of YAML."""

import re
from collections.abc import Iterator, Sequence

from ingestion.formats.text import one_line

_FENCED = re.compile(r"\A\s*---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"[\"']?([\w.$-]+)[\"']?[ \t]*:(?!//)[ \t]*(.*)")
_ITEM = re.compile(r"[ \t]*-(?:[ \t]+|$)")
_BLOCK = re.compile(r"[>|][+\-\d]*(?:\s+#.*)?")  # YAML 1.2.2, 8.1
_COMMENT = re.compile(r"(?:^|\s)#.*")
_QUOTED = re.compile(r"\"((?:\\.|[^\"\\])*)\"|'((?:''|[^'])*)'", re.DOTALL)  # YAML 1.2.2, 7.3
_ESCAPED = re.compile(r"\\(.)")
# Of these, one stands in nearly all front matter; a page may also begin with a rule and a remark.
_USUAL = {
    *("title", "author", "authors", "date", "updated", "modified", "lastmod", "last_updated"),
    *("description", "summary", "abstract", "tags", "keywords", "categories", "category", "layout"),
    *("slug", "permalink", "id", "name", "lang", "language", "draft", "weight", "type", "status"),
}
_SENTENCE = re.compile(r"(?:\S+\s+){3}.*[.!?][\"')]*$|.*[。！？]$", re.DOTALL)


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The fields by name, in lower case, and the text below; no fields where there is no matter.

    Items of a list stand on lines of their own.
    """
    found = _FENCED.match(text)
    fields = _fields(found[1].split("\n")) if found else None
    if found is None or not fields:
        return {}, text
    said = {name.lower(): _value(lines) for name, lines in fields}
    if _USUAL.isdisjoint(said) and any(map(_SENTENCE.match, said.values())):
        return {}, text
    return said, text[found.end() :]


def _fields(lines: Sequence[str]) -> list[tuple[str, list[str]]] | None:
    """Each field's lines, the first without its name; or None where they are no fields."""
    fields: list[tuple[str, list[str]]] = []
    for line in lines:
        field = _FIELD.match(line)
        inner = fields and (line[:1] in {" ", "\t", "]", "}"} or not line.strip())
        if inner or (fields and _ITEM.match(line) and _may_hold_items(fields[-1][1])):
            fields[-1][1].append(line)
        elif field:
            fields.append((field[1], [field[2]]))
        elif line.strip() and not line.startswith("#"):
            return None
    return fields


def _may_hold_items(lines: Sequence[str]) -> bool:
    return not _COMMENT.sub("", lines[0]).strip()


def _value(lines: Sequence[str]) -> str:
    first, inner = lines[0].strip(), [line for line in lines[1:] if line.strip()]
    if _BLOCK.fullmatch(first):
        return one_line(" ".join(inner))
    if _may_hold_items(lines) and inner and _ITEM.match(inner[0]):
        return "\n".join(_scalar(_ITEM.sub("", line)) for line in inner)
    return _scalar("\n".join([first, *inner]))


def _scalar(text: str) -> str:
    if quoted := _QUOTED.match(text):
        double, single = quoted.groups()
        said = single.replace("''", "'") if double is None else _ESCAPED.sub(r"\1", double)
        return one_line(said)
    return one_line(" ".join(_uncommented(text)))


def _uncommented(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield _COMMENT.sub("", line)
