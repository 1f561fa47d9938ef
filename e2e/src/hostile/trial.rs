//! What is put into a field, and what must come of it.

use serde_json::{Value, json};

use super::leaf::{Kind, Leaf};
use super::meaning::{Meaning, of};
use super::texts::{self, CONTROL, INJECTION, LONGEST, TURNED};

/// A value to put into a field.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The value; `None` takes the field away.
    pub value: Option<Value>,
    /// What must come of it.
    pub verdict: Verdict,
}

/// What must come of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is taken, and acted on.
    Good,
    /// It is refused, or reported with the field it stands in.
    Bad,
    /// Either; but never silently half.
    Either,
}

use Verdict::{Bad, Either, Good};

/// The values to try in a field that is acted on: legal ones, those at the edge, and wrong ones.
pub fn trials(leaf: &Leaf) -> Vec<Trial> {
    let mut trials = meant(of(leaf));
    trials.extend(misfits(leaf.kind));
    trials.push(Trial { value: Some(Value::Null), verdict: Either });
    trials
}

/// The values to try in a field that the controller has no use for: whatever says something must be reported.
pub fn unsupported(leaf: &Leaf) -> Vec<Trial> {
    let mut trials = match leaf.kind {
        Kind::Integer(_) => list([(json!(1), Bad), (json!(i32::MAX), Bad), (json!(-1), Bad), (json!(0), Either)]),
        Kind::Flag => list([(json!(true), Bad), (json!(false), Either)]),
        Kind::IntOrText => list([(json!(1), Bad), (json!("25%"), Bad), (json!("NaN"), Bad)]),
        Kind::Time => {
            list([(json!("2026-01-01T00:00:00Z"), Bad), (json!("never"), Bad), (json!("9999-12-31T23:59:60Z"), Bad)])
        }
        Kind::Anything | Kind::Empty => list([(json!({"a": {"b": [1]}}), Bad), (json!({}), Either)]),
        Kind::Unknown => meant(Meaning::Unknown),
        Kind::Text => list([
            (json!("x"), Bad),
            (json!(texts::long()), Bad),
            (json!(TURNED), Bad),
            (json!(INJECTION), Bad),
            (json!(""), Either),
        ]),
    };
    trials.extend(misfits(leaf.kind));
    trials
}

fn list<const N: usize>(values: [(Value, Verdict); N]) -> Vec<Trial> {
    values.into_iter().map(|(value, verdict)| Trial { value: Some(value), verdict }).collect()
}

fn each(verdict: Verdict, values: impl IntoIterator<Item: Into<Value>>) -> Vec<Trial> {
    values.into_iter().map(|value| Trial { value: Some(value.into()), verdict }).collect()
}

/// Values of another type than the schema's.
fn misfits(kind: Kind) -> Vec<Trial> {
    match kind {
        Kind::Integer(32) => {
            [each(Bad, [json!("3"), json!(1.5), json!(true), json!(1_i64 << 31)]), each(Bad, [json!(1e300)])].concat()
        }
        Kind::Integer(_) => each(Bad, [json!("3"), json!(1.5), json!([1]), json!(1e300), json!(u64::MAX)]),
        Kind::Text | Kind::Time => each(Bad, [json!(42), json!(["x"]), json!({"x": 1})]),
        Kind::Flag => each(Bad, [json!("true"), json!(1), json!([true])]),
        Kind::IntOrText => each(Bad, [json!(true), json!([1]), json!(5_000_000_000_i64), json!(1.5)]),
        Kind::Anything | Kind::Empty => each(Bad, [json!("x"), json!(42), json!([])]),
        Kind::Unknown => Vec::new(),
    }
}

/// Texts that are none of what a field may name.
fn strange(verdict: Verdict) -> Vec<Trial> {
    each(verdict, [texts::long(), TURNED.to_owned(), CONTROL.to_owned(), INJECTION.to_owned()])
}

