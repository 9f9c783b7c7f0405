"""A record of what happened to each job, kept by triggers of its own, and the verdict over it: none of Sluice's code is asked."""

from checks.database import Database
from checks.report import Report

SETUP = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.enqueued (job_id bigint, exclusive_key text);
CREATE TABLE chaos.claims (number bigint GENERATED ALWAYS AS IDENTITY, job_id bigint, token bigint);
CREATE TABLE chaos.ends (job_id bigint, token bigint);
CREATE TABLE chaos.finished (job_id bigint, state text, at timestamptz);

CREATE FUNCTION chaos.note_enqueued() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO chaos.enqueued SELECT id, exclusive_key FROM new_jobs WHERE kind = 'probe'; RETURN NULL; END $$;
CREATE TRIGGER chaos_enqueued AFTER INSERT ON sluice.jobs REFERENCING NEW TABLE AS new_jobs
    FOR EACH STATEMENT EXECUTE FUNCTION chaos.note_enqueued();

CREATE FUNCTION chaos.note_claims() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO chaos.claims (job_id, token) SELECT n.id, n.lease_token FROM new_jobs n JOIN old_jobs o USING (id)
    WHERE n.kind = 'probe' AND n.lease_token IS DISTINCT FROM o.lease_token AND n.lease_token IS NOT NULL; RETURN NULL; END $$;
CREATE TRIGGER chaos_claims AFTER UPDATE ON sluice.jobs REFERENCING OLD TABLE AS old_jobs NEW TABLE AS new_jobs
    FOR EACH STATEMENT EXECUTE FUNCTION chaos.note_claims();

CREATE FUNCTION chaos.note_ends() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO chaos.ends SELECT id, lease_token FROM old_jobs WHERE kind = 'probe'; RETURN NULL; END $$;
CREATE TRIGGER chaos_ends AFTER DELETE ON sluice.jobs REFERENCING OLD TABLE AS old_jobs
    FOR EACH STATEMENT EXECUTE FUNCTION chaos.note_ends();

CREATE FUNCTION chaos.note_finished() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO chaos.finished SELECT id, state, clock_timestamp() FROM new_jobs WHERE kind = 'probe'; RETURN NULL; END $$;
CREATE TRIGGER chaos_finished AFTER INSERT ON sluice.finished_jobs REFERENCING NEW TABLE AS new_jobs
    FOR EACH STATEMENT EXECUTE FUNCTION chaos.note_finished();
"""


class Ledger:
    """The record, and what must be true of it in the end."""

    def __init__(self, database: Database) -> None:
        self.database = database
        database.rows(SETUP)

    def finished(self) -> int:
        return self.database.number("SELECT count(*) FROM chaos.finished")

    def left(self) -> int:
        return self.database.number("SELECT count(*) FROM sluice.jobs WHERE kind = 'probe'")

    def verdict(self, report: Report, acknowledged: int) -> None:
        number = self.database.number
        enqueued = number("SELECT count(*) FROM chaos.enqueued")
        report.check(
            enqueued >= acknowledged,
            f"{enqueued:,} jobs were enqueued, of which {acknowledged:,} were acknowledged to the one who enqueued them")
        lost = number("SELECT count(*) FROM chaos.enqueued e WHERE NOT EXISTS (SELECT FROM chaos.finished f WHERE f.job_id = e.job_id)")
        report.check(lost == 0 and self.left() == 0, f"{lost} jobs were lost, {self.left()} never ended")
        twice = number("SELECT count(*) FROM (SELECT FROM chaos.finished GROUP BY job_id HAVING count(*) > 1) AS t")
        report.check(twice == 0, f"{twice} jobs ended twice")
        states = self.database.counts("SELECT state, count(*) FROM chaos.finished GROUP BY state")
        errors = self.database.rows("SELECT DISTINCT left(last_error, 200) FROM sluice.failed_jobs WHERE kind = 'probe' LIMIT 3")
        report.check(
            states == {"completed": enqueued},
            f"how they ended: {', '.join(f'{count:,} {state}' for state, count in states.items())}" + "".join(f"; {row[0]}" for row in errors))
        stale = number("""
            SELECT count(*) FROM chaos.ends e JOIN (SELECT DISTINCT ON (job_id) job_id, token FROM chaos.claims ORDER BY job_id, number DESC) AS last USING (job_id)
            WHERE e.token IS DISTINCT FROM last.token""")
        report.check(stale == 0, f"{stale} jobs were ended under a lease that was not the last")
        hollow = number("""
            SELECT count(*) FROM chaos.ends e
            WHERE NOT EXISTS (SELECT FROM probe_runs r WHERE r.job_id = e.job_id AND r.token = e.token AND r.ended_at IS NOT NULL)""")
        report.check(hollow == 0, f"{hollow} jobs were completed under a lease whose handler had not come to its end")
        overlaps = number("""
            SELECT count(*) FROM (
                SELECT r.started_at, lag(r.ended_at) OVER (PARTITION BY e.exclusive_key ORDER BY r.started_at) AS before
                FROM probe_runs r JOIN chaos.enqueued e USING (job_id) WHERE e.exclusive_key IS NOT NULL AND r.ended_at IS NOT NULL
            ) AS runs WHERE before > started_at""")
        report.check(overlaps == 0, f"{overlaps} runs overlapped another of their exclusive key")
        claims, runs, unended = (int(value) for value in self.database.rows("""
            SELECT (SELECT count(*) FROM chaos.claims), count(*), count(*) FILTER (WHERE ended_at IS NULL) FROM probe_runs""")[0])
        print(f"     {claims:,} claims, {runs:,} runs, of which {unended:,} came to no end; {runs - enqueued:,} more runs than jobs", flush=True)
