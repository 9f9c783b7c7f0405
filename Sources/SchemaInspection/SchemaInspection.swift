/// Looks at a mapped schema as it is, and holds it against what it should be.
///
/// `Inspection` gathers facts for a diagnosis, `Adoption` brings a schema that Heroku Connect filled to what mappings need and tells every alteration,
/// `Verification` compares rows with staged records as sets, and `Explorer` shows single rows beside their records. Only an adoption changes the
/// schema. Nothing here talks to Salesforce or knows what a job is for.
enum SchemaInspection {}
