"""The counts of the queue's tabs."""

import pytest

from izarlink_tickets.i18n import use_language
from izarlink_tickets.web.desk.tabs import Tab

pytestmark = pytest.mark.sqlite_only("a label needs no database")


@pytest.mark.parametrize(
    ("count", "is_limited", "label"),
    [
        (0, True, "0"),
        (1000, True, "1\u202f000"),
        (1001, True, "1\u202f000+"),
        (1001, False, "1\u202f001"),
        (None, True, None),
    ],
)
def test_a_count_that_stopped_at_its_limit_says_so(count: int | None, label: str | None, *, is_limited: bool) -> None:
    tab = Tab("Débit", count, "/bureau", is_current=False, is_own=True, is_limited=is_limited)

    with use_language("fr"):
        assert tab.count_label == label
