"""Options and results of the benchmark."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a run.

    seconds: of each work, side and number of clients. only: starts of works' names. also: works besides.
    """

    seconds: float = 4.0
    clients: tuple[int, ...] = (1, 8)
    only: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    is_gzipped: bool = False

    def chooses(self, work: str) -> bool:
        """Whether a work is measured that a run without `only` measures."""
        return not self.only or self.names(work)

    def names(self, work: str) -> bool:
        """Whether a work is asked for by its name."""
        return work in self.also or any(work.startswith(start) for start in self.only)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a page or command with some clients. Milliseconds; None where there is no ideal, or no count.

    cpu: processor time of the server's tree for each request, which other load on the machine hardly changes.
    """

    database: str
    work: str
    clients: int
    p50: float
    p99: float
    longest: float
    per_second: float
    ideal_per_second: float | None
    ratio: float | None
    cpu: float
    ideal_cpu: float | None = None
    statements: float | None = None
    database_ms: float | None = None

    @property
    def cpu_ratio(self) -> float | None:
        """The processor time of the ideal, divided by the portal's."""
        return self.ideal_cpu / self.cpu if self.ideal_cpu is not None and self.cpu else None

    @property
    def key(self) -> tuple[str, str, str]:
        """The identity of the work in another run."""
        return self.database, self.work, str(self.clients)


@dataclass(frozen=True, slots=True)
class Measure:
    """One other figure of a work."""

    database: str
    work: str
    figure: str
    value: float
    unit: str
    is_higher_better: bool = True

    @property
    def key(self) -> tuple[str, str, str]:
        """The identity of the figure in another run."""
        return self.database, self.work, self.figure
