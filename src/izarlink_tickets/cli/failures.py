"""What a command can fail of besides the portal's own refusals; `refusals` has the sentences."""


class Breach(Exception):
    """A verification found what must not be; the message is one sentence."""


class ClockImplausible(Exception):
    """The machine's clock is wrong: what would be recorded now could never be put right."""


class NotAtTheDesk(Exception):
    """The address is that of nobody who may work on tickets."""


class AddressTaken(Exception):
    """Nobody can listen there: another process does, or this machine has no such address. The message says which."""


class ServerFailed(Exception):
    """The server ended by itself; the log says why."""
