"""One web process: waitress on the shared listening socket, until it is asked to stop and the last answer is out."""

import gc
import socket
import time
from collections.abc import Callable
from typing import Any

from waitress import create_server, wasyncore

from lms.db import db
from lms.operations.stopping import Stop
from lms.settings import Settings
from lms.web.site import Site

LOOP_SECONDS = 1.0
FINISH_SECONDS = 25.0  # less than the supervisor's grace
HALF_SENT_SECONDS = 3.0  # a request that is still arriving when the site stops
CONNECTIONS = 800  # below the 1024 open files that most systems allow a process
IDLE_SECONDS = 60
BODY_MARGIN = 65_536  # a little more than the site takes, so that the site's own page says what is too large

Build = Callable[[Settings], Site]


def serve(build: Build, settings: Settings, listener: socket.socket, stop: Stop, say_ready: Callable[[], None]) -> None:
    """Answer requests until asked to stop or left alone; then finish the running ones."""
    site = build(settings)
    gc.collect()
    gc.freeze()  # the site stays as long as this process: no collection looks through it
    channels: dict[int, Any] = {}
    server = create_server(site, map=channels, **server_options(settings, listener))
    stop.on_ask = server.pull_trigger
    say_ready()
    while not stop.is_asked and not stop.is_left_alone:
        wasyncore.loop(timeout=LOOP_SECONDS, use_poll=True, map=channels, count=1)
    _finish(server, channels)
    with site.app_context():
        db.engine.dispose()


def server_options(settings: Settings, listener: socket.socket) -> dict[str, Any]:
    """Return what waitress must know. Headers of a proxy count only when they come from the configured one."""
    options: dict[str, Any] = {
        "sockets": [listener],
        "threads": settings.threads,
        "ident": None,
        "clear_untrusted_proxy_headers": True,
        "max_request_body_size": settings.max_body_bytes + BODY_MARGIN,
        "max_request_header_size": 65_536,
        "channel_timeout": IDLE_SECONDS,
        "cleanup_interval": 10,
        "connection_limit": CONNECTIONS,
        "asyncore_use_poll": True,
    }
    if settings.trusted_proxy is not None:
        options["trusted_proxy"] = settings.trusted_proxy
        options["trusted_proxy_headers"] = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    return options


def _finish(server: Any, channels: dict[int, Any]) -> None:
    """Take no new connection, wait for running requests, send what is left, then end the threads."""
    server.accepting = False
    asked_at = time.monotonic()
    while time.monotonic() < asked_at + FINISH_SECONDS:
        wasyncore.loop(timeout=0.05, use_poll=True, map=channels, count=1)
        is_early = time.monotonic() < asked_at + HALF_SENT_SECONDS
        for channel in list(server.active_channels.values()):
            if not _is_busy(channel, counts_half_sent=is_early):
                channel.handle_close()
        if not server.active_channels:
            break
    server.task_dispatcher.shutdown(timeout=1)


def _is_busy(channel: Any, *, counts_half_sent: bool) -> bool:
    is_answering = bool(channel.requests or channel.total_outbufs_len)
    return is_answering or (counts_half_sent and channel.request is not None)
