"""Published weaknesses of other portals have a test each."""

import re

from tests.attack.cves import LIST, document, marks

LEAST = 60


def test_the_list_is_that_of_the_marks():
    assert LIST.read_text("utf-8") == document(), "python -m tests.attack.cves writes it"


def test_sixty_weaknesses_of_other_portals_have_a_test():
    numbers = [number for number, _ in marks()]

    assert len(set(numbers)) >= LEAST
    assert [number for number in numbers if not re.fullmatch(r"CVE-20\d{2}-\d{4,6}", number)] == []
