"""Queries to MediaWiki's Action API (api.php, formatversion 2), continued until they are whole."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from indexes.errors import SourceError
from ingestion.remote.network import Web

# https://www.mediawiki.org/wiki/API:Errors_and_warnings: what passes by itself.
_TRANSIENT = frozenset({"maxlag", "ratelimited", "readonly", "internal_api_error_DBQueryError"})
_DENIED = frozenset({"readapidenied", "permissiondenied", "assertuserfailed"})
_ATTEMPTS = 4
_PAUSE = 1.0  # seconds; twice as long after each further attempt

Answer = Mapping[str, Any]


class MediaWikiApi:
    """One wiki's api.php."""

    def __init__(self, url: str, web: Web, *, signed_in: bool, pause: float = _PAUSE) -> None:
        """With ``signed_in`` every answer is one for a user, or an error.

        A token that the wiki no longer accepts would else show the public pages alone, and the
        others would be taken for deleted.
        """
        self.url = url
        self._web = web
        self._always = {"format": "json", "formatversion": "2", "maxlag": "5"}
        if signed_in:
            self._always["assert"] = "user"
        self._pause = pause

    def ask(self, **parameters: str) -> Answer:
        """One answer. SourceError where the wiki gives none, or an error, and what to do."""
        attempt = 0
        while (error := (answer := self._answer(parameters)).get("error")) is not None:
            attempt += 1
            if error.get("code") not in _TRANSIENT or attempt == _ATTEMPTS:
                raise SourceError(f"{self.url} answered {_reason(error)}")
            time.sleep(self._pause * 2 ** (attempt - 1))
        return answer

    def query(self, **parameters: str) -> Iterator[Answer]:
        """The answers to action=query, one batch after the other.

        What a batch brings in parts (https://www.mediawiki.org/wiki/API:Continue) is merged.
        """
        further: dict[str, str] = {}
        pages: dict[Any, dict[str, Any]] = {}
        while True:
            answer = self.ask(action="query", **(parameters | further))
            query = dict(answer.get("query", {}))
            for page in query.get("pages", ()):
                key = page.get("pageid") or page.get("title")
                pages.setdefault(key, {}).update(page)
            if answer.get("batchcomplete"):
                yield {**answer, "query": {**query, "pages": list(pages.values())}}
                pages = {}
            following = {name: str(value) for name, value in answer.get("continue", {}).items()}
            if not following:
                return
            if following == further:
                raise SourceError(f"{self.url} continues a query with itself; it is no MediaWiki")
            further = following

    def _answer(self, parameters: Mapping[str, str]) -> Answer:
        content = self._web.post(self.url, {**self._always, **parameters}).content
        try:
            answer = json.loads(content)
        except ValueError as exc:
            raise SourceError(
                f"{self.url} did not answer in JSON; check the source's url, which ends in api.php"
            ) from exc
        if not isinstance(answer, dict):
            raise self.misunderstood()
        return answer

    def misunderstood(self) -> SourceError:
        """The error, to be raised, where an answer lacks what every MediaWiki answers."""
        return SourceError(
            f"{self.url} does not answer as MediaWiki's api.php does; check the source's url"
        )


def _reason(error: Mapping[str, Any]) -> str:
    code, information = error.get("code", ""), error.get("info", "")
    advice = "check the source's token and its rights" if code in _DENIED else "try again later"
    return f"{code} ({information}); {advice}"
