"""The judge of the sync: actors, a nemesis, a ledger of what was done, and a checker that shares no code with the product."""
