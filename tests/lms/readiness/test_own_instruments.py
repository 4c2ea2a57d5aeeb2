"""Instruments that an organization adapts or brings in: drafts, versions, and who may read them."""

import html
import io
import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from lms import clock
from lms.authz import MembershipRole
from lms.db import db
from lms.publications import ContentVersion
from lms.readiness.models import Round
from lms.readiness.models.own_instruments import OwnInstrument, Rights
from lms.readiness.queries.instruments import list_offered, read_version
from lms.readiness.services import own_instruments as services
from lms.readiness.services.own_instruments import NothingNew, NotReady, Rightful, StalePart
from lms.readiness.services.rounds import Plan, start_round
from readiness.formats.drafts import GapKind, gaps_of, new_area, new_draft, new_item
from readiness.instruments import Mode
from tests.factories.people import make_membership, make_person
from tests.pages import hidden_value
from tests.statements import counted_statements

LIKERT = "1, Never | 2, Seldom | 3, Sometimes | 4, Often | 5, Always"
HEAD = 'Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"Choices, Calculations, OR Slider Labels"'
DICTIONARY = f"""{HEAD}
welcome,f,First contact,radio,We greet people.,"{LIKERT}"
wait,f,,dropdown,We see people the same day.,"{LIKERT}"
why,f,,notes,Why?,
"""


def organization_url(organization, rest=""):
    return f"/organizations/{organization.id}/readiness/instruments{rest}"


def own_url(own, rest=""):
    return f"/readiness/own-instruments/{own.id}{rest}"


def the_own():
    db.session.rollback()
    return db.session.scalars(select(OwnInstrument).order_by(OwnInstrument.id.desc()).limit(1)).one()


def complete(mode=Mode.CONSENSUS, n_items=2):
    """Return a draft in which nothing is missing."""
    draft = new_draft(mode)
    both = {"en": "Words", "es": "Palabras"}
    draft |= {"title": {"en": "Our own", "es": "Lo nuestro"}, "summary": dict(both)}
    area = new_area("start", both)
    for number in range(n_items):
        item = new_item(f"item-{number + 1}", mode, "general")
        item |= {"name": dict(both), "text": {"en": f"We do {number}.", "es": f"Hacemos {number}."}}
        if "anchors" in item:
            item["anchors"] = {value: dict(both) for value in ("1", "3", "5")}
        area["items"].append(item)
    draft["areas"] = [area]
    assert {gap.kind for gap in gaps_of(draft)} <= {GapKind.TOO_MANY_ITEMS}
    return draft


def bring_in(place, draft=None, organization=None):
    own = services.bring_in(
        (organization or place.organization).id,
        draft or complete(),
        Rightful(Rights.OWN),
        form_key=uuid4(),
        by_id=place.lead.id,
    )
    db.session.commit()
    return own


def publish(own, place):
    version = services.publish_instrument(own.id, by_id=place.lead.id)
    db.session.commit()
    return version


def import_fields(text=None, name="dictionary.csv", **fields):
    sent = {"mode": "consensus", "source_language": "en", "rights": "own", "rights_note": "", "text": "", **fields}
    data = text.encode() if isinstance(text, str) else text
    return sent | ({"file": (io.BytesIO(data), name)} if data is not None else {})


# ---------------------------------------------------------------- copying and editing


