"""Faults against real processes, and an independent check of what is left: what scripts/chaos runs."""
