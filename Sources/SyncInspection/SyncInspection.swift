// SyncInspection: what looks at a connection and answers people's questions.
//
// `DiagnoseStep` says what is wrong and what to do; `ExploreStep` shows rows beside their records; `ListObjectsStep` and `DescribeStep` tell what the
// org has, and `CompareVersionsStep` what another API version would change. What is found is the job's answer in the catalog. Nothing here
// changes a mapped table or a record.
