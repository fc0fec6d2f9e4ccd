"""A wiki that answers as MediaWiki's api.php does (formatversion 2), in batches that are small.

Shapes: https://www.mediawiki.org/wiki/API:Query, API:Allpages, API:Revisions, API:RecentChanges,
API:Parsing_wikitext, API:Continue, API:Errors_and_warnings.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from tests.ingestion.remote.servers import Request, Response

NAMESPACES = {"Talk": 1, "Help": 12}
START = datetime(2026, 3, 1, tzinfo=UTC)
PAGES_IN_A_BATCH = 3
REVISIONS_IN_A_PART = 2
CHANGES_IN_A_BATCH = 2


@dataclass(slots=True)
class Page:
    id: int
    text: str
    revision: int
    timestamp: str
    redirect: bool = False


@dataclass(slots=True)
class Wiki:
    """``clock`` is the wiki's own; ``fail`` is an error that every request is answered with."""

    pages: dict[str, Page] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    clock: datetime = START
    token: str = ""
    fail: dict[str, str] | None = None
    last_id: int = 0

    def write(self, title: str, text: str, *, redirect: bool = False) -> None:
        kind = "edit" if title in self.pages else "new"
        page_id = self.pages[title].id if title in self.pages else self._next()
        self.pages[title] = Page(page_id, text, self._next(), self._tick(), redirect)
        self._note(title, type=kind)

    def delete(self, title: str) -> None:
        del self.pages[title]
        self._tick()
        self._note(title, type="log", logtype="delete", logaction="delete", logparams={})

    def move(self, title: str, target: str, *, leave_redirect: bool = True) -> None:
        page = self.pages.pop(title)
        self.pages[target] = Page(page.id, page.text, self._next(), self._tick())
        if leave_redirect:
            self.pages[title] = Page(
                self._next(), f"#REDIRECT [[{target}]]", self._next(), self._time(), redirect=True
            )
        moved = {"target_ns": namespace(target), "target_title": target}
        self._note(title, type="log", logtype="move", logaction="move", logparams=moved)

    def wait(self, **time: float) -> None:
        self.clock += timedelta(**time)

    def forget_changes(self, before: datetime) -> None:
        self.log = [change for change in self.log if change["timestamp"] >= stamp(before)]

    def answer(self, request: Request) -> Response:
        return Response(
            json.dumps(self._answer(request)).encode(), headers={"Content-Type": "application/json"}
        )

    def _answer(self, request: Request) -> dict[str, Any]:
        form = request.form
        assert (form["format"], form["formatversion"]) == ("json", "2")
        if self.fail:
            return {"error": self.fail, "servedby": "test"}
        signed_in = request.headers.get("authorization") == f"Bearer {self.token}"
        if form.get("assert") == "user" and not (self.token and signed_in):
            info = "You are no longer logged in, so the action could not be completed."
            return {"error": {"code": "assertuserfailed", "info": info}}
        if form["action"] == "parse":
            return self._parse(form)
        answer = self._query(form)
        if form.get("curtimestamp"):
            answer["curtimestamp"] = self._time()
        return answer

    def _query(self, form: dict[str, str]) -> dict[str, Any]:
        if form.get("list") == "recentchanges":
            return self._recent_changes(form)
        if form.get("generator") == "allpages":
            assert form["gapfilterredir"] == "nonredirects"
            titles = sorted(
                title
                for title, page in self.pages.items()
                if not page.redirect and namespace(title) == int(form["gapnamespace"])
            )
            start = form.get("gapcontinue", "").replace("_", " ")
            titles = [title for title in titles if title >= start]
            following = titles[PAGES_IN_A_BATCH : PAGES_IN_A_BATCH + 1]
            return self._states(
                titles[:PAGES_IN_A_BATCH],
                form,
                {"gapcontinue": following[0].replace(" ", "_"), "continue": "gapcontinue||"}
                if following
                else {},
            )
        titles = form["titles"].split("|")
        assert len(titles) <= 50
        return self._states(titles, form, {})

    def _states(
        self, titles: list[str], form: dict[str, str], following: dict[str, str]
    ) -> dict[str, Any]:
        """Pages of one batch: all with their info, a few at a time with their revisions."""
        assert form["prop"] == "info|revisions"
        offset = int(form.get("rvcontinue", "0"))
        part = titles[offset : offset + REVISIONS_IN_A_PART]
        pages = [self._state(title, with_revisions=title in part) for title in titles]
        if offset + REVISIONS_IN_A_PART < len(titles):
            further = {"rvcontinue": str(offset + REVISIONS_IN_A_PART), "continue": "||info"}
            if "gapcontinue" in form:
                further["gapcontinue"] = form["gapcontinue"]
            return {"continue": further, "query": {"pages": pages}}
        answer: dict[str, Any] = {"batchcomplete": True, "query": {"pages": pages}}
        return answer | ({"continue": following} if following else {})

    def _state(self, title: str, *, with_revisions: bool) -> dict[str, Any]:
        state: dict[str, Any] = {
            "ns": namespace(title),
            "title": title,
            "fullurl": f"https://wiki.example/wiki/{quote(title.replace(' ', '_'))}",
        }
        page = self.pages.get(title)
        if page is None:
            return state | {"missing": True}
        state |= {"pageid": page.id, "lastrevid": page.revision, "touched": page.timestamp}
        if page.redirect:
            state["redirect"] = True
        if with_revisions:
            state["revisions"] = [
                {"revid": page.revision, "parentid": 0, "timestamp": page.timestamp}
            ]
        return state

    def _recent_changes(self, form: dict[str, str]) -> dict[str, Any]:
        assert form["rcdir"] == "newer"
        start = form.get("rccontinue") or form.get("rcstart", "")
        kinds = form.get("rctype", "edit|new|log|categorize").split("|")
        properties = {"type", "ns", "title", "timestamp", "actionhidden"}
        if "loginfo" in form["rcprop"]:
            properties |= {"logtype", "logaction", "logparams"}
        if "title" not in form["rcprop"]:
            properties -= {"title", "ns"}
        changes = [
            {name: value for name, value in change.items() if name in properties}
            for change in self.log
            if change["timestamp"] >= start and change["type"] in kinds
        ]
        limit = 1 if form["rclimit"] == "1" else CHANGES_IN_A_BATCH
        answer: dict[str, Any] = {
            "batchcomplete": True,
            "query": {"recentchanges": changes[:limit]},
        }
        if changes[limit:]:
            following = changes[limit]["timestamp"]
            answer["continue"] = {"rccontinue": following, "continue": "-||"}
        return answer

    def _parse(self, form: dict[str, str]) -> dict[str, Any]:
        page = self.pages.get(form["page"])
        if page is None:
            info = "The page you specified doesn't exist."
            return {"error": {"code": "missingtitle", "info": info}}
        assert form["disableeditsection"]
        return {
            "parse": {
                "title": form["page"],
                "pageid": page.id,
                "text": f'<div class="mw-parser-output"><p>{page.text}</p></div>',
            }
        }

    def _note(self, title: str, **change: Any) -> None:
        self.log.append(
            {"title": title, "ns": namespace(title), "timestamp": self._time(), **change}
        )

    def _next(self) -> int:
        self.last_id += 1
        return self.last_id

    def _time(self) -> str:
        return stamp(self.clock)

    def _tick(self) -> str:
        self.clock += timedelta(seconds=1)
        return self._time()


def namespace(title: str) -> int:
    return NAMESPACES.get(title.partition(":")[0], 0) if ":" in title else 0


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
