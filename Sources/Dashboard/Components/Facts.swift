import WebServer

/// Names and values side by side.
struct Facts {
    let items: [(name: String, value: HTML)]

    var html: HTML {
        "<dl class=\"facts\">\(items.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>" as HTML })</dl>"
    }
}
