-- How fast the org's last bulk query was: whether rows that changed are read by REST or by a bulk query is decided by it.
ALTER TABLE sluice.connections ADD COLUMN bulk_wait_ms integer, ADD COLUMN bulk_rows_per_second integer;
