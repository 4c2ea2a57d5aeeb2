"""The living page of components is a page like any other."""

from tests.pages import Site


def test_the_page_of_components_is_whole(site: Site) -> None:
    page = site.get("/dev/components").text
    assert "Every component in every state" in page
    assert page.count("error-summary") > 0


def test_a_page_that_does_not_exist_says_what_to_do(site: Site) -> None:
    page = site.get("/nowhere", status=404).text
    assert "We cannot find this page" in page
    assert "Go to Home" in page