def test_a_lead_copies_what_is_offered_changes_it_and_publishes_it(site, place):
    place.be(place.lead)
    page = site.get(organization_url(place.organization))
    assert "MOUD (MAT) readiness" in page.text
    answer = site.post(organization_url(place.organization, "/copy"), {"version_id": str(place.version.id)}, status=303)
    own = the_own()
    assert own.slug == f"own-{place.organization.id}-moud-mat-readiness"
    assert own.rights is Rights.ADAPTED
    whole = site.get(answer.location)
    assert "Nothing is missing" in whole.text
    part = own_url(own, "?part=item:same-day-start")
    form = site.get(part).text
    fields = all_fields(form) | {"text-en": "We start on the day people ask."}
    site.post(part, fields, status=303)
    assert item_of(the_own(), "same-day-start")["text"]["en"] == "We start on the day people ask."
    site.post(own_url(own, "/publish"), page=own_url(own), status=303)
    version = db.session.get(ContentVersion, the_own().published_id)
    instrument = read_version(version)
    assert (instrument.slug, instrument.version) == (own.slug, "1.0.0")
    assert instrument.get_item("same-day-start").text["en"] == "We start on the day people ask."
    assert [item.key for item in instrument.items] == [item.key for item in read_version(place.version).items]
    assert instrument.provenance.source.startswith("Adapted from MOUD (MAT) readiness 1.0.0 (CC BY 4.0).")
    assert "Version 1" in site.get(organization_url(place.organization)).text


def all_fields(page):
    """Return what the page's own form holds, as a browser would send it."""
    main = page[page.index("<main") :]
    form = next(each for each in re.findall(r"<form.*?</form>", main, re.DOTALL) if 'name="seen"' in each)
    fields = {}
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        fields[name] = unescape(text).removeprefix("\r\n").removeprefix("\n")
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        is_choice = 'type="checkbox"' in tag or 'type="radio"' in tag
        if name and (not is_choice or "checked" in tag):
            fields[name[1]] = unescape(value[1]) if value else "y"
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        fields[name] = re.search(r'selected[^>]*value="([^"]*)"|value="([^"]*)"', options)[0].split('"')[1]
    fields.pop("csrf_token", None)
    return fields


def unescape(text):
    return html.unescape(text)


def item_of(own, key):
    return next(item for area in own.draft["areas"] for item in area["items"] if item["key"] == key)


def test_a_draft_is_saved_while_incomplete_and_says_what_is_missing_at_its_field(site, place):
    place.be(place.lead)
    own = bring_in(place)
    part = own_url(own, "?part=item:item-1")
    fields = all_fields(site.get(part).text) | {"text-en": "Only English", "text-es": ""}
    answer = site.post(part, fields, status=303)
    assert item_of(the_own(), "item-1")["text"] == {"en": "Only English", "es": ""}
    page = site.get(answer.location).text
    assert "The Spanish is missing." in page
    assert 'id="text-es-error"' in page
    whole = site.get(own_url(own)).text
    assert "One thing is missing" in whole
    assert "part=item:item-1" in whole or "part=item%3Aitem-1" in whole
    refused = site.post(own_url(own, "/publish"), page=own_url(own), status=422)
    assert "Some things are missing" in refused.text
    assert the_own().published_id is None


def test_items_are_added_moved_and_removed_and_their_keys_stay(site, place):
    place.be(place.lead)
    own = bring_in(place)
    made = site.post(own_url(own), {"do": "add-item", "target": "area:start"}, status=303)
    assert "item-3" in made.location
    site.post(own_url(own), {"do": "up", "target": "item:item-3"}, status=303)
    assert keys(the_own()) == ["item-1", "item-3", "item-2"]
    assert "Its words go" in site.get(own_url(own, "?remove=item:item-3")).text
    site.post(own_url(own), {"do": "remove", "target": "item:item-3"}, status=303)
    assert keys(the_own()) == ["item-1", "item-2"]
    site.post(own_url(own), {"do": "add-item", "target": "area:start"}, status=303)
    assert keys(the_own()) == ["item-1", "item-2", "item-4"], "a key is never used for something else"
    site.post(own_url(own), {"do": "add-area"}, status=303)
    site.post(own_url(own), {"do": "down", "target": "item:item-4"}, status=303)
    assert [[item["key"] for item in area["items"]] for area in the_own().draft["areas"]] == [
        ["item-1", "item-2"],
        ["item-4"],
    ]
    site.post(own_url(own), {"do": "add-topic"}, status=303)
    assert list(the_own().draft["topics"]) == ["general", "topic-2"]
    assert site.get(own_url(own, "?part=topics")).text.count("topic-2-en") > 0
    page = site.post(own_url(own), {"do": "remove", "target": "topic:general"}, status=422)
    assert "Some items have this topic" in page.text


