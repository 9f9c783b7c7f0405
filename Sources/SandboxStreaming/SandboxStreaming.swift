// Change events and push topics over CometD: `CometRoutes` speaks Bayeux, `CometClients` holds who listens and where each of them is,
// `EventWriter` writes what the `EventLog` keeps, and `EventSchemaRoutes` describes it.
