"""Which dialect is spoken at which path."""

from enum import StrEnum


class Dialect(StrEnum):
    """A way to ask; all of them get the same answer."""

    FOOTNOTE = "footnote"
    OPENAI = "openai"
    RESPONSES = "openai-responses"
    AI_SDK = "ai-sdk"
    OPEN_WEBUI = "open-webui"
    AZURE = "azure"
    DIFY = "dify"
    MCP = "mcp"


_PATHS = {
    "/v1/responses": Dialect.RESPONSES,
    "/api/chat": Dialect.AI_SDK,
    "/retrieval": Dialect.DIFY,
    "/mcp": Dialect.MCP,
}
_FOLDERS = {
    "/v1/": Dialect.OPENAI,
    "/open-webui/v1/": Dialect.OPEN_WEBUI,
    "/openai/": Dialect.AZURE,
}


def spoken_at(path: str) -> Dialect:
    """The dialect of a request's path; Footnote's own where no other is spoken."""
    exact = _PATHS.get(path)
    if exact is not None:
        return exact
    folders = (spoken for folder, spoken in _FOLDERS.items() if path.startswith(folder))
    return next(folders, Dialect.FOOTNOTE)
