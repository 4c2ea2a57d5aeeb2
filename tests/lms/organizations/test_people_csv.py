from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.authz import MembershipRole
from lms.organizations import people_csv
from lms.organizations.people_csv import Column, Flaw, Known, ProblemKind, UnreadableList, decode, read_people
from lms.sheets import safe_cell

KNOWN = Known(
    job_roles={"nurse": 7, "outreach worker": 8},
    locations={"main street": 3, "señal": 4},
    roles=(MembershipRole.STAFF, MembershipRole.LEAD),
)


def read(text, known=KNOWN):
    return read_people(text, known)


def kinds(listed):
    return [(problem.row, problem.column, problem.kind) for problem in listed.problems]


def flaw_of(text):
    with pytest.raises(UnreadableList) as caught:
        read(text)
    return caught.value.flaw


def test_a_whole_row_is_read():
    listed = read("email,name,role,job_role,location,language\nAna@Example.org,Ana Ruiz,lead,Nurse,Main Street,es\n")
    [person] = listed.people
    assert listed.problems == ()
    assert (person.email, person.name, person.role) == ("ana@example.org", "Ana Ruiz", MembershipRole.LEAD)
    assert (person.job_role_id, person.location_id, person.language, person.row) == (7, 3, "es", 2)


def test_only_the_address_is_needed():
    [person] = read("email\nana@example.org\n").people
    assert (person.name, person.role, person.job_role_id, person.language) == (None, MembershipRole.STAFF, None, "en")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_spreadsheets_part_cells_in_three_ways(delimiter):
    text = delimiter.join(["Name", "E-mail", "Language"]) + "\r\n" + delimiter.join(["Ana", "a@example.org", "es"])
    [person] = read(text).people
    assert (person.email, person.name, person.language) == ("a@example.org", "Ana", "es")


def test_headings_are_read_in_spanish_and_in_any_case():
    [person] = read(
        "NOMBRE;Correo electrónico;Rol;Puesto;Sede;Idioma\nLuz;luz@example.org;líder;NURSE;señal;Español"
    ).people
    assert (person.role, person.job_role_id, person.location_id, person.language) == (MembershipRole.LEAD, 7, 4, "es")


def test_a_byte_order_mark_is_no_part_of_the_heading():
    assert read("\ufeffemail\na@example.org").people[0].email == "a@example.org"


def test_quoted_cells_may_hold_the_delimiter():
    assert read('email,name\na@example.org,"Ruiz, Ana"\n').people[0].name == "Ruiz, Ana"


def test_empty_rows_are_passed_over_and_rows_keep_their_numbers():
    listed = read("email\n\n,\na@example.org\n\nnot an address\n")
    assert listed.people[0].row == 4
    assert kinds(listed) == [(6, Column.EMAIL, ProblemKind.NOT_AN_EMAIL)]


def test_every_bad_cell_is_named_with_its_row_and_column():
    rows = [
        "email,name,role,job_role,location,language",
        ",Ana,staff,,,",
        "ana,Ana,staff,,,",
        f"a@example.org,{'x' * 121},boss,Pilot,Moon,fr",
        "A@example.org,,,,,",
        "b@example.org,,,,,,stray",
    ]
    assert kinds(read("\n".join(rows))) == [
        (2, Column.EMAIL, ProblemKind.NO_EMAIL),
        (3, Column.EMAIL, ProblemKind.NOT_AN_EMAIL),
        (4, Column.NAME, ProblemKind.NAME_TOO_LONG),
        (4, Column.ROLE, ProblemKind.UNKNOWN_ROLE),
        (4, Column.JOB_ROLE, ProblemKind.UNKNOWN_JOB_ROLE),
        (4, Column.LOCATION, ProblemKind.UNKNOWN_LOCATION),
        (4, Column.LANGUAGE, ProblemKind.UNKNOWN_LANGUAGE),
        (5, Column.EMAIL, ProblemKind.EMAIL_TWICE),
        (6, None, ProblemKind.TOO_MANY_CELLS),
    ]


def test_a_role_above_the_importers_is_refused():
    known = Known(job_roles={}, locations={}, roles=(MembershipRole.STAFF,))
    assert kinds(read("email,role\na@example.org,lead", known)) == [(2, Column.ROLE, ProblemKind.ROLE_TOO_HIGH)]


def test_a_formula_is_only_a_strange_name():
    [person] = read("email,name\na@example.org,=cmd()|'/C calc'!A0\n").people
    assert person.name == "=cmd()|'/C calc'!A0"


def test_a_long_cell_is_quoted_in_short():
    [problem] = read(f"email\n{'x' * 10_000}\n").problems
    assert len(problem.text) < 70


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", Flaw.EMPTY),
        ("\n \n", Flaw.EMPTY),
        ("email\n", Flaw.EMPTY),
        ("name\nAna\n", Flaw.NO_EMAIL_COLUMN),
        ("ana@example.org\n", Flaw.NO_EMAIL_COLUMN),
        ("email,salary\na@example.org,1\n", Flaw.UNKNOWN_COLUMN),
        ("email,mail\na@example.org,b@example.org\n", Flaw.COLUMN_TWICE),
        ('email,name\na@example.org,"Ana\n', Flaw.BAD_QUOTES),
        ("email\na\0@example.org\n", Flaw.NOT_TEXT),
        ("email\n" + "\n".join(f"p{n}@example.org" for n in range(501)), Flaw.TOO_MANY_ROWS),
        ("email\n" + "x" * people_csv.MAX_BYTES, Flaw.TOO_BIG),
    ],
)
def test_what_is_no_list_says_why(text, flaw):
    assert flaw_of(text) is flaw


def test_five_hundred_rows_are_a_list():
    assert len(read("email\n" + "\n".join(f"p{n}@example.org" for n in range(500))).people) == 500


def test_files_are_decoded_as_they_were_saved():
    assert decode("email\nseñal".encode("utf-8-sig")).text == "email\nseñal"
    old = decode("José".encode("cp1252"))
    assert (old.text, old.is_guessed) == ("José", True)


@pytest.mark.parametrize("data", [b"\x81\x8d\xff", "email".encode("utf-16"), b"\0\0\0"])
def test_files_that_are_no_text_are_refused(data):
    with pytest.raises(UnreadableList) as caught:
        decode(data)
    assert caught.value.flaw is Flaw.NOT_TEXT


def test_a_file_that_is_too_big_is_refused_unread():
    with pytest.raises(UnreadableList) as caught:
        decode(b"a" * (people_csv.MAX_BYTES + 1))
    assert caught.value.flaw is Flaw.TOO_BIG


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "  =1", "＝1", "\r1"])
def test_no_cell_that_leaves_is_a_formula(text):
    assert safe_cell(text).startswith("'")


def test_plain_cells_leave_as_they_are():
    assert [safe_cell(text) for text in ("Ana", "", "a-b", "1")] == ["Ana", "", "a-b", "1"]


def test_the_empty_list_can_be_read_once_somebody_is_on_it():
    assert read(people_csv.template() + "a@example.org\n").problems == ()


@given(st.text(max_size=300))
def test_any_text_gives_a_list_or_a_reason(text):
    with suppress(UnreadableList):
        assert all(person.email for person in read(f"email,name\n{text}").people)
