//! A measurement passes only on good numbers.

use serde_json::Value;
use sluice_world::api::Write;

/// The stories' share of failed requests from which on a version is bad. A comparison has one of each version.
const BAD: f64 = 0.05;

/// Looks at a write of an AnalysisRun; says which measurement passed on what is no good number.
pub(super) fn analysis_run(write: &Write) -> Option<String> {
    let results = write.after.as_ref()?.pointer("/status/metricResults")?.as_array()?;
    // Pods are judged by what becomes of them, not by a number.
    let shares = results.iter().filter(|result| result.get("name").is_none_or(|name| name != "health_check"));
    let measured = shares.filter_map(|result| result.get("measurements")?.as_array()).flatten();
    let mut passed = measured.filter(|one| one.get("phase").and_then(Value::as_str) == Some("Successful"));
    let bad = passed.find(|one| !is_good(one.get("value").and_then(Value::as_str).unwrap_or_default()))?;
    Some(format!("a measurement passes only on a good number: {:?}", bad.get("value")))
}

fn is_good(value: &str) -> bool {
    let numbers = value.trim_matches(['[', ']']).split(',');
    numbers.map(str::parse::<f64>).all(|share| share.is_ok_and(|share| share < BAD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_no_good_number() {
        let good = ["[0.01]", "[0.01,0.01]", "[0.2]", "[0.2,0.01]", "[]", "[NaN]", ""].map(is_good);
        assert_eq!(good, [true, true, false, false, false, false, false]);
    }
}
