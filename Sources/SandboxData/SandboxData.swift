// What an org is described to be, and rows of it.
//
// `SchemaDocument` is the schema as a file writes it, `SchemaBuilder` makes an `OrgSchema` of it and `SchemaEditor` changes one.
// A row is generated from a seed when it is read (`FieldGenerator`), and what was written lies over it (`RowStore`), so that a million rows
// cost nothing. A `Table` finds rows by time and by value, and leaves a `RowChange` for each that is written; an `OrgSnapshot` is all of them
// at one moment, and what `FormulaEvaluator` computes with. Nothing here locks, and nothing knows of HTTP.