def keys(own):
    return [item["key"] for area in own.draft["areas"] for item in area["items"]]


@pytest.mark.parametrize(
    "sent",
    [{"do": "dance"}, {"do": "up", "target": "item:none"}, {"do": "remove", "target": "area:none"}, {"do": "add-item"}],
)
def test_a_button_of_something_that_is_gone_changes_nothing(site, place, sent):
    place.be(place.lead)
    own = bring_in(place)
    assert site.post(own_url(own), sent).status_code == 422
    assert keys(the_own()) == ["item-1", "item-2"]


@pytest.mark.parametrize("part", ["item:none", "area:none", "nothing", "item:", "front:x", "\u202e🦩"])
def test_a_part_that_is_gone_leads_back(site, place, part):
    place.be(place.lead)
    own = bring_in(place)
    assert site.get(own_url(own, f"?part={part}"), status=303).location.endswith(own_url(own))
    assert site.get(own_url(own, f"?remove={part}"), status=303).location.endswith(own_url(own))
    site.post(own_url(own, f"?part={part}"), {"seen": ""}, status=409, page=own_url(own))


def test_two_people_at_one_part_lose_nothing_and_at_two_parts_do_not_meet(site, place):
    place.be(place.lead)
    own = bring_in(place)
    first, second = own_url(own, "?part=item:item-1"), own_url(own, "?part=item:item-2")
    mine, other = all_fields(site.get(first).text), all_fields(site.get(second).text)
    site.post(first, mine | {"name-en": "Theirs"}, status=303)
    site.post(second, other | {"name-en": "Beside"}, status=303)
    page = site.post(first, mine | {"name-en": "Mine", "form_key": ""}, status=409)
    assert "Theirs" in page.text
    assert "Mine" in page.text
    again = all_fields(page.text)
    site.post(first, again | {"name-en": "Both"}, status=303)
    assert item_of(the_own(), "item-1")["name"]["en"] == "Both"
    assert item_of(the_own(), "item-2")["name"]["en"] == "Beside"


def test_a_text_that_is_too_long_is_told_at_its_field_and_kept_in_the_form(site, place):
    place.be(place.lead)
    own = bring_in(place)
    part = own_url(own, "?part=front")
    fields = all_fields(site.get(part).text)
    page = site.post(part, fields | {"title-en": "x" * 301, "minutes": "0"}, status=422).text
    assert "Use 300 characters or fewer." in page
    assert "Choose 1 to 240 minutes." in page
    assert "x" * 301 in page
    site.post(part, fields | {"title-en": "Shorter", "minutes": "25"}, status=303)
    assert (the_own().draft["title"]["en"], the_own().draft["minutes"]) == ("Shorter", 25)


def test_each_mode_has_the_fields_it_needs(site, place):
    place.be(place.lead)
    staff = bring_in(place, complete(Mode.STAFF))
    page = site.get(own_url(staff, "?part=item:item-1")).text
    assert 'name="reversed"' in page
    assert "anchor-1" not in page
    assert 'name="label-5-es"' in site.get(own_url(staff, "?part=front")).text
    site.post(own_url(staff, "?part=item:item-1"), all_fields(page) | {"reversed": "y", "critical": "y"}, status=303)
    item = item_of(the_own(), "item-1")
    assert (item["reversed"], item["critical"]) == (True, True)
    fields = all_fields(site.get(own_url(staff, "?part=item:item-1")).text)
    del fields["reversed"]
    site.post(own_url(staff, "?part=item:item-1"), fields, status=303)
    assert "reversed" not in item_of(the_own(), "item-1")
    facts = bring_in(place, complete(Mode.SITE_FACTS))
    page = site.get(own_url(facts, "?part=item:item-1")).text
    site.post(own_url(facts, "?part=item:item-1"), all_fields(page) | {"answer": "date"}, status=303)
    assert item_of(the_own(), "item-1")["answer"] == "date"


