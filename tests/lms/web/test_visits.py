"""The signed cookie of a visit."""

from datetime import timedelta

import pytest
from flask import session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner

from lms import create_app
from lms.web.site import Site


def cookie_of(app: Site, **said: str) -> str:
    """What Flask itself would sign."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return str(serializer.dumps(said))


def visit(app: Site, value: str) -> dict[str, str]:
    with app.test_request_context("/", headers={"Cookie": f"visit={value}"}):
        return dict(session)


def test_what_this_site_signed_is_read_again_and_again(app: Site):
    value = cookie_of(app, csrf="one")
    assert [visit(app, value), visit(app, value)] == [{"csrf": "one"}, {"csrf": "one"}]


def test_what_one_request_notes_does_not_reach_the_next(app: Site):
    value = cookie_of(app, csrf="one")
    with app.test_request_context("/", headers={"Cookie": f"visit={value}"}):
        session["csrf"] = "another"
    assert visit(app, value) == {"csrf": "one"}


@pytest.mark.parametrize("change", ["first letter", "last letter", "cut"])
def test_a_changed_cookie_says_nothing(app: Site, change: str):
    value = cookie_of(app, csrf="one")
    assert visit(app, value) == {"csrf": "one"}
    last = "A" if value[-4] != "A" else "B"
    changed = {
        "first letter": "f" + value[1:],
        "last letter": value[:-4] + last + value[-3:],
        "cut": value[:-1],
    }
    assert visit(app, changed[change]) == {}


def test_a_cookie_ages_though_it_was_read_before(app: Site, monkeypatch: pytest.MonkeyPatch):
    value, now = cookie_of(app, csrf="one"), TimestampSigner("any").get_timestamp()
    assert visit(app, value) == {"csrf": "one"}
    for days, said in ((30, {"csrf": "one"}), (32, {}), (-1, {})):
        later = now + int(timedelta(days=days).total_seconds())
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self, at=later: at)
        assert visit(app, value) == said


def test_another_sites_cookie_says_nothing(app: Site, settings):
    value = cookie_of(app, csrf="one")
    assert visit(app, value) == {"csrf": "one"}
    other = create_app(settings)
    other.secret_key = "another secret"
    with other.app_context():
        assert visit(other, value) == {}
