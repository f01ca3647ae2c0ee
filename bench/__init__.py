"""The benchmark: one command, `./run bench` (docs/performance.md)."""
