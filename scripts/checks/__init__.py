"""The demo and its checker: they start the cluster as a person would, and look at the org and the database from outside."""
