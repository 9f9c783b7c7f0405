-- Jobs that come again. Each due time of a schedule, its slot, becomes one job, however many processes fire it and whoever dies meanwhile.
CREATE TABLE sluice.schedules (
    name          text        PRIMARY KEY,
    kind          text        NOT NULL,
    connection_id uuid,
    mapping_id    uuid,
    args          jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(args) = 'object'),
    priority      smallint    NOT NULL DEFAULT 100 CHECK (priority BETWEEN 0 AND 200),
    timeout       interval    NOT NULL DEFAULT '1 hour',
    max_attempts  integer     NOT NULL DEFAULT 10,
    -- With a unique key, a slot that comes while the last one's job still waits makes none.
    unique_key    text,
    exclusive_key text,
    -- One of the two says when: a fixed pause, or the five fields of cron read in a time zone.
    every         interval    CHECK (every >= '1 second' AND extract(year FROM every) = 0 AND extract(month FROM every) = 0),
    cron          text,
    time_zone     text        NOT NULL DEFAULT 'UTC',
    -- Slots that nobody fired in time: one job for all of them, or a job for each.
    missed        text        NOT NULL DEFAULT 'once' CHECK (missed IN ('once', 'each')),
    paused        boolean     NOT NULL DEFAULT false,
    -- Left out, the next slot from now on.
    next_at       timestamptz NOT NULL,
    last_at       timestamptz
);
CREATE INDEX schedules_due ON sluice.schedules (next_at) WHERE NOT paused;

-- Which slots were fired: a slot is never fired again, even when next_at is set back.
CREATE TABLE sluice.schedule_runs (
    name     text        NOT NULL,
    slot     timestamptz NOT NULL,
    fired_at timestamptz NOT NULL DEFAULT sluice.clock(),
    PRIMARY KEY (name, slot)
);
CREATE INDEX schedule_runs_slot ON sluice.schedule_runs (slot);

-- The values of one field of cron: lists, ranges, steps, and names where the field has them.
CREATE FUNCTION sluice.cron_field(field text, what text, low integer, high integer, names text[]) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    part text;
    match text[];
    first integer;
    final integer;
    step integer;
    found integer[] = '{}';
BEGIN
    FOREACH part IN ARRAY string_to_array(lower(field), ',') LOOP
        match = regexp_match(part, '^(?:(\*)|([a-z]+|\d{1,2})(?:-([a-z]+|\d{1,2}))?)(?:/(\d{1,2}))?$');
        IF match[1] IS NOT NULL THEN
            first = low;
            final = high;
        ELSE
            first = CASE WHEN match[2] ~ '^\d+$' THEN match[2]::integer ELSE array_position(names, match[2]) - 1 + low END;
            final = CASE WHEN match[3] ~ '^\d+$' THEN match[3]::integer
                         WHEN match[3] IS NOT NULL THEN array_position(names, match[3]) - 1 + low
                         WHEN match[4] IS NOT NULL THEN high
                         ELSE first END;
        END IF;
        step = coalesce(match[4]::integer, 1);
        IF match IS NULL OR first IS NULL OR final IS NULL OR first < low OR final > high OR first > final OR step = 0 THEN
            RAISE EXCEPTION 'the field % of the cron expression: expected values from % to %, such as *, %, %-% or */5, found "%"',
                what, low, high, low, low, high, part USING ERRCODE = 'invalid_parameter_value';
        END IF;
        found = found || ARRAY(SELECT generate_series(first, final, step));
    END LOOP;
    RETURN found;
END $$;

