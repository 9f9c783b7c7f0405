/// Values without I/O that modules share which must not know each other; Catalog re-exports them.
///
/// `JSONValue` is a JSON document as somebody wrote it, which Catalog keeps, MappedSchema makes of rows and the API answers with. `ConnectionState` and
/// `MappingState` are the states that Heroku Connect's clients know; `Diagnosis`, `Finding` and `DiagnosisRule` what is found wrong and what to do.
/// `ChangeSelection` and `MappedRowState` say which failed changes and rows people mean.
enum SharedValues {}