# ---------------------------------------------------------------- versions


def test_a_version_never_changes_and_open_rounds_keep_theirs(place):
    own = bring_in(place)
    first = publish(own, place)
    plan = Plan(frozenset({place.member.id}), clock.today() + timedelta(days=14))
    opened = start_round(place.organization.id, first, plan, today=clock.today(), by_id=place.lead.id)
    db.session.commit()
    part = "item:item-1"
    values = services.part_values(own.draft, part) | {"text-en": "Now otherwise."}
    services.save_part(own.id, part, values, seen=services.part_print(own.draft, part), by_id=place.lead.id)
    second = publish(own, place)
    assert (first.number, second.number, second.source_version) == (1, 2, "2.0.0")
    assert read_version(first).get_item("item-1").text["en"] == "We do 0."
    assert read_version(second).get_item("item-1").text["en"] == "Now otherwise."
    assert db.session.get(Round, opened.id).version_id == first.id
    with pytest.raises(NothingNew, match="version 2"):
        services.publish_instrument(own.id, by_id=place.lead.id)


def test_publishing_twice_makes_one_version(site, place):
    place.be(place.lead)
    own = bring_in(place)
    fields = site.hidden_fields(own_url(own))
    for _time in range(2):
        assert site.client.post(own_url(own, "/publish"), data=fields).status_code == 303
    site.post(own_url(own, "/publish"), page=own_url(own), status=409)
    assert db.session.scalar(select(func.count()).where(ContentVersion.slug == own.slug)) == 1


def test_a_staff_instrument_of_more_than_twenty_is_refused_kindly(site, place):
    place.be(place.lead)
    own = bring_in(place, complete(Mode.STAFF, 21))
    page = site.get(own_url(own)).text
    assert "at most 20 can be published" in page
    with pytest.raises(NotReady):
        services.publish_instrument(own.id, by_id=place.lead.id)
    site.post(own_url(own), {"do": "remove", "target": "item:item-21"}, status=303)
    assert publish(own, place).number == 1


def test_what_is_offered_is_the_sites_and_the_organizations_own(place):
    own, theirs = bring_in(place), bring_in(place, organization=place.other)
    site_slugs = {version.slug for version, _each in list_offered(place.organization.id)}
    assert all(not slug.startswith("own-") for slug in site_slugs), "a draft is not offered"
    publish(own, place)
    publish(theirs, place)
    assert {version.slug for version, _each in list_offered(place.organization.id)} == {*site_slugs, own.slug}
    assert {version.slug for version, _each in list_offered(place.other.id)} == {*site_slugs, theirs.slug}
    assert {version.slug for version, _each in list_offered()} == site_slugs
    services.retire_instrument(own.id, is_retired=True, by_id=place.lead.id)
    assert {version.slug for version, _each in list_offered(place.organization.id)} == site_slugs


def test_a_retired_instrument_comes_back(site, place):
    place.be(place.lead)
    own = bring_in(place)
    publish(own, place)
    site.post(own_url(own, "/retire"), page=organization_url(place.organization), status=303)
    page = site.get(organization_url(place.organization)).text
    assert "Retired" in page
    site.post(own_url(own, "/retire"), {"again": "yes"}, page=organization_url(place.organization), status=303)
    assert not the_own().is_retired