fn meant(meaning: Meaning) -> Vec<Trial> {
    match meaning {
        Meaning::Count | Meaning::Seconds => list([
            (json!(1), Good),
            (json!(0), Good),
            (json!(i32::MAX), Either),
            (json!(-1), Bad),
            (json!(i32::MIN), Bad),
        ]),
        // The most would ask for 2,147,483,647 pods, and get them.
        Meaning::Replicas => list([(json!(2), Good), (json!(0), Good), (json!(-1), Bad), (json!(i32::MIN), Bad)]),
        Meaning::Positive => list([
            (json!(1), Good),
            (json!(i32::MAX), Either),
            (json!(0), Bad),
            (json!(-1), Bad),
            (json!(i32::MIN), Bad),
        ]),
        Meaning::Port => {
            list([(json!(0), Good), (json!(80), Good), (json!(65_535), Good), (json!(65_536), Bad), (json!(-1), Bad)])
        }
        Meaning::Percent => {
            list([(json!(0), Good), (json!(100), Good), (json!(101), Bad), (json!(-1), Bad), (json!(i32::MAX), Bad)])
        }
        Meaning::Whole => list([
            (json!(100), Good),
            (json!(1_000_000), Good),
            (json!(99), Bad),
            (json!(1_000_001), Bad),
            (json!(0), Bad),
            (json!(-1), Bad),
        ]),
        Meaning::FirstStep => list([(json!(0), Good), (json!(1), Either), (json!(i32::MAX), Bad), (json!(-1), Bad)]),
        Meaning::Pods => pods(),
        Meaning::Limit => [each(Good, [0]), numbers()].concat(),
        Meaning::Least => [each(Bad, [0]), numbers()].concat(),
        Meaning::Flag => each(Good, [true, false]),
        Meaning::On => list([(json!(true), Good), (json!(false), Bad)]),
        Meaning::Unknown => each(Bad, [json!(1), json!("x"), json!({"a": {}}), json!([]), json!(false)]),
        Meaning::PodTemplate => pod_templates(),
        Meaning::Text => [each(Good, ["x"]), strange(Good)].concat(),
        _ => meant_text(meaning),
    }
}

fn meant_text(meaning: Meaning) -> Vec<Trial> {
    match meaning {
        Meaning::Name(good) => [each(Good, [good]), each(Bad, ["nobody", ""]), strange(Bad)].concat(),
        // An argument that no template has is worth a warning, not more.
        Meaning::Argument => [each(Good, ["limit"]), each(Either, ["nobody", ""]), strange(Either)].concat(),
        // Rules may ask for a metric of that name.
        Meaning::MetricName => [each(Good, ["metric"]), each(Either, ["x"]), strange(Either), each(Bad, [""])].concat(),
        Meaning::Label => [each(Good, ["x", ""]), each(Bad, ["two words", "-x-"]), strange(Bad)].concat(),
        Meaning::Word(words) => {
            let bad = ["x", ""].into_iter().filter(|bad| !words.contains(bad));
            [each(Good, words.iter().copied()), each(Bad, bad), strange(Bad)].concat()
        }
        Meaning::Pause => pauses(),
        Meaning::Delay => [durations(), each(Good, ["0", "0s"])].concat(),
        Meaning::Interval => [durations(), each(Bad, ["0", "0s"])].concat(),
        Meaning::Condition => [
            each(Good, ["result[0] >= 0", "len(result) == 1"]),
            each(Bad, texts::no_conditions()),
            each(Either, texts::bombs()),
        ]
        .concat(),
        Meaning::Pattern => [each(Good, ["metric", "^met.*$"]), each(Bad, texts::NO_PATTERNS)].concat(),
        Meaning::Address => {
            let bad = [
                "ftp://x",
                "http://",
                "not an address",
                "http://[::1",
                ":9090",
                "javascript:alert(1)",
                "http://x:99999",
            ];
            [each(Good, ["http://127.0.0.1:1"]), each(Bad, bad), strange(Bad)].concat()
        }
        Meaning::HeaderName => [each(Good, ["X-Scope"]), each(Bad, ["two words", "", "a:b", TURNED])].concat(),
        Meaning::HeaderValue => [each(Good, ["x", ""]), each(Bad, ["a\nb", CONTROL]), each(Either, [TURNED])].concat(),
        Meaning::Match => {
            let long = texts::long();
            [each(Good, ["x", INJECTION]), each(Bad, ["", CONTROL, "a\nb", long.as_str()]), each(Either, [TURNED])]
                .concat()
        }
        Meaning::Query => {
            [each(Good, ["up", TURNED]), each(Bad, ["", " ", INJECTION, "{{args.limit", "{{ args. }}"])].concat()
        }
        Meaning::Moment => [
            each(Good, ["now()", "now() - duration('1h')"]),
            each(Bad, ["", "yesterday", "now() -", "now() - duration('x')"]),
            strange(Bad),
        ]
        .concat(),
        Meaning::Time => [
            each(Good, ["2026-01-01T00:00:00Z", "2026-01-01T01:30:00.5+01:30", "9999-01-01T00:00:00Z"]),
            each(Bad, ["never", "", "2026-13-01T00:00:00Z", "2026-01-01"]),
            each(Either, ["9999-12-31T23:59:60Z", "0000-01-01T00:00:00Z"]),
            strange(Bad),
        ]
        .concat(),
        Meaning::FieldPath => [
            each(Good, ["metadata.name"]),
            each(Bad, ["metadata.nope", "metadata.labels['app", "", "....", "[[[["]),
            strange(Bad),
        ]
        .concat(),
        _ => [each(Good, ["x"]), strange(Either), each(Either, [""])].concat(),
    }
}

