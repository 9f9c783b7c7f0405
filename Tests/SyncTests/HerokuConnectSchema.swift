/// A schema as Heroku Connect leaves it, in plain SQL after public dumps (heroku-connect.md 2): nothing of it is made by the code under test.
enum HerokuConnectSchema {
    static let accountColumns = ["createddate", "isdeleted", "name", "phone", "industry", "external_id__c", "systemmodstamp", "sfid"]
    static let accountFields = ["CreatedDate", "IsDeleted", "Name", "Phone", "Industry", "External_Id__c", "SystemModstamp", "Id"]

    /// What `heroku connect:export` writes of it.
    static let export = """
        {"mappings": [{"object_name": "Account", "config": {"access": "read_write", "sf_notify_enabled": false, "sf_polling_seconds": 600,
        "sf_max_daily_api_calls": 30000, "upsert_field": "External_Id__c", "fields": {"CreatedDate": {}, "IsDeleted": {}, "Name": {}, "Phone": {},
        "Industry": {}, "External_Id__c": {}, "SystemModstamp": {}, "Id": {}},
        "indexes": {"Id": {"unique": true}, "SystemModstamp": {"unique": false}, "External_Id__c": {"unique": true}}}}], "version": 1}
        """

    /// The parts of a database that belong to all schemas in it.
    static let surroundings = """
        CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public;
        CREATE OR REPLACE FUNCTION public.get_xmlbinary() RETURNS character varying LANGUAGE plpgsql AS $$
        DECLARE xmlbin varchar; BEGIN SELECT INTO xmlbin setting FROM pg_settings WHERE name = 'xmlbinary'; RETURN xmlbin; END $$;
        """

