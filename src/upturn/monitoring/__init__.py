"""The published warehouse as Prometheus metrics."""
