// Both Bulk APIs: 2.0 (`BulkQueryRoutes`, `BulkIngestRoutes`) below `/services/data`, and 1.0 (`AsyncRoutes`) in CSV, JSON and XML.
//
// A result is streamed as fast as the client takes it (`CSVRowEncoder`); an ingest job's rows go through the `RecordWriter` of other writes.
