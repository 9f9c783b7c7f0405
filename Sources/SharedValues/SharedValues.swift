/// Values of modules that must not know each other.
///
/// `JSONValue` is a JSON document as somebody wrote it, which Catalog keeps and MappedSchema makes of rows; `ChangeSelection` and `RowState` say which
/// failed changes and rows people mean: Catalog hands them on as arguments of jobs, MappedSchema makes conditions of them. Catalog re-exports the module.
enum SharedValues {}
