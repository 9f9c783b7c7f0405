// SOQL and SOSL: from a text to rows, and from rows to JSON.
//
// `SOQLParser` reads, `QueryPlan` binds what it read to the schema, `QueryRunner` finds the rows in a `RowSource` and `RowShape` writes them.
// `PushTopic` holds a query against changes.
