// The org: who may change what, and what becomes of it.
//
// `Org` guards the `OrgState`. `RecordWriter` changes rows under Salesforce's rules. When a transaction is over, its `RowChange`s go to the
// `EventLog`, from which subscribers are served, and to the `Journal`, which brings the org back after its process was killed. `Sessions` are the
// tokens that were given out.
