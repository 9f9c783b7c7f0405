// Prometheus: metrics of a process as Prometheus reads them.
//
// `PrometheusRegistry` is a backend of swift-metrics: whoever counts and measures writes to that façade and knows nothing of Prometheus.
// Besides, collectors may be added: they tell at the time of a scrape what only a look elsewhere can tell, such as the database, and are
// asked at most once in a while, so that scrapes cost nothing. `PrometheusRegistry.text()` is what `/metrics` answers.
