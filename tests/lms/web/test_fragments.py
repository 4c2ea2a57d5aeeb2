"""Parts of pages drawn once for many readers: each reader still gets a token and form keys of their own."""

import re
from uuid import UUID

from flask import g

from lms.web import access, forms
from lms.web.fragments import MOST_PARTS, Fragments
from tests.factories.people import make_person, sign_in


def two_forms():
    return f"<form>{forms.csrf_field()}</form><form>{forms.csrf_field()}</form>"


def values(part, name):
    return re.findall(rf'name="{name}" type="hidden" value="([^"]+)"', part)


def drawn_for_a_new_reader(app, fragments):
    with app.test_request_context("/"):
        access.forget_actor()
        return fragments.draw_once("part", two_forms)


def test_a_part_is_drawn_once(app):
    drawn = []
    fragments = Fragments()
    with app.test_request_context("/"):
        for _ in range(3):
            fragments.draw_once("part", lambda: drawn.append("once") or "text")
    assert drawn == ["once"]


def test_each_reader_gets_their_own_token_and_each_form_its_own_key(app):
    fragments = Fragments()
    first, second = (drawn_for_a_new_reader(app, fragments) for _ in range(2))
    assert set(values(first, "csrf_token")).isdisjoint(values(second, "csrf_token"))
    keys = {*values(first, "form_key"), *values(second, "form_key")}
    assert len(keys) == 4
    assert all(str(UUID(key)) == key and UUID(key).version == 4 for key in keys)


def test_the_kept_part_holds_no_token(app):
    fragments = Fragments()
    drawn_for_a_new_reader(app, fragments)
    (part,) = fragments._parts.values()
    assert "csrf_token" not in "".join(part)
    assert not g.get("leaves_tokens_out", False)


def test_other_keys_are_other_parts(app):
    fragments = Fragments()
    with app.test_request_context("/"):
        assert fragments.draw_once(("a", "en"), lambda: "yes") == "yes"
        assert fragments.draw_once(("a", "es"), lambda: "sí") == "sí"


def test_only_the_newest_parts_are_kept(app):
    fragments = Fragments()
    with app.test_request_context("/"):
        for number in range(MOST_PARTS + 5):
            fragments.draw_once(number, lambda: "part")
    assert len(fragments._parts) == MOST_PARTS


def test_lesson_screens_drawn_for_one_person_carry_the_next_persons_token(app, client, site):
    pages = []
    for _ in range(2):
        sign_in(client, make_person())
        pages.append(site.get("/help").text)
    tokens = [set(re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)) for page in pages]
    assert len(tokens[0]) == len(tokens[1]) == 1
    assert tokens[0] != tokens[1]
