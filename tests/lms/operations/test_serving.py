import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from waitress import create_server

from lms.operations.serving import BODY_MARGIN, server_options
from lms.settings import Settings, read_settings

PROXY, STRANGER = "10.0.0.7", "203.0.113.9"
SPOOFED = {
    "HTTP_X_FORWARDED_FOR": "198.51.100.1",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "commons.example.org",
}


@pytest.fixture
def settings(tmp_path) -> Settings:
    return read_settings({"DATA_DIR": str(tmp_path)})


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with closing(socket.create_server(("127.0.0.1", 0))) as made:
        yield made


def seen_by_the_site(settings: Settings, listener: socket.socket, address: str) -> dict[str, Any]:
    """What reaches the site of a request from an address that brings headers of a proxy."""
    seen: dict[str, Any] = {}
    channels: dict[int, Any] = {}
    server = create_server(lambda environ, _start: seen.update(environ) or [], channels, **options(settings, listener))
    server.task_dispatcher.shutdown(timeout=1)
    environ = {"REMOTE_ADDR": address, "wsgi.url_scheme": "http", "HTTP_HOST": "127.0.0.1:8000", **SPOOFED}
    server.application(environ, lambda *_: None)
    server.trigger.close()
    return seen


def options(settings: Settings, listener: socket.socket) -> dict[str, Any]:
    return {**server_options(settings, listener), "threads": 1}


def test_without_a_configured_proxy_nobodys_headers_are_believed(settings: Settings, listener: socket.socket):
    seen = seen_by_the_site(settings, listener, STRANGER)
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"], seen["HTTP_HOST"]) == (STRANGER, "http", "127.0.0.1:8000")
    assert not [name for name in seen if "FORWARDED" in name]


def test_the_configured_proxy_is_believed(settings: Settings, listener: socket.socket):
    seen = seen_by_the_site(replace(settings, trusted_proxy=PROXY), listener, PROXY)
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == ("198.51.100.1", "https")
    assert seen["HTTP_HOST"] == "commons.example.org"


def test_beside_the_configured_proxy_nobody_is_believed(settings: Settings, listener: socket.socket):
    seen = seen_by_the_site(replace(settings, trusted_proxy=PROXY), listener, STRANGER)
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == (STRANGER, "http")


def test_the_server_takes_a_little_more_than_the_site_and_does_not_name_itself(
    settings: Settings, listener: socket.socket
):
    chosen = server_options(settings, listener)
    assert chosen["max_request_body_size"] == settings.max_body_bytes + BODY_MARGIN
    assert chosen["ident"] is None
    assert chosen["threads"] == settings.threads
