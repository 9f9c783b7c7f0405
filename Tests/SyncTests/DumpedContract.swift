/// What `pg_dump -s` prints of a mapped schema, object by object, written after the contract (heroku-connect.md 2) and not after the code under test:
/// Account read_write with a unique external id, Contact read_only. Functions are named, their bodies are another matter.
enum DumpedContract {
    static let accountFields = [
        "Id", "IsDeleted", "CreatedDate", "SystemModstamp", "Name", "Type", "NumberOfEmployees", "AnnualRevenue", "Description", "Phone",
        "BillingCity", "BillingLatitude", "Customer_Since__c", "Last_Visit__c", "Interests__c", "ParentId", "Parent__External_Id__c",
        "External_Id__c",
    ]
    static let contactFields = ["Id", "IsDeleted", "SystemModstamp", "AccountId", "LastName", "Email", "Birthdate"]

    static let statements: Set<String> = Set(text.split(separator: "\n\n").map { joined($0) })

    /// What the trigger log has besides: a failed change that somebody sets to NEW is captured by it, and retries of a row are found by the row.
    static let additions: Set<String> = Set(
        """
        CREATE FUNCTION salesforce.tlog_retry_trigger() RETURNS trigger

        CREATE TRIGGER tlog_retry_trigger BEFORE UPDATE OF state ON salesforce._trigger_log FOR EACH ROW
        WHEN ((((new.state)::text = ANY ((ARRAY['NEW'::character varying, 'REQUEUE'::character varying, 'IGNORED'::character varying])::text[]))
        AND ((public.get_xmlbinary())::text = 'base64'::text))) EXECUTE FUNCTION salesforce.tlog_retry_trigger()

        CREATE TRIGGER tlog_retry_trigger BEFORE UPDATE OF state ON salesforce._trigger_log_archive FOR EACH ROW
        WHEN ((((new.state)::text = ANY ((ARRAY['NEW'::character varying, 'REQUEUE'::character varying])::text[]))
        AND ((public.get_xmlbinary())::text = 'base64'::text))) EXECUTE FUNCTION salesforce.tlog_retry_trigger()

        CREATE INDEX _trigger_log_idx_record_id ON salesforce._trigger_log USING btree (record_id)

        CREATE INDEX _trigger_log_idx_waiting_record_id ON salesforce._trigger_log USING btree (record_id)
        WHERE (((state)::text = 'NEW'::text) OR ((state)::text = 'PENDING'::text))
        """.split(separator: "\n\n").map { joined($0) })

