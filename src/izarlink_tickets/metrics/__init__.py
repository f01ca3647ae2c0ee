"""Figures for machines that watch: what each process has counted, and how the installation is doing, for Prometheus.

Served on an address of its own, `METRICS_BIND`, that no visitor reaches. It names no person, no ticket and no text.
Nothing of it is loaded where that setting is missing.
"""
