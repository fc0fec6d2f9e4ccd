"""A MediaWiki as a source: its pages, as HTML."""

import html
import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from indexes.errors import SourceError
from ingestion.acl import Permissions
from ingestion.remote.dates import as_utc, in_utc
from ingestion.remote.mediawiki_api import Answer, MediaWikiApi
from ingestion.types import Changes, SourceFile

_ARTICLES = 0  # the namespace of what is written for readers
_TITLES = 50  # of one query: https://www.mediawiki.org/wiki/API:Query
# A change is dated when it is made and listed when its job has run.
_OVERLAP = timedelta(minutes=10)
_STATE = {"prop": "info|revisions", "inprop": "url", "rvprop": "ids|timestamp"}
_SUFFIX = ".html"

_log = logging.getLogger(__name__)


class WikiSource:
    """The pages of some namespaces of a MediaWiki, redirects left out."""

    def __init__(
        self,
        name: str,
        api: MediaWikiApi,
        *,
        namespaces: Collection[int] = (_ARTICLES,),
        permissions: Permissions | None = None,
    ) -> None:
        """``namespaces`` are numbers, 0 being the articles."""
        self.name = name
        self.location = api.url
        self._api = api
        self._namespaces = frozenset(namespaces)
        self._permissions = permissions or Permissions()

    def files(self) -> Iterator[SourceFile]:
        """Every page, in order of path; SourceError if the wiki lists none."""
        with self._understood():
            return iter(self._all())

    def _all(self) -> list[SourceFile]:
        found = [
            self._describe(page)
            for namespace in sorted(self._namespaces)
            for answer in self._api.query(
                generator="allpages",
                gapnamespace=str(namespace),
                gapfilterredir="nonredirects",
                gaplimit="max",
                **_STATE,
            )
            for page in answer["query"]["pages"]
            if "revisions" in page  # else it was deleted while the list was read
        ]
        if not found:
            raise SourceError(
                f"the wiki {self.location} lists no page in the namespaces "
                f"{sorted(self._namespaces)}; nothing is taken for deleted, so check the source's "
                "namespaces and token"
            )
        return sorted(found, key=lambda file: file.path)

    def groups(self, path: str) -> frozenset[str]:
        """Who may see the page at ``path``."""
        return self._permissions.groups(path)

    def changes(self, cursor: str) -> Changes:
        """The pages that the wiki's recent changes name since ``cursor``, as they are now."""
        with self._understood():
            return self._changes(cursor)

    def _changes(self, cursor: str) -> Changes:
        first = self._api.ask(
            action="query",
            curtimestamp="1",
            list="recentchanges",
            rcdir="newer",
            rclimit="1",
            rcprop="timestamp",
        )
        namespaces = ",".join(map(str, sorted(self._namespaces)))
        following = f"{first['curtimestamp']} {namespaces}"
        titles = None
        since, _, then = cursor.partition(" ")
        if then == namespaces and _reaches_back(first, since):
            titles = self._changed_titles(since)
        if titles is None:
            return Changes(tuple(self._all()), frozenset(), following, complete=True)
        files, gone = self._states(sorted(titles))
        return Changes(tuple(files), frozenset(gone), following)

    def read(self, file: SourceFile) -> bytes:
        """One page as the wiki shows it, without its menus. SourceError where there is none."""
        title = file.title or file.path.removesuffix(_SUFFIX)
        with self._understood():
            text = self._api.ask(
                action="parse",
                page=title,
                prop="text",
                disableeditsection="1",
                disablelimitreport="1",
                disabletoc="1",
            )["parse"]["text"]
        heading = html.escape(title)
        return (
            f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{heading}</title></head>'
            f"<body><h1>{heading}</h1>{text}</body></html>"
        ).encode()

    @contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except (KeyError, IndexError, TypeError, AttributeError) as exc:
            raise self._api.misunderstood() from exc

    def _changed_titles(self, since: str) -> set[str] | None:
        """Titles of our namespaces that changes name, or None where the wiki hides a title."""
        start = in_utc(datetime.fromisoformat(since) - _OVERLAP) or since
        titles: set[str] = set()
        for answer in self._api.query(
            list="recentchanges",
            rcdir="newer",
            rcstart=start,
            rctype="edit|new|log",
            rcprop="title|timestamp|loginfo",
            rclimit="max",
        ):
            for change in answer["query"].get("recentchanges", ()):
                if "title" not in change:
                    _log.info("%s hides what a change was made to; listing all", self.location)
                    return None
                # A moved page is named by its old title, and its new one by the move.
                moved = change.get("logparams", {})
                named = {
                    change["title"]: change.get("ns"),
                    moved.get("target_title"): moved.get("target_ns"),
                }
                titles.update(title for title, ns in named.items() if ns in self._namespaces)
        return titles

    def _states(self, titles: list[str]) -> tuple[list[SourceFile], set[str]]:
        """Those of the pages that are there, and the paths of those that are gone."""
        files: dict[str, SourceFile] = {}
        gone: set[str] = set()
        for i in range(0, len(titles), _TITLES):
            for answer in self._api.query(titles="|".join(titles[i : i + _TITLES]), **_STATE):
                for page in answer["query"]["pages"]:
                    if page.get("missing") or page.get("redirect") or "revisions" not in page:
                        gone.add(_path(page["title"]))
                    else:
                        file = self._describe(page)
                        files[file.path] = file
        return [files[path] for path in sorted(files)], gone

    def _describe(self, page: dict[str, Any]) -> SourceFile:
        title, revision = page["title"], page["revisions"][0]
        path = _path(title)
        return SourceFile(
            source=self.name,
            path=path,
            uri=page["fullurl"],
            updated_at=as_utc(revision["timestamp"]),
            groups=self._permissions.groups(path),
            title=title,
            version=str(revision["revid"]),
        )


def _path(title: str) -> str:
    """Subpages are below their page: "HR/Leave" is HR/Leave.html."""
    return title.lstrip("/") + _SUFFIX


def _reaches_back(first: Answer, since: str) -> bool:
    """Whether the oldest change that the wiki still lists (90 days by default) is as old."""
    changes = first.get("query", {}).get("recentchanges", [])
    return bool(changes) and as_utc(since) is not None and changes[0]["timestamp"] <= since
