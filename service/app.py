"""The application: its parts, its routes, and the thread that follows new snapshots."""

import logging
from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event, Thread

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from indexes.cross_encoder import CrossEncoderReranker, CrossEncoderSettings
from indexes.embedder import open_embedder
from indexes.errors import EmbedderError
from indexes.rerank import CandidateBM25, Reranker
from service.answering.guarding.masking import Masker
from service.api import (
    ai_sdk,
    ask,
    azure,
    dify,
    documents,
    feedback,
    health,
    open_webui,
    openai_chat,
    openai_responses,
    page,
    search,
)
from service.api.admission import Admission, Permits, Rate, RateLimit, Room
from service.api.again import Again
from service.api.dependencies import Service
from service.api.mcp import Endpoint
from service.api.middleware import Authentication, BodyLimit, RequestRecord
from service.api.openapi.document import describe
from service.api.problems import translate_errors
from service.approvals import StoredApprovals
from service.assembly import assemble
from service.auth import Authenticator, refuse_exposure
from service.collections import Collections
from service.feedback import FILE, FeedbackStore, RecentExchanges
from service.settings import Settings
from service.telemetry import Telemetry
from service.workers.commons import Commons

# Of the HTTP contract, as the OpenAPI document states it.
_API_VERSION = "1"
# What is counted and traced is our own, and no environment variable sends it anywhere.
_NOT_FASTAPIS: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
# A snapshot that is being opened when the service is told to stop is not waited for longer.
_STOP_SECONDS = 5.0

_log = logging.getLogger(__name__)


def create_app(settings: Settings, commons: Commons | None = None) -> FastAPI:
    """The service, with its embedder found; weights and snapshots are loaded once it runs.

    ``commons`` is what it shares with processes that answer beside it; None is for one alone.
    ConfigurationError when the settings, the keys file or the data directory are wrong;
    EmbedderError when the embedder is not there.
    """
    commons = commons or Commons(settings)
    settings, keys = commons.settings, commons.keys
    refuse_exposure(settings.host, has_keys=bool(keys), allow_anonymous=settings.allow_anonymous)
    service = _service(settings, commons)
    app = FastAPI(
        telemetry=_NOT_FASTAPIS,
        title="Footnote",
        version=_API_VERSION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.service = service
    dialects = (openai_chat, openai_responses, ai_sdk, open_webui, azure, dify)
    for module in (ask, search, documents, feedback, health, page, *dialects):
        app.include_router(module.router)
    app.state.mcp = Endpoint.at(app, settings)
    if page.FOLDER.is_dir():
        app.mount("/web", page.Assets())
    translate_errors(app)
    describe(app, has_keys=bool(keys))
    # The one added last sees a request first.
    app.add_middleware(
        Admission,
        permits=Permits(_room(settings, has_keys=bool(keys)), commons.under_way),
        seconds=settings.request_seconds,
        telemetry=service.telemetry,
    )
    # What takes no thread and no time needs no room.
    app.add_middleware(Again, route=ask.router.routes[0])
    # Without keys all callers are one; nobody's rate can be told.
    if keys and settings.rate_limit:
        rate = Rate(settings.rate_limit, commons.folder)
        app.add_middleware(RateLimit, rate=rate, telemetry=service.telemetry)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(Authentication, authenticator=service.authenticator)
    app.add_middleware(RequestRecord, telemetry=service.telemetry)
    return app


def _room(settings: Settings, *, has_keys: bool) -> Room:
    return Room(
        working=settings.max_requests,
        of_one=settings.max_requests_per_caller if has_keys else 0,
        waiting=settings.max_waiting,
        patience=settings.wait_seconds,
    )


def _service(settings: Settings, commons: Commons) -> Service:
    embedder = open_embedder(settings.embedder)
    telemetry = Telemetry(log_questions=settings.log_questions)
    opinions = FeedbackStore(settings.data_dir / FILE)
    collections = Collections(
        settings.data_dir,
        embedder,
        _reranker(settings),
        fusion=settings.fusion,
        device=settings.device,
    )
    return Service(
        settings=settings,
        authenticator=Authenticator(commons.keys, settings.trusted_proxies),
        collections=collections,
        answerer=assemble(settings, telemetry, _approvals(settings, opinions, collections)),
        feedback=opinions,
        recent=RecentExchanges(commons.exchanges),
        telemetry=telemetry,
    )


def _approvals(
    settings: Settings, opinions: FeedbackStore, collections: Collections
) -> StoredApprovals | None:
    """What people approved of, where the model may learn from it."""
    if not settings.llm_approved_examples:
        return None
    return StoredApprovals(opinions, collections.get, Masker().mask)


def _reranker(settings: Settings) -> Reranker | None:
    """What looks at the best candidates again. EmbedderError where its model is not there."""
    if settings.reranker_model:
        return CrossEncoderReranker(
            CrossEncoderSettings(
                settings.reranker_model,
                settings.reranker_seconds,
                settings.reranker_share,
                settings.device,
            )
        )
    return CandidateBM25() if settings.reranker == "rank-bm25" else None


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    stop, looked = Event(), Event()
    thread = Thread(target=_follow, args=(service, stop, looked), name="snapshots", daemon=True)
    thread.start()
    if service.settings.workers > 1:
        # Until it can answer, those beside it take what comes.
        await to_thread(looked.wait)
    async with app.state.mcp.running():
        yield
    stop.set()
    await to_thread(thread.join, _STOP_SECONDS)


def _follow(service: Service, stop: Event, looked: Event) -> None:
    """Load the embedder, then move to every new snapshot until told to stop.

    ``looked`` is set once all that was published has been opened, or cannot be.
    """
    while not stop.is_set():
        try:
            for move in service.collections.refresh():
                service.telemetry.snapshot_load(move.collection, opened=move.problem is None)
                if move.problem is None:
                    service.answerer.forget(move.collection, but=move.snapshot_id)
        except EmbedderError:
            # Trying again would read the same weights; /readyz and every answer say why.
            _log.critical("the embedder cannot be loaded", exc_info=True)
            return
        except OSError as exc:
            _log.error("the data directory cannot be read: %s", exc)
        finally:
            looked.set()
        stop.wait(service.settings.snapshot_poll_seconds)
