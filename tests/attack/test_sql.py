"""Signs of SQL and of patterns mean nothing but themselves."""

import time
from urllib.parse import urlencode

import pytest
from tests.attack.assault import Assault
from tests.attack.parameters import PARAMETERS
from tests.attack.world import Seen, World

SIGNS = ("'", '"', "`", "')--", "1 OR 1=1", "';select pg_sleep(3)--", "%", "_", "\\", "*", "' UNION SELECT 1--")
PATTERNS = ("%", "_", "%%", "z%j", "z_j", "\\%", "*")
NONSENSE = "zqjkwx"
LISTS = ("/bureau/comptes", "/bureau/clients", "/bureau/connexions")
ORDERS = ("__class__", "title; DROP TABLE events", "1", "(select 1)", "titre,1", "-")


def lines_of(seen: Seen) -> int:
    return seen.html.count("<tr")


def slow_or_failed(world: World, who: str, path: str, query: dict[str, str]) -> list[str]:
    before = time.thread_time()
    seen = world.visitors[who].get(f"{path}?{urlencode(query)}")
    seconds = time.thread_time() - before
    return [f"{path} {query}: {seen.status} in {seconds:.1f} s"] if seen.status >= 500 or seconds > 1 else []


@pytest.mark.cve(
    "CVE-2025-24799",
    "CVE-2024-29889",
    "CVE-2019-10232",
    "CVE-2025-26241",
    "CVE-2021-45811",
    "CVE-2026-41075",
    "CVE-2022-4427",
)
@pytest.mark.parametrize(("who", "path"), [("customer", "/tickets"), ("support", "/bureau"), ("auditor", "/audit")])
def test_no_sign_of_sql_means_more_than_itself(assailed: Assault, who: str, path: str):
    assailed.world.renew(who)

    assert [
        problem
        for sign in SIGNS
        for problem in slow_or_failed(assailed.world, who, path, dict.fromkeys(PARAMETERS, sign))
    ] == []


@pytest.mark.attack
@pytest.mark.parametrize("stage", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(("who", "path"), [("company", "/tickets"), ("support", "/bureau"), ("auditor", "/audit")])
def test_no_sign_of_sql_in_any_parameter_fails(world: World, who: str, path: str):
    assert [
        problem for sign in SIGNS for name in PARAMETERS for problem in slow_or_failed(world, who, path, {name: sign})
    ] == []


@pytest.mark.parametrize("path", LISTS)
def test_no_sign_of_a_pattern_finds_what_does_not_hold_it(assailed: Assault, path: str):
    root = assailed.world.renew("administrator")

    found = {sign: lines_of(root.get(f"{path}?{urlencode({'q': f'{NONSENSE}{sign}'})}")) for sign in PATTERNS}

    assert set(found.values()) == {lines_of(root.get(f"{path}?q={NONSENSE}"))}


@pytest.mark.cve("CVE-2022-31890")
def test_an_unknown_order_is_the_ordinary_one(assailed: Assault):
    sam = assailed.world.renew("support")
    ordinary = lines_of(sam.get("/bureau?vue=tous"))

    found = {order: lines_of(sam.get(f"/bureau?{urlencode({'vue': 'tous', 'tri': order})}")) for order in ORDERS}

    assert set(found.values()) == {ordinary}
