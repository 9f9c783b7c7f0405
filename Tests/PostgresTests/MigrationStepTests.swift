import Postgres
import Testing

@Suite("A plan of a migration")
struct MigrationStepTests {
    @Test(
        "tells what takes something away from an older version",
        arguments: [
            ("CREATE TABLE a (b int)", false), ("CREATE OR REPLACE VIEW a AS SELECT 1", false), ("ALTER TABLE a ADD COLUMN b text", false),
            ("ALTER TABLE a ALTER COLUMN b SET DEFAULT 1", false), ("CREATE INDEX i ON a (b)", false), ("DROP INDEX i", false),
            ("ALTER INDEX i RENAME TO j", false), ("INSERT INTO a SELECT 1", false), ("drop table a", true), ("DROP VIEW a", true),
            ("DROP FUNCTION a(int)", true), ("ALTER TABLE a DROP COLUMN b", true), ("ALTER TABLE a RENAME TO b", true),
            ("ALTER TABLE a\n  RENAME COLUMN b TO c", true), ("ALTER TABLE a ALTER COLUMN b TYPE int", true),
            ("ALTER TABLE a ALTER COLUMN b SET NOT NULL", true), ("TRUNCATE a", true), ("ALTER TABLE a ADD COLUMN b text NOT NULL", false),
        ])
    func contraction(_ statement: String, _ contracts: Bool) {
        #expect(MigrationStep.steps(of: statement + ";").map(\.contracts) == [contracts])
    }

    @Test("has a step for each statement, whatever stands in its texts")
    func statements() {
        let sql = """
            -- a comment; with a semicolon
            CREATE TABLE a (b text DEFAULT ';');
            CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $body$ DROP TABLE a; SELECT 'it''s' $body$;
            COMMENT ON TABLE a IS 'x; y';  -- the end
            """
        let steps = MigrationStep.steps(of: sql)
        #expect(
            steps.map(\.summary) == [
                "CREATE TABLE a", "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $body$", "COMMENT ON TABLE a IS 'x; y'",
            ])
        #expect(steps.map(\.contracts) == [false, false, false])
    }
}