    /// White space is no part of an object.
    static func joined(_ text: some StringProtocol) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ").replacing("( ", with: "(").replacing(" )", with: ")")
    }

    private static let log = """
        txid bigint, created_at timestamp with time zone%, updated_at timestamp with time zone%, processed_at timestamp with time zone, processed_tx bigint,
        state character varying(8), action character varying(7), table_name character varying(128), record_id integer, sfid character varying(18),
        old text, "values" text, sf_result integer, sf_message text
        """

    private static func serial(_ table: String, _ column: String = "id") -> String {
        """
        CREATE SEQUENCE salesforce.\(table)_\(column)_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1

        ALTER SEQUENCE salesforce.\(table)_\(column)_seq OWNED BY salesforce.\(table).\(column)

        ALTER TABLE ONLY salesforce.\(table) ALTER COLUMN \(column) SET DEFAULT nextval('salesforce.\(table)_\(column)_seq'::regclass)

        ALTER TABLE ONLY salesforce.\(table) ADD CONSTRAINT \(table)_pkey PRIMARY KEY (\(column))
        """
    }

    private static func capture(_ table: String) -> String {
        """
        CREATE FUNCTION salesforce.hc_\(table)_logger() RETURNS trigger

        CREATE FUNCTION salesforce.hc_\(table)_status() RETURNS trigger

        CREATE TRIGGER hc_\(table)_logtrigger AFTER INSERT OR DELETE OR UPDATE ON salesforce.\(table) FOR EACH ROW
        WHEN (((public.get_xmlbinary())::text = 'base64'::text)) EXECUTE FUNCTION salesforce.hc_\(table)_logger()

        CREATE TRIGGER hc_\(table)_status_trigger BEFORE INSERT OR UPDATE ON salesforce.\(table) FOR EACH ROW
        EXECUTE FUNCTION salesforce.hc_\(table)_status()

        CREATE UNIQUE INDEX hcu_idx_\(table)_sfid ON salesforce.\(table) USING btree (sfid)

        CREATE INDEX hc_idx_\(table)_systemmodstamp ON salesforce.\(table) USING btree (systemmodstamp)
        """
    }

    private static let text = """
        CREATE SCHEMA salesforce

        CREATE TABLE salesforce._hcmeta (id integer NOT NULL, hcver integer, org_id character varying(50), details text)

        \(serial("_hcmeta"))

        CREATE TABLE salesforce._trigger_log (id integer NOT NULL, \(log.replacing("%", with: " DEFAULT now()")))

        \(serial("_trigger_log"))

        CREATE INDEX _trigger_log_idx_created_at ON salesforce._trigger_log USING btree (created_at)

        CREATE INDEX _trigger_log_idx_state_id ON salesforce._trigger_log USING btree (state, id)

        CREATE INDEX _trigger_log_idx_state_table_name ON salesforce._trigger_log USING btree (state, table_name)
        WHERE (((state)::text = 'NEW'::text) OR ((state)::text = 'PENDING'::text))

        CREATE TABLE salesforce._trigger_log_archive (id integer NOT NULL, \(log.replacing("%", with: "")))

        ALTER TABLE ONLY salesforce._trigger_log_archive ADD CONSTRAINT _trigger_log_archive_pkey PRIMARY KEY (id)

        CREATE INDEX _trigger_log_archive_idx_created_at ON salesforce._trigger_log_archive USING btree (created_at)

        CREATE INDEX _trigger_log_archive_idx_record_id ON salesforce._trigger_log_archive USING btree (record_id)

        CREATE INDEX _trigger_log_archive_idx_state_table_name ON salesforce._trigger_log_archive USING btree (state, table_name)
        WHERE ((state)::text = 'FAILED'::text)

        CREATE TABLE salesforce._sf_event_log (id integer NOT NULL, table_name character varying(128), action character varying(7),
        synced_at timestamp with time zone DEFAULT now(), sf_timestamp timestamp with time zone, sfid character varying(20), record text, processed boolean)

        \(serial("_sf_event_log"))

        CREATE INDEX idx__sf_event_log_comp_key ON salesforce._sf_event_log USING btree (table_name, synced_at)

        CREATE INDEX idx__sf_event_log_sfid ON salesforce._sf_event_log USING btree (sfid)

        CREATE FUNCTION public.get_xmlbinary() RETURNS character varying

        CREATE FUNCTION salesforce.tlog_notify_trigger() RETURNS trigger

        CREATE TRIGGER tlog_insert_trigger AFTER INSERT ON salesforce._trigger_log FOR EACH ROW EXECUTE FUNCTION salesforce.tlog_notify_trigger()

        CREATE FUNCTION salesforce.hc_capture_insert_from_row(source_row public.hstore, table_name character varying,
        excluded_cols text[] DEFAULT ARRAY[]::text[]) RETURNS integer

        CREATE FUNCTION salesforce.hc_capture_update_from_row(source_row public.hstore, table_name character varying,
        columns_to_include text[] DEFAULT ARRAY[]::text[]) RETURNS integer

        CREATE TABLE salesforce.account (isdeleted boolean, createddate timestamp without time zone, systemmodstamp timestamp without time zone,
        name character varying(255), type character varying(255), numberofemployees integer, annualrevenue double precision, description text,
        phone character varying(40), billingcity character varying(40), billinglatitude double precision, customer_since__c date,
        last_visit__c timestamp without time zone, interests__c character varying(4099), parentid character varying(18),
        parent__external_id__c character varying(80), external_id__c character varying(80),
        sfid character varying(18) COLLATE pg_catalog.ucs_basic, id integer NOT NULL, _hc_lastop character varying(32), _hc_err text)

        \(serial("account"))

        \(capture("account"))

        CREATE UNIQUE INDEX hcu_idx_account_external_id__c ON salesforce.account USING btree (external_id__c)

        CREATE TABLE salesforce.contact (isdeleted boolean, systemmodstamp timestamp without time zone, accountid character varying(18),
        lastname character varying(80), email character varying(80), birthdate date,
        sfid character varying(18) COLLATE pg_catalog.ucs_basic, id integer NOT NULL, _hc_lastop character varying(32), _hc_err text)

        \(serial("contact"))

        \(capture("contact"))
        """
}
