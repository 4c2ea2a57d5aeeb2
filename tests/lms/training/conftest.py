"""The small course, published, and a learner who is signed in."""

import pytest

from tests.factories.learning import publish_small_course
from tests.factories.people import make_person, sign_in


@pytest.fixture
def content(app, tmp_path):
    return publish_small_course(tmp_path)


@pytest.fixture
def learner(content, client):
    person = make_person()
    sign_in(client, person)
    return person
