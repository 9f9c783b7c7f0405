/// `sluice.await_write(txid, timeout)`: waits in SQL until Salesforce has answered for everything that a transaction changed in mapped tables.
///
/// It returns one row a change, with the state, the Salesforce id and the message that it ended with; at the time-out what waits is returned as it
/// is, NEW or PENDING. A change that was merged into another is answered when that is.
enum AwaitWrite {
    static let function = """
        CREATE OR REPLACE FUNCTION sluice.await_write(txid bigint, timeout interval DEFAULT '30 seconds')
        RETURNS TABLE (schema_name text, id bigint, table_name text, record_id bigint, action text, state text, sfid text, message text)
        LANGUAGE plpgsql VOLATILE SET search_path TO pg_catalog AS $$
        #variable_conflict use_column
        DECLARE
            waited_for bigint := $1;
            until timestamptz := clock_timestamp() + $2;
            pause double precision := 0.005;
            mapped name;
            schemas name[];
            ids bigint[];
            waiting boolean;
        BEGIN
            IF waited_for IS NULL THEN RAISE EXCEPTION 'txid: expected the number of a transaction, as txid_current() says it, found NULL'; END IF;
            IF waited_for = txid_current_if_assigned() THEN
                RAISE EXCEPTION 'txid: the transaction % has not ended: commit it first, nothing is written before', waited_for;
            END IF;
            IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
                RAISE EXCEPTION 'a transaction of isolation level % sees nothing that is written after its beginning: wait in READ COMMITTED',
                    upper(current_setting('transaction_isolation'));
            END IF;
            schemas := ARRAY(
                SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relname = '_trigger_log' AND c.relkind = 'r' AND has_table_privilege(c.oid, 'SELECT'));
            FOREACH mapped IN ARRAY schemas LOOP
                EXECUTE format('SELECT array_agg(id ORDER BY id) FROM %I._trigger_log WHERE txid = $1', mapped) INTO ids USING waited_for;
                CONTINUE WHEN ids IS NULL;
                pause := 0.005;
                LOOP
                    EXECUTE format('SELECT EXISTS (SELECT FROM %I._trigger_log WHERE id = ANY ($1) AND (state = ''NEW'' OR state = ''PENDING''))', mapped)
                        INTO waiting USING ids;
                    EXIT WHEN NOT waiting OR clock_timestamp() >= until;
                    PERFORM pg_sleep(least(pause, greatest(extract(epoch FROM until - clock_timestamp()), 0)));
                    pause := least(pause * 1.5, 0.1);
                END LOOP;
                RETURN QUERY EXECUTE format(
                    'SELECT %L::text, l.id::bigint, l.table_name::text, l.record_id::bigint, l.action::text, l.state::text, l.sfid::text, l.sf_message
                     FROM (SELECT * FROM %I._trigger_log UNION ALL SELECT * FROM %I._trigger_log_archive) l WHERE l.id = ANY ($1) ORDER BY l.id',
                    mapped, mapped, mapped) USING ids;
            END LOOP;
        END;
        $$;
        COMMENT ON FUNCTION sluice.await_write IS 'Waits until Salesforce has answered for what a transaction changed; one row a change.'
        """
}
