"""Who the demo is about: two customers with their connections, and the people on both sides."""

from dataclasses import dataclass

from izarlink_tickets.domain.vocabulary import Role

PASSWORD = "demo-izarlink-2026"  # noqa: S105 - printed on the demo's sign-in page
FIRST_PASSWORD = "premiere-connexion-2026"  # noqa: S105 - of the one who has never signed in

ETXEA = "Boulangerie Etxea"
MENDI = "Garage Mendi"
ORGANISATIONS = (ETXEA, MENDI)


@dataclass(frozen=True, slots=True)
class Line:
    """A contracted connection."""

    reference: str
    organisation: str
    label: str
    site: str
    offer: str


@dataclass(frozen=True, slots=True)
class Character:
    """A person of the demo. has_signed_in: has chosen `PASSWORD` and confirmed the contact details."""

    email: str
    name: str
    role: Role
    organisation: str | None = None
    phone: str = ""
    has_signed_in: bool = True

    @property
    def first_name(self) -> str:
        """What the stories call the person."""
        return self.email.partition("@")[0]


LINES = (
    Line("FTTO-00417", ETXEA, "Fibre dédiée du fournil", "Fournil de Bayonne, 12 rue des Basques", "FTTO 100 Mbit/s"),
    Line("SDSL-00112", ETXEA, "SDSL de la boutique", "Boutique d'Anglet, 3 avenue de Biarritz", "SDSL 8 Mbit/s"),
    Line("FTTH-00981", MENDI, "Fibre du garage", "Garage de Hasparren, route de Cambo", "FTTH Pro 800 Mbit/s"),
)

CHARACTERS = (
    Character("alice@etxea.example", "Alice Harispe", Role.CUSTOMER, ETXEA, "+33 5 59 00 04 17"),
    Character("bob@etxea.example", "Bob Larralde", Role.COMPANY, ETXEA, "+33 5 59 00 04 18"),
    Character("denis@etxea.example", "Denis Etcheverry", Role.CUSTOMER, ETXEA, has_signed_in=False),
    Character("charlie@mendi.example", "Charlie Mendiboure", Role.CUSTOMER, MENDI, "+33 5 59 00 09 81"),
    Character("sam@izarlink.example", "Sam Iriart", Role.SUPPORT),
    Character("nora@izarlink.example", "Nora Elizalde", Role.SUPPORT),
    Character("root@izarlink.example", "Root Irazoqui", Role.ADMINISTRATOR),
    Character("ada@izarlink.example", "Ada Bidart", Role.AUDITOR),
)
