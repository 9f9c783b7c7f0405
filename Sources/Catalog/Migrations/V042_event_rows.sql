-- The row that a line of the log speaks of, where it speaks of one: by its number in the mapped table, its record's id, or both.
ALTER TABLE sluice.events ADD COLUMN row_id bigint, ADD COLUMN sfid text;
