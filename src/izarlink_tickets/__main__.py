"""Let `python -m izarlink_tickets` be the command line."""

import sys

from izarlink_tickets.cli import main

if __name__ == "__main__":
    sys.exit(main())
