-- What failed and waits for another attempt, for people to look at: next to nothing, so that finding it must not read all that waits. A job
-- that ends at its first attempt is never in here.
CREATE INDEX jobs_retried ON sluice.jobs (attempt DESC) WHERE state = 'available' AND attempt > 0;
