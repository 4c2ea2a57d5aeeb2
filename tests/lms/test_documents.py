"""A document's hash changes with its content and with nothing else."""

from lms.documents import document_hash, language_hash, language_text

DOCUMENT = {
    "slug": "a",
    "version": "1.0.0",
    "reviewed_by": "",
    "title": {"en": "Wait", "es": "Espere"},
    "rows": [{"text": {"en": "Two", "es": "Dos"}, "correct": True}],
    "provenance": {"en": {"version": "1.0.0"}, "es": {"version": "1.0.0"}},
}


def test_hash_is_the_published_sha256_of_canonical_json() -> None:
    assert document_hash({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_hash_does_not_depend_on_the_order_of_keys() -> None:
    assert document_hash(DOCUMENT) == document_hash(dict(reversed(DOCUMENT.items())))


def test_hash_depends_on_the_order_of_rows() -> None:
    assert document_hash({"rows": [1, 2]}) != document_hash({"rows": [2, 1]})


def test_one_language_holds_structure_and_its_own_text() -> None:
    expected = '{"provenance":{},"rows":[{"correct":true,"text":"Dos"}],"slug":"a","title":"Espere"}'
    assert language_text(DOCUMENT, "es") == expected


def test_bookkeeping_does_not_touch_what_was_signed() -> None:
    assert language_hash({**DOCUMENT, "version": "2.0.0", "reviewed_by": "N."}, "en") == language_hash(DOCUMENT, "en")


def test_languages_are_signed_apart() -> None:
    changed = {**DOCUMENT, "title": {"en": "Wait", "es": "Aguarde"}}
    assert language_hash(changed, "en") == language_hash(DOCUMENT, "en")
    assert language_hash(changed, "es") != language_hash(DOCUMENT, "es")