def test_two_at_one_part_through_the_service(place):
    own = bring_in(place)
    part = "item:item-1"
    values, seen = services.part_values(own.draft, part), services.part_print(own.draft, part)
    services.save_part(own.id, part, values | {"text-en": "A"}, seen=seen, by_id=place.lead.id)
    with pytest.raises(StalePart) as stale:
        services.save_part(own.id, part, values | {"text-en": "B"}, seen=seen, by_id=place.lead.id)
    assert stale.value.theirs["text-en"] == "A"
    services.save_part(own.id, part, values | {"text-en": "A"}, seen=seen, by_id=place.lead.id)  # the same twice


# ---------------------------------------------------------------- bringing in


def test_a_dictionary_is_looked_at_and_then_kept(site, place):
    place.be(place.lead)
    path = organization_url(place.organization, "/import")
    page = site.post(path, import_fields(DICTIONARY), status=200).text
    assert "Keep 2 items?" in page
    assert "First contact" in page
    assert "takes no rating" in page
    assert "why" in page
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(OwnInstrument)) == 0
    kept = site.client.post(path, data=sent_again(page) | {"action": "save"})
    assert kept.status_code == 303
    own = the_own()
    assert keys(own) == ["welcome", "wait"]
    assert item_of(own, "wait")["anchors"]["3"] == {"en": "Sometimes", "es": ""}
    again = site.client.post(path, data=sent_again(page) | {"action": "save"})
    assert again.location == kept.location
    assert "missing before it can be published" in site.get(kept.location).text


def sent_again(page):
    main = page[page.index("<main") :]
    names = ("csrf_token", "form_key", "text", "mode", "source_language", "rights", "rights_note")
    return {name: unescape(hidden_value(main, name)) for name in names}


def test_without_the_right_to_use_it_nothing_is_kept(site, place):
    place.be(place.lead)
    path = organization_url(place.organization, "/import")
    page = site.post(path, import_fields(DICTIONARY, rights=""), status=422).text
    assert "Say why you may use it" in page
    page = site.post(path, import_fields(DICTIONARY, rights="licensed"), status=422).text
    assert "Write who owns it" in page
    page = site.post(path, import_fields(DICTIONARY, rights="public"), status=422).text
    assert "Write where it was published" in page
    site.post(path, import_fields(DICTIONARY, rights="adapted"), status=422)
    page = site.post(path, import_fields(DICTIONARY, rights="licensed", rights_note="Owner, 2026"), status=200).text
    site.client.post(path, data=sent_again(page) | {"action": "save"})
    assert the_own().rights_note == "Owner, 2026"
    page = site.client.post(path, data=sent_again(page) | {"action": "save", "rights": "licensed", "rights_note": ""})
    assert page.status_code == 422


def test_what_was_downloaded_comes_back_whole_in_both_formats(site, place):
    place.be(place.lead)
    path = organization_url(place.organization, "/import")
    for kind in ("csv", "json"):
        file = site.client.get(f"/readiness/instruments/{place.version.id}.{kind}")
        assert "attachment" in file.headers["Content-Disposition"]
        page = site.post(path, import_fields(file.data, f"a.{kind}"), status=200).text
        assert "Keep 40 items?" in page
        assert "Everything in this file fits." in page
        assert site.client.post(path, data=sent_again(page) | {"action": "save"}).status_code == 303
        version = publish(the_own(), place)
        before, after = read_version(place.version), read_version(version)
        assert (after.areas, after.topics, after.method) == (before.areas, before.topics, before.method)


def big_dictionary(n):
    return HEAD + "".join(f'\nq{number},f,,radio,Text,"{LIKERT}"' for number in range(n))


