#![allow(clippy::unreadable_literal)]
use super::*;

/// What Go 1.26's `time.ParseDuration` answers.
const GO: &[(&str, Option<i64>)] = &[
    ("", None),
    ("0", Some(0)),
    ("+0", Some(0)),
    ("-0", Some(0)),
    ("5s", Some(5000000000)),
    ("30s", Some(30000000000)),
    ("1478s", Some(1478000000000)),
    ("-5s", Some(-5000000000)),
    ("+5s", Some(5000000000)),
    ("5.0s", Some(5000000000)),
    ("5.6s", Some(5600000000)),
    ("5.s", Some(5000000000)),
    (".5s", Some(500000000)),
    ("1.0s", Some(1000000000)),
    ("1.00s", Some(1000000000)),
    ("1.004s", Some(1004000000)),
    ("1.0040s", Some(1004000000)),
    ("100.00100s", Some(100001000000)),
    ("10ns", Some(10)),
    ("11us", Some(11000)),
    ("12µs", Some(12000)),
    ("12μs", Some(12000)),
    ("13ms", Some(13000000)),
    ("14s", Some(14000000000)),
    ("15m", Some(900000000000)),
    ("16h", Some(57600000000000)),
    ("3h30m", Some(12600000000000)),
    ("10.5s4m", Some(250500000000)),
    ("-2m3.4s", Some(-123400000000)),
    ("1h2m3s4ms5us6ns", Some(3723004005006)),
    ("39h9m14.425s", Some(140954425000000)),
    ("52763797000ns", Some(52763797000)),
    ("0.3333333333333333333h", Some(1200000000000)),
    ("9007199254740993ns", Some(9007199254740993)),
    ("9223372036854775807ns", Some(9223372036854775807)),
    ("9223372036854775.807us", Some(9223372036854775807)),
    ("9223372036s854ms775us807ns", Some(9223372036854775807)),
    ("-9223372036854775808ns", Some(-9223372036854775808)),
    ("-9223372036854775.808us", Some(-9223372036854775808)),
    ("-9223372036s854ms775us808ns", Some(-9223372036854775808)),
    ("-2562047h47m16.854775808s", Some(-9223372036854775808)),
    ("0.100000000000000000000h", Some(360000000000)),
    ("0.830103483285477580700h", Some(2988372539827)),
    ("3", None),
    ("-", None),
    (".", None),
    ("-.", None),
    ("s", None),
    (".s", None),
    ("+.s", None),
    ("1d", None),
    ("9223372036854775810ns", None),
    ("9223372036854775808ns", None),
    ("-9223372036854775809ns", None),
    ("9223372036854776us", None),
    ("3000000h", None),
    ("9223372036854775.808us", None),
    ("9223372036854ms775us808ns", None),
    ("1h 30m", None),
    ("1H", None),
    ("--5s", None),
    ("5s-3s", None),
    ("1e3s", None),
    ("10", None),
];

#[test]
fn every_text_reads_as_go_reads_it() {
    for (text, nanos) in GO {
        let read = parse(text).ok().map(|read| i64::try_from(read.as_nanos()).unwrap());
        assert_eq!(read, *nanos, "{text:?}");
    }
}

#[test]
fn a_bare_number_is_seconds_only_where_a_pause_asks() {
    assert_eq!(parse_or_seconds("90"), Ok(SignedDuration::from_secs(90)));
    assert_eq!(parse_or_seconds("1m30s"), Ok(SignedDuration::from_secs(90)));
    assert_eq!(parse_or_seconds("-5"), Ok(SignedDuration::from_secs(-5)));
    assert_eq!(parse("90"), Err(DurationError::NoUnit("90".to_owned())));
}

#[test]
fn an_error_says_what_to_write_instead() {
    let message = |text| parse(text).unwrap_err().to_string();
    assert_eq!(message("1d"), r#"read duration "1d": no unit "d"; use ns, us, ms, s, m or h"#);
    assert_eq!(message("soon"), r#"read duration "soon": write numbers with units, like "30s" or "1h30m""#);
    assert_eq!(message("300000000h"), r#"read duration "300000000h": longer than 292 years"#);
}