fn pods() -> Vec<Trial> {
    let good = [json!(1), json!("25%"), json!("100%")];
    let bad = [
        json!(-1),
        json!("-25%"),
        json!("NaN"),
        json!("1e2%"),
        json!("\u{663}%"),
        json!("%"),
        json!(""),
        json!(TURNED),
    ];
    [
        each(Good, good),
        each(Bad, bad),
        each(Either, [json!(i32::MAX), json!("4294967295%"), json!("25%%"), json!("0%")]),
    ]
    .concat()
}

/// Numbers above 0, written as such or as text.
fn numbers() -> Vec<Trial> {
    let good = [json!(1), json!("1")];
    let bad =
        [json!(-5), json!("-5"), json!("x"), json!("1.5"), json!("10000000000"), json!("NaN"), json!("{{args.nope}}")];
    [each(Good, good), each(Bad, bad)].concat()
}

fn durations() -> Vec<Trial> {
    let digits = format!("{}s", "9".repeat(10_000));
    [
        each(Good, ["1s", "1h1m1s1ms", LONGEST]),
        each(Bad, texts::NO_DURATIONS),
        each(Bad, ["-1s", digits.as_str(), TURNED]),
    ]
    .concat()
}

/// A pause may be a number of seconds.
fn pauses() -> Vec<Trial> {
    let good = [json!(0), json!(i32::MAX), json!("10"), json!("1h"), json!(LONGEST)];
    let bad = [json!(-1), json!("-1s"), json!("soon"), json!(""), json!("9999999999999999999")];
    [each(Good, good), each(Bad, texts::NO_DURATIONS), each(Bad, bad)].concat()
}

fn pod_templates() -> Vec<Trial> {
    let with = |labels: Value, pod: Value| json!({"metadata": {"labels": labels}, "spec": pod});
    let own = json!({"app": "web"});
    let one = |container: Value| with(own.clone(), json!({"containers": [container]}));
    let bad = [
        json!({}),
        json!({"metadata": {"labels": {"app": "web"}}}),
        with(json!({"app": "other"}), json!({"containers": [{"name": "app", "image": "x"}]})),
        with(json!({"app": 5}), json!({"containers": [{"name": "app", "image": "x"}]})),
        with(own.clone(), json!({"containers": []})),
        with(own.clone(), json!({"containers": "x"})),
        with(own.clone(), json!({"containers": [{"name": "a", "image": "x"}], "restartPolicy": "Never"})),
        one(json!({"image": "x"})),
        one(json!({"name": "UPPER CASE", "image": "x"})),
        one(json!({"name": "app", "image": "x", "ports": [{"containerPort": 70_000}]})),
        one(json!({"name": "app", "image": "x", "resources": {"requests": {"cpu": "lots"}}})),
        with(own.clone(), json!({"containers": [{"name": "a", "image": "x"}, {"name": "a", "image": "x"}]})),
    ];
    let env = vec![json!({"name": "X", "value": texts::long()}); 3];
    let good = [
        one(json!({"name": "app", "image": "sluice-demo/app:v1", "env": env})),
        one(json!({"name": "app", "image": "x"})),
    ];
    [each(Bad, bad), each(Good, good)].concat()
}
