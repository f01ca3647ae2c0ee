"""Hostile texts in every field of every form, and every page afterwards."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from io import BytesIO
from itertools import count
from urllib.parse import urlencode

from tests.attack.page_forms import TYPICAL, Input, PageForm
from tests.attack.parameters import PARAMETERS
from tests.attack.world import ROWS, VISITORS, Seen, World, forms_on, visitor_of
from tests.cast import PASSWORD

# Names and addresses that a form looks up: it keeps what is there, or gets a known one.
KNOWN = {
    "email": "",
    "identifier": "alice@etxea.example",
    "organisation": "Boulangerie Etxea",
    "customer": "Boulangerie Etxea",
    "person": "bob@etxea.example",
    "reference": "",
    "place": "7",
    **TYPICAL,
}
# Of the suite: the roles whose pages differ.
FEW = ("anonymous", "customer", "support", "administrator", "auditor")
# Pieces of scripts, as no page of the portal contains them.
PIECES = ("=__xss", "='__xss", '="__xss', "<svg o", "<img s", "' on", '" on', "=javascript:", '="javascript:')
MANY_OF_EACH = 4
FAILURE = 500
# Pages with a form that no link without a filter leads to.
STAFF, FILTERED = ("support", "administrator"), ("/bureau/vues?vue=tous&categorie=DEBIT",)
NO_LINE_ENDS = dict.fromkeys(map(ord, "\r\n\x00"))
# Browsers send a quotation mark so, and a slash would end a folder's name.
IN_FILE_NAMES = {**NO_LINE_ENDS, ord('"'): "%22", ord("/"): None, ord("\\"): None}
_numbers = count(1)
Key = tuple[str, str, tuple[str, ...], tuple[tuple[str, str], ...]]


@dataclass
class Assault:
    """An attack on a world with a list of texts.

    forms: those found, with their visitors, on several objects. failures: answers of 500 and above.
    pages_kept: those to examine; all of them take more memory than a machine has.
    accepted: how many forms of a route were executed.
    """

    world: World
    texts: Sequence[str]
    visitors: Sequence[str] = VISITORS
    forms: dict[Key, list[tuple[str, PageForm]]] = field(default_factory=dict)
    responses: int = 0
    failures: list[str] = field(default_factory=list)
    pages_kept: list[Seen] = field(default_factory=list)
    accepted: "Counter[str]" = field(default_factory=Counter)
    _kept: "Counter[tuple[str, int]]" = field(default_factory=Counter)

    @cached_property
    def _markup(self) -> list[str]:
        return [text for text in self.texts if escape(text) != text]

    @property
    def is_whole(self) -> bool:
        return self.visitors == VISITORS

    def run(self) -> None:
        """Send each text in every field, then look at every page."""
        self.find_forms()
        for text in self.texts:
            self.send_everywhere(text)
        self.look()

    def find_forms(self) -> None:
        """Collect the forms of all pages, by route and fields."""
        for who in self.visitors:
            for seen in self.pages(who):
                for form in forms_on(seen):
                    self.forms.setdefault(self.key_of(form), []).append((who, form))

    def key_of(self, form: PageForm) -> Key:
        rule = self.world.rule_of(form.method, form.path)
        # The button of a row has the row's number.
        button = tuple((name, value) for name, value in form.button if not value.isdigit())
        return form.method, rule, tuple(sorted(form.names())), button

    def pages(self, who: str) -> Iterator[Seen]:
        """Look at each page of a visitor.

        In a short run at one of each route.
        """
        visitor, routes = self.world.visitors[who], set()
        for row, path in self.world.addresses(who):
            if self.is_whole or row.route not in routes or row.route.endswith("<ticket:number>"):
                routes.add(row.route)
                yield visitor.get(path)
        if who in STAFF:
            yield from (visitor.get(path) for path in FILTERED)

    def look(self) -> None:
        """Keep every page that each visitor sees."""
        for who in self.visitors:
            if who != "anonymous" and self.world.visitors[who].get("/profil").status != 200:
                self.world.renew(who)
            self.keep(self.pages(who))

    def send_everywhere(self, text: str) -> None:
        """Send the text in all fields, then in the free ones."""
        for found in self.forms.values():
            # Another object each time: some forms change the state that they need.
            who, form = found[self.texts.index(text) % len(found)]
            if any(each.is_typed or each.kind == "file" for each in form.inputs):
                self.send(who, form, text, is_everywhere=True)
                if any(each.is_typed and each.name in KNOWN for each in form.inputs):
                    self.send(who, form, text, is_everywhere=False)
        self.keep(self.filtered(self.visitors[self.texts.index(text) % len(self.visitors)], text))
        self.keep([self.sign_in(text)])

    def filtered(self, who: str, text: str) -> Iterator[Seen]:
        """Look at each page with the text in every parameter."""
        visitor, query = self.world.visitors[who], urlencode(dict.fromkeys(PARAMETERS, text), errors="replace")
        for path in [path for row, path in self.world.addresses(who) if "<" not in row.route]:
            yield visitor.get(f"{path}?{query}")

    def sign_in(self, text: str) -> Seen:
        """Sign in with a browser of that name, which pages show."""
        visitor = visitor_of(self.world.app, self.world.cast, "anonymous")
        fields = {"csrf_token": visitor.token, "identifier": self.world.cast["alice"].email, "password": PASSWORD}
        agent = {"User-Agent": text.translate(NO_LINE_ENDS).encode("ascii", "ignore").decode()}
        return visitor.open("/connexion", method="POST", data=fields, headers=agent)

    def send(self, who: str, form: PageForm, text: str, *, is_everywhere: bool) -> Seen:
        """Send the form as this visitor."""
        visitor = self.world.visitors[who]

        def words(each: Input) -> str:
            if each.kind == "password":
                return text if is_everywhere or each.name.startswith(("new", "conf")) else PASSWORD
            if is_everywhere or each.name not in KNOWN:
                return text
            return each.value or KNOWN[each.name] or known_word(each.name)

        files = [(BytesIO(b"2 Mbit/s"), f"{text.translate(IN_FILE_NAMES)}.txt")]
        answer = visitor.send(form, form.filled(words, files=files, csrf_token=visitor.token))
        if answer.status == 409 and answer.is_page:
            # It has shown a similar ticket, and asks again.
            back = [each for each in forms_on(answer) if each.names() >= form.names()]
            if back:
                answer = visitor.send(back[0], back[0].filled(words, csrf_token=visitor.token))
        self.keep([answer])
        if answer.status < 400:
            self.accepted[f"{form.method} {self.world.rule_of(form.method, form.path)}"] += 1
        if answer.status < 400 and (who == "anonymous" or answer.location.startswith("/connexion")):
            self.world.renew(who)
        return answer

    def one_of_each(self) -> list[tuple[str, PageForm]]:
        """Return a form of each kind, with its visitor."""
        return [found[0] for found in self.forms.values()]

    def keep(self, answers: Iterable[Seen]) -> None:
        """Keep some pages of each route, and all that hold a script.

        Where every text is escaped, further pages of the kind have no other elements.
        """
        for seen in answers:
            self.responses += 1
            self.failures += [f"{seen.status} {seen.path}"] * (seen.status >= FAILURE)
            place = self.world.rule_of(seen.response.request.method, seen.path), seen.status
            self._kept[place] += seen.is_page
            is_rare = self._kept[place] <= (MANY_OF_EACH if self.is_whole else 1)
            if seen.is_page and (is_rare or self._has_got_in(seen.html)):
                self.pages_kept.append(seen)

    def _has_got_in(self, html: str) -> bool:
        """Return whether a page holds a script as it was typed."""
        return any(part in html for part in PIECES) or any(text in html for text in self._markup)

    def routes_without_form(self) -> set[str]:
        """Return the posted routes that no page has a form for."""
        found = {rule for method, rule, *_ in self.forms if method == "POST"}
        return {row.route for row in ROWS if row.method == "POST"} - found


def known_word(name: str) -> str:
    """Return a new address or reference."""
    number = next(_numbers)
    return f"FTTO-{70_000 + number}" if name == "reference" else f"personne{number}@etxea.example"
