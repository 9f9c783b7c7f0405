"""Checks of what Sluice is deployed by: image, manifests, units, alert rules and the dashboard for Grafana."""
