"""Prometheus metrics of the processes and of the installation's health.

They are served on `METRICS_BIND`, an address without visitors, and contain no person, ticket or text. Without that
setting nothing of this package is loaded.
"""
