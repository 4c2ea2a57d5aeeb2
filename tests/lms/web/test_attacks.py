"""What strangers send must not grow in memory or change the forms of a page."""

from lms.web.fragments import LONGEST_PART, Fragments


def test_a_long_part_is_drawn_each_time_and_not_kept(app):
    drawn = []
    fragments = Fragments()
    with app.test_request_context("/"):
        for _ in range(2):
            fragments.draw_once("long", lambda: drawn.append("once") or "x" * (LONGEST_PART + 1))
    assert len(drawn) == 2


def test_long_addresses_do_not_fill_the_memory(app, client):
    kept = app.jinja_env.globals["draw_once"].__self__._parts
    for number in range(5):
        client.get(f"/help?{number}={'x' * 30_000}")
    assert sum(map(len, kept.values())) < 30_000


def test_nobody_puts_a_form_token_where_they_like(app):
    with app.test_request_context("/"):
        assert "csrf_token" not in Fragments().draw_once("part", lambda: "as typed: \ue000")
