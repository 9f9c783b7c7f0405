"""Tests of what all benchmarks share: python3 -m unittest discover --start-directory scripts/benchmarks/tests --top-level-directory scripts"""