    /// - Parameter organizationID: whose records they are.
    static func script(organizationID: String) -> String {
        let log = """
            txid bigint, created_at timestamptz%, updated_at timestamptz%, processed_at timestamptz, processed_tx bigint, state varchar(8),
            action varchar(7), table_name varchar(128), record_id integer, sfid varchar(18), old text, "values" text, sf_result integer, sf_message text
            """
        return """
            CREATE SCHEMA salesforce;
            CREATE TABLE salesforce._hcmeta (id serial PRIMARY KEY, hcver integer, org_id varchar(50), details text);
            INSERT INTO salesforce._hcmeta (hcver, org_id, details) VALUES (26, '\(organizationID)', '{"cell": "3"}');
            CREATE TABLE salesforce._trigger_log (id serial PRIMARY KEY, \(log.replacing("%", with: " DEFAULT now()")));
            CREATE INDEX _trigger_log_idx_created_at ON salesforce._trigger_log (created_at);
            CREATE INDEX _trigger_log_idx_state_id ON salesforce._trigger_log (state, id);
            CREATE INDEX _trigger_log_idx_state_table_name ON salesforce._trigger_log (state, table_name) WHERE state = 'NEW' OR state = 'PENDING';
            CREATE TABLE salesforce._trigger_log_archive (id integer PRIMARY KEY, \(log.replacing("%", with: "")));
            CREATE INDEX _trigger_log_archive_idx_created_at ON salesforce._trigger_log_archive (created_at);
            CREATE INDEX _trigger_log_archive_idx_record_id ON salesforce._trigger_log_archive (record_id);
            CREATE INDEX _trigger_log_archive_idx_state_table_name ON salesforce._trigger_log_archive (state, table_name) WHERE state = 'FAILED';
            CREATE TABLE salesforce._sf_event_log (id serial PRIMARY KEY, table_name varchar(128), action varchar(7), synced_at timestamptz DEFAULT now(),
                sf_timestamp timestamptz, sfid varchar(20), record text, processed boolean);
            CREATE FUNCTION salesforce.tlog_notify_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
            -- VERSION 1 --
            BEGIN PERFORM pg_notify('salesforce.hc_trigger_log', 'ping'); RETURN new; END $$;
            CREATE TRIGGER tlog_insert_trigger AFTER INSERT ON salesforce._trigger_log FOR EACH ROW EXECUTE FUNCTION salesforce.tlog_notify_trigger();
            CREATE FUNCTION salesforce.hc_capture_insert_from_row(source_row hstore, table_name varchar, excluded_cols text[] DEFAULT ARRAY[]::text[])
            RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
            CREATE FUNCTION salesforce.hc_capture_update_from_row(source_row hstore, table_name varchar, columns_to_include text[] DEFAULT ARRAY[]::text[])
            RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
            CREATE TABLE salesforce.account (
                createddate timestamp, isdeleted boolean, name varchar(255), phone varchar(40), industry varchar(255), external_id__c varchar(80),
                systemmodstamp timestamp, sfid varchar(18), id serial PRIMARY KEY, _hc_lastop varchar(32), _hc_err varchar(1024));
            CREATE UNIQUE INDEX hcu_idx_account_sfid ON salesforce.account (sfid);
            CREATE UNIQUE INDEX hcu_idx_account_external_id__c ON salesforce.account (external_id__c);
            CREATE FUNCTION salesforce.hc_account_logger() RETURNS trigger LANGUAGE plpgsql AS $$
            -- VERSION 4 --
            DECLARE
                trigger_row salesforce._trigger_log; excluded_cols text[] = ARRAY['_hc_lastop', '_hc_err']::text[];
            BEGIN
                trigger_row = ROW();
                trigger_row.id = nextval('salesforce._trigger_log_id_seq'); trigger_row.action = TG_OP::text; trigger_row.table_name = TG_TABLE_NAME::text;
                trigger_row.txid = txid_current(); trigger_row.created_at = clock_timestamp(); trigger_row.state = 'NEW';
                IF (TG_OP = 'DELETE') THEN
                    trigger_row.record_id = OLD.id; trigger_row.old = hstore(OLD.*) - excluded_cols;
                    IF (OLD.sfid IS NOT NULL) THEN trigger_row.sfid = OLD.sfid; ELSE trigger_row.state = 'IGNORE'; END IF;
                ELSEIF (TG_OP = 'INSERT') THEN
                    trigger_row.record_id = NEW.id; trigger_row.values = hstore(NEW.*) - excluded_cols;
                ELSE
                    trigger_row.record_id = NEW.id; trigger_row.old = hstore(OLD.*) - excluded_cols;
                    trigger_row.values = (hstore(NEW.*) - hstore(trigger_row.old)) - excluded_cols;
                    IF (OLD.sfid IS NOT NULL) THEN trigger_row.sfid = OLD.sfid; END IF;
                    IF (trigger_row.values = ''::text) THEN trigger_row.state = 'IGNORE'; END IF;
                END IF;
                INSERT INTO salesforce._trigger_log VALUES (trigger_row.*);
                RETURN NULL;
            END $$;
            CREATE FUNCTION salesforce.hc_account_status() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF (get_xmlbinary() = 'base64') THEN NEW._hc_lastop = 'PENDING'; NEW._hc_err = NULL; RETURN NEW;
                ELSIF (TG_OP = 'UPDATE' AND NEW._hc_lastop IS NOT NULL AND NEW._hc_lastop <> OLD._hc_lastop) THEN RETURN NEW;
                END IF;
                NEW._hc_lastop = 'SYNCED'; NEW._hc_err = NULL; RETURN NEW;
            END $$;
            CREATE TRIGGER hc_account_status_trigger BEFORE INSERT OR UPDATE ON salesforce.account
                FOR EACH ROW EXECUTE FUNCTION salesforce.hc_account_status();
            CREATE TRIGGER hc_account_logtrigger AFTER INSERT OR DELETE OR UPDATE ON salesforce.account
                FOR EACH ROW WHEN (public.get_xmlbinary()::text = 'base64'::text) EXECUTE FUNCTION salesforce.hc_account_logger();
            """
    }

    /// What users have made beside it.
    static let ofUsers = """
        ALTER TABLE salesforce.account ADD COLUMN note text;
        CREATE INDEX account_note ON salesforce.account (note);
        CREATE VIEW salesforce.customers AS SELECT id, sfid, name, note FROM salesforce.account;
        COMMENT ON VIEW salesforce.customers IS 'of ours';
        CREATE TABLE public.orders (id serial PRIMARY KEY, account integer REFERENCES salesforce.account (id));
        CREATE FUNCTION public.stamp_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE TRIGGER users_own BEFORE UPDATE ON salesforce.account FOR EACH ROW EXECUTE FUNCTION public.stamp_note();
        """
}
