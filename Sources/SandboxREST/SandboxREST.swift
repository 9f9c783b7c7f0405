// What lies below `/services/data/vNN.0` for one object or one query: describe (`DescribeRoutes`), records (`RecordRoutes`,
// `CollectionRoutes`), queries and their cursors (`QueryRoutes`), search, and what changed or was deleted (`ReplicationRoutes`).
