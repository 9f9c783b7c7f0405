"""What scripts/bench runs: each benchmark prints its figures and, beside them, the limit or the peer measured in the same run."""
