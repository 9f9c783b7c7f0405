-- Whether an exclusive key is running is asked by the lease, which no other index speaks of: the planner has none to take by mistake when it believes the
-- table to be empty. jobs_exclusive_running stays for as long as a version that asks by the state may run.
CREATE UNIQUE INDEX jobs_exclusive_leased ON sluice.jobs (exclusive_key) WHERE lease_token IS NOT NULL AND exclusive_key IS NOT NULL;
-- Autovacuum came for what is inserted, too: once a minute over all that an old transaction keeps. Workers sweep.
ALTER TABLE sluice.jobs SET (autovacuum_vacuum_insert_threshold = -1);