-- The first time after the given one at which a cron expression is due in a time zone. A wall-clock time that comes twice when clocks go
-- back counts once, the first time, unless the expression is for every hour; one that is left out when they go forward counts as much later
-- as clocks went forward. As with cron, day and weekday that are both restricted mean either.
CREATE FUNCTION sluice.cron_next(cron text, time_zone text, after timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    fields text[] = regexp_split_to_array(btrim(CASE lower(btrim(cron))
        WHEN '@hourly' THEN '0 * * * *' WHEN '@daily' THEN '0 0 * * *' WHEN '@weekly' THEN '0 0 * * 0'
        WHEN '@monthly' THEN '0 0 1 * *' WHEN '@yearly' THEN '0 0 1 1 *' ELSE cron END), '\s+');
    minutes integer[];
    hours integer[];
    days integer[];
    months integer[];
    weekdays integer[];
    is_every_hour boolean;
    day date;
    found timestamptz;
BEGIN
    IF cardinality(fields) <> 5 THEN
        RAISE EXCEPTION 'the cron expression "%": expected five fields (minute, hour, day, month, weekday), or @hourly, @daily, @weekly, @monthly or @yearly',
            cron USING ERRCODE = 'invalid_parameter_value';
    END IF;
    minutes = sluice.cron_field(fields[1], 'minute', 0, 59, '{}');
    hours = sluice.cron_field(fields[2], 'hour', 0, 23, '{}');
    days = sluice.cron_field(fields[3], 'day', 1, 31, '{}');
    months = sluice.cron_field(fields[4], 'month', 1, 12, '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}');
    -- Sunday is 0, and 7 as well.
    weekdays = array_replace(sluice.cron_field(fields[5], 'weekday', 0, 7, '{sun,mon,tue,wed,thu,fri,sat}'), 7, 0);
    is_every_hour = (SELECT count(DISTINCT hour) = 24 FROM unnest(hours) AS hour);
    day = (after AT TIME ZONE time_zone)::date;
    -- Eight years hold a 29 February even around 2100.
    FOR passed IN 0 .. 8 * 366 LOOP
        IF extract(month FROM day)::integer = ANY (months) AND (CASE
            WHEN fields[3] LIKE '*%' OR fields[5] LIKE '*%'
            THEN extract(day FROM day)::integer = ANY (days) AND extract(dow FROM day)::integer = ANY (weekdays)
            ELSE extract(day FROM day)::integer = ANY (days) OR extract(dow FROM day)::integer = ANY (weekdays) END)
        THEN
            SELECT min(due) INTO found
            FROM unnest(hours) AS hour CROSS JOIN unnest(minutes) AS minute
            CROSS JOIN LATERAL (SELECT day + make_time(hour, minute, 0) AS wall) AS local
            CROSS JOIN LATERAL (
                -- By the offset from UTC that the day begins with, and by the one that it ends with.
                SELECT min(at) AS first, max(at) AS final
                FROM (VALUES ((day::timestamp AT TIME ZONE time_zone) + (wall - day)),
                             (((day + 1)::timestamp AT TIME ZONE time_zone) - ((day + 1) - wall))) AS instant(at)
                WHERE at AT TIME ZONE time_zone = wall
            ) AS instants
            CROSS JOIN LATERAL (
                VALUES (coalesce(instants.first, wall AT TIME ZONE time_zone)), (CASE WHEN is_every_hour THEN instants.final END)
            ) AS times(due)
            WHERE due > after;
            IF found IS NOT NULL THEN RETURN found; END IF;
        END IF;
        day = day + 1;
    END LOOP;
    RAISE EXCEPTION 'the cron expression "%": no date ever matches it', cron USING ERRCODE = 'invalid_parameter_value';
END $$;

-- A schedule's first slot after the given time. A fixed pause keeps its beat: slots are whole pauses away from `slot`, one of its slots.
CREATE FUNCTION sluice.next_slot(every interval, cron text, time_zone text, slot timestamptz, after timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE
RETURN CASE
    WHEN every IS NOT NULL
    THEN slot + every * (floor(extract(epoch FROM after - slot) / extract(epoch FROM every)) + 1)::double precision
    ELSE sluice.cron_next(cron, time_zone, after)
END;

-- Finds the next slot of a new schedule, and of one whose times were changed; refuses what no clock can follow.
CREATE FUNCTION sluice.schedule_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF num_nonnulls(NEW.every, NEW.cron) <> 1 THEN
        RAISE EXCEPTION 'the schedule "%": expected one of every and cron', NEW.name USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Fails by itself when there is no such time zone, and names it.
    PERFORM sluice.clock() AT TIME ZONE NEW.time_zone;
    IF NEW.cron IS NOT NULL THEN PERFORM sluice.cron_next(NEW.cron, NEW.time_zone, sluice.clock()); END IF;
    IF NEW.next_at IS NULL OR TG_OP = 'UPDATE' THEN
        NEW.next_at = sluice.next_slot(NEW.every, NEW.cron, NEW.time_zone, coalesce(NEW.last_at, sluice.clock()), sluice.clock());
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER schedule_made BEFORE INSERT ON sluice.schedules FOR EACH ROW EXECUTE FUNCTION sluice.schedule_changed();
CREATE TRIGGER schedule_changed BEFORE UPDATE ON sluice.schedules FOR EACH ROW
    WHEN ((OLD.every, OLD.cron, OLD.time_zone) IS DISTINCT FROM (NEW.every, NEW.cron, NEW.time_zone))
    EXECUTE FUNCTION sluice.schedule_changed();
