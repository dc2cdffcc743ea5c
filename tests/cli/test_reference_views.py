"""The reference of the views is written from their comments."""

import pytest

from cli.reference_views import PAGE, page

pytestmark = pytest.mark.e2e


def test_the_reference_of_the_views_says_what_their_comments_say() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m cli.reference_views"
