"""What may happen to a folder of documents between two nightly runs."""

import random
from pathlib import Path

from ingestion.acl import ACL_FILE

_NEW_WORDS = 150  # written into a document each night
_OWN = "nights"  # the folder of what was added in earlier nights


def change(docs: Path, night: int, chance: random.Random) -> None:
    """Write something new into a document; add, move, delete or hide one of earlier nights.

    There must be a Markdown file of some words. The same chance does the same.
    """
    texts = sorted(path for path in docs.rglob("*.md") if _OWN not in path.parts)
    edited = chance.choice(texts)
    vocabulary = edited.read_text("utf-8").split()
    words = " ".join(chance.choices(vocabulary, k=_NEW_WORDS))
    with edited.open("a", encoding="utf-8") as file:
        file.write(f"\n\nNight {night}. {words}\n")
    added = docs / _OWN
    added.mkdir(exist_ok=True)
    earlier = sorted(added.glob("*.md"))
    match chance.choice(("add", "move", "delete", "hide") if earlier else ("add",)):
        case "add":
            (added / f"{night}.md").write_text(f"# Night {night}\n\n{words[:400]}\n", "utf-8")
        case "move":
            chance.choice(earlier).rename(added / f"moved-{night}.md")
        case "delete":
            chance.choice(earlier).unlink()
        case _:
            hidden = chance.choice(earlier).name
            with (docs / ACL_FILE).open("a", encoding="utf-8") as file:
                file.write(f'\n[[rule]]\npath = "{_OWN}/{hidden}"\ngroups = ["night-{night}"]\n')
