-- Workers sweep the dead rows of live jobs, and know when an old transaction keeps them all; autovacuum, which walks over them again once a minute for as long
-- as that is open, comes where nobody sweeps: very late, and slowly.
ALTER TABLE sluice.jobs SET (autovacuum_vacuum_threshold = 20000000, autovacuum_vacuum_cost_delay = 20);
