/// Names of the kind Heroku gives to add-ons; tools look for the prefix.
enum ResourceName {
    private static let words = [
        "angular", "animated", "amber", "brisk", "calm", "clear", "convex", "cubed", "curved", "deep", "elliptical", "even", "fluffy",
        "graceful",
        "infinite", "level", "lively", "metric", "opaque", "parallel", "polished", "quiet", "rectangular", "regular", "rigid", "round",
        "silver",
        "slippery", "smooth", "spherical", "steady", "swift", "symmetrical", "tapered", "transparent", "trapezoidal", "vertical",
    ]

    static func random() -> String {
        "herokuconnect-\(words.randomElement() ?? "clear")-\(Int.random(in: 10_000...99_999))"
    }
}