CYCLE = (
    "field_name,field_type,field_label,select_choices_or_calculations,branching_logic\n"
    f"a,radio,A,\"{LIKERT}\",[b] = '1'\nb,radio,B,\"{LIKERT}\",[a] = '1'\n"
)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "There is nothing in this file"),
        (b"\x81\x8d\x8f\x90", "no text that can be read"),
        (b"a\0b", "no text that can be read"),
        (b"x" * (400 * 1024 + 1), "too large"),
        (b"PK\x03\x04 no workbook", "could not be read"),
        (b"\xd0\xcf\x11\xe0 old", "old format"),
        (b"name,what\na,b\n", "no REDCap data dictionary"),
        (HEAD.encode() + b'\na,f,,radio,"open', "quotation mark"),
        (DICTIONARY.replace("wait", "welcome").encode(), "“welcome” is there twice"),
        (CYCLE.encode(), "wait for each other"),
        (big_dictionary(5_000).encode(), "5000 entries"),
        (b'{"resourceType": "Patient"}', "“Patient”"),
        (b'{"resourceType": "Questionnaire", "status": "draft", "status": "active"}', "stands twice"),
        (b"{" + b'"a":{' * 50 + b"}" * 51, "nested too deeply"),
        (b"[" * 100_000, "nested too deeply"),
        (b"{]", "no JSON"),
        (b'{"resourceType": "Questionnaire", "status": "draft"}', "Nothing in this file can be asked"),
        (b'{"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": 7}]}', "linkId"),
    ],
)
def test_a_hostile_file_is_refused_in_words(site, place, data, sentence):
    place.be(place.lead)
    page = site.post(organization_url(place.organization, "/import"), import_fields(data), status=422)
    assert sentence in page.text
    assert "Bring in an instrument" in page.text


def test_strange_letters_and_windows_bytes_come_through(site, place):
    place.be(place.lead)
    text = DICTIONARY.replace("We greet people.", "\u202e🦩 =cmd|' /C calc'!A1 <script>alert(1)</script> ﷺ")
    page = site.post(organization_url(place.organization, "/import"), import_fields(text), status=200).text
    assert "🦩" in page
    assert "<script>alert" not in page
    data = DICTIONARY.replace("We greet people.", "¿Cómo está? – “bien”").encode("cp1252")
    page = site.post(organization_url(place.organization, "/import"), import_fields(data), status=200).text
    assert "¿Cómo está? – “bien”" in page


# ---------------------------------------------------------------- who may


def test_nobody_else_sees_an_own_instrument(site, place):
    own = bring_in(place)
    version = publish(own, place)
    for person, edit, load in (
        (place.outsider, 404, 404),
        (place.staff, 403, 200),
        (place.member, 403, 200),
        (place.expert, 403, 200),
        (place.lead, 200, 200),
    ):
        place.be(person)
        assert site.client.get(own_url(own)).status_code == edit
        assert site.client.get(f"/readiness/instruments/{version.id}.json").status_code == load
        assert site.client.get(f"/readiness/instruments/{place.version.id}.csv").status_code == 200
    place.be(place.outsider)
    answer = site.post(organization_url(place.other, "/copy"), {"version_id": str(version.id)}, status=422)
    assert "Choose one of the instruments" in answer.text
    assert "Our own" not in site.get(organization_url(place.other)).text
    site.get(organization_url(place.organization), status=404)


def test_a_list_costs_the_same_for_one_and_for_many(site, place):
    place.be(place.lead)
    publish(bring_in(place), place)
    site.get(organization_url(place.organization))
    with counted_statements() as few:
        site.get(organization_url(place.organization))
    for _number in range(6):
        publish(bring_in(place), place)
    second = make_person("Second lead")
    make_membership(second, place.organization, MembershipRole.LEAD)
    site.get(organization_url(place.organization))
    with counted_statements() as many:
        site.get(organization_url(place.organization))
    assert len(many) == len(few) <= 10


def test_a_downloaded_questionnaire_names_its_version(site, place):
    place.be(place.lead)
    version = publish(bring_in(place), place)
    sent = json.loads(site.client.get(f"/readiness/instruments/{version.id}.json").data)
    assert (sent["version"], sent["status"]) == ("1.0.0", "active")
    assert sent["copyright"] == "All rights with the organization that wrote it."
    assert sent["url"].endswith(f"/readiness/instruments/{version.slug}")
