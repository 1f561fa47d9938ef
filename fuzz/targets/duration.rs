//! Durations of Go's dialect, the moments of range queries, and the arithmetic on both.
#![no_main]

use jiff::{SignedDuration, Timestamp};
use sluice_analysis::provider::prometheus::Moment;
use sluice_crds::duration::{parse, parse_or_seconds};
use sluice_traffic::waited;

libfuzzer_sys::fuzz_target!(|data: &[u8]| try_one(data));

/// A duration, or a moment.
///
/// # Panics
/// When a sign, a doubling or a bare number of seconds means something else than it should.
fn try_one(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(moment) = Moment::parse(text) {
        for now in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            let _ = moment.at(now);
        }
    }
    let whole = text.parse::<i64>().ok().map(SignedDuration::from_secs);
    match (parse_or_seconds(text), whole) {
        (found, Some(seconds)) => assert_eq!(found, Ok(seconds)),
        (found, None) => assert_eq!(found, parse(text)),
    }
    if let Ok(length) = parse(text) {
        signs_and_sums(text, length);
        let _ = waited::not_before([Timestamp::MIN, Timestamp::MAX], length);
    }
}

fn signs_and_sums(text: &str, length: SignedDuration) {
    if text.starts_with(['-', '+']) {
        return;
    }
    assert_eq!(parse(&format!("-{text}")), Ok(-length));
    assert_eq!(parse(&format!("+{text}")), Ok(length));
    if text != "0" {
        let twice = parse(&format!("{text}{text}")).ok();
        assert_eq!(twice, length.checked_add(length).filter(|sum| i64::try_from(sum.as_nanos()).is_ok()), "{text}");
    }
}
