//! Texts that break readers of texts.

/// Far longer than any name.
pub(super) fn long() -> String {
    "x".repeat(10_000)
}

/// Written from right to left, with the marks that turn the direction.
pub(super) const TURNED: &str = "\u{202e}txt.exe\u{200f} שלום \u{2066}";

/// Control characters (NUL is refused by JSON readers of the API server's own store).
pub(super) const CONTROL: &str = "a\u{1}\u{7f}\tb\r\n\u{85}c";

/// What template engines, shells and loggers might run.
pub(super) const INJECTION: &str = "{{args.nope}}${jndi:ldap://x/y}$(id)`id`'; DROP TABLE pods; --";

/// Wrong as a duration in every way that Go's reader knows.
pub(super) const NO_DURATIONS: [&str; 9] =
    ["1d", "NaN", "Infinity", "1e9s", "0x10s", "\u{663}s", "2562047h47m16.854775808s", "1s ", "-9223372036854775809ns"];

/// The longest duration there is.
pub(super) const LONGEST: &str = "2562047h47m16.854775807s";

/// Wrong as a condition: unfinished, unknown, or too much.
pub(super) fn no_conditions() -> Vec<String> {
    let deep = format!("{}true{}", "(".repeat(5_000), ")".repeat(5_000));
    let words = ["result[0] >=", "nope(result)", "import os", "\"\u{202e}", "{{args.nope}}", "result[0] = 1"];
    words.into_iter().map(str::to_owned).chain([deep]).collect()
}

/// Conditions that would take forever if they were let.
pub(super) fn bombs() -> Vec<String> {
    let nots = format!("{}true", "!".repeat(10_000));
    let loops = "len(map(1..100000, {len(map(1..100000, {len(map(1..100000, {#}))}))})) > 0".to_owned();
    let text = "len(repeat(repeat(\"x\", 1000000), 1000000)) > 0".to_owned();
    let pattern = format!("\"{}\" matches \"(a+)+(a+)+(a+)+$\"", "a".repeat(5_000));
    vec![nots, loops, "len(1..1000000000000) > 0".to_owned(), text, pattern]
}

/// Wrong as a pattern, or so large once compiled that it must not be.
pub(super) const NO_PATTERNS: [&str; 5] = [
    "(",
    "(?<!x)metric",
    "metric{2}{9}{9}{9}{9}{9}{9}{9}{9}",
    "((((a{100}){100}){100}){100})|metric",
    "matches-nothing",
];
