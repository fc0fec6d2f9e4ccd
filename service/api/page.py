"""GET / and /web/...: the page for people, as files."""

import os
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from service.errors import UnknownPage

FOLDER = Path(__file__).parent.parent / "web"
# What the operating system believes of these differs; a browser refuses a module of another type.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Kept, but asked for again each time, so that an upgrade shows at once.
_REVALIDATED = {"Cache-Control": "no-cache"}

router = APIRouter(include_in_schema=False)


@router.get("/")
def page() -> FileResponse:
    """The page itself."""
    index = FOLDER / "index.html"
    if not index.is_file():
        raise UnknownPage("this installation has no page; /openapi.json tells what there is")
    return FileResponse(index, media_type=_TYPES[".html"], headers=_REVALIDATED)


class Assets(StaticFiles):
    """The page's scripts, styles and drawings, each with its proper type."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The file, or that the browser's copy of it is still good."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_REVALIDATED)
        kind = _TYPES.get(Path(full_path).suffix)
        if kind is not None:
            response.headers["Content-Type"] = kind
        return response
