//! Reads the JSON that Prometheus answers with.
//!
//! A scalar becomes a number, a vector the list of its numbers, a matrix the list of all samples of all series.
//! Labels and times are left out: conditions look at numbers only.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::IgnoredAny};

use crate::provider::Answer;

#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum Body {
    Success {
        data: Data,
        #[serde(default)]
        warnings: Vec<String>,
    },
    Error {
        #[serde(rename = "errorType", default)]
        kind: String,
        #[serde(default)]
        error: String,
    },
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Data {
    Scalar(Sample),
    Vector(Vec<Instant>),
    Matrix(Vec<Series>),
    String(IgnoredAny),
}

#[derive(Deserialize)]
struct Instant {
    #[serde(default)]
    metric: Labels,
    value: Option<Sample>,
}

/// Of a series' labels only [`crate::provider::ARM`] is read.
#[derive(Default, Deserialize)]
struct Labels {
    sluice_arm: Option<String>,
}

#[derive(Deserialize)]
struct Series {
    #[serde(default)]
    values: Vec<Sample>,
    #[serde(default)]
    histograms: Vec<IgnoredAny>,
}

/// A time, which is dropped, and a number, which Prometheus writes as a string to have NaN and infinities.
#[derive(Deserialize)]
struct Sample(IgnoredAny, #[serde(deserialize_with = "number")] f64);

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| serde::de::Error::custom(format!("{text:?} is no number")))
}

/// Reads an answer, or says why no condition could use it.
pub(super) fn read(body: &[u8]) -> Result<Answer, String> {
    match serde_json::from_slice(body).map_err(|error| format!("not what the query API answers: {error}"))? {
        Body::Error { kind, error } => Err(format!("{kind}: {error}")),
        Body::Success { data, warnings } => {
            let arms = arms(&data);
            Ok(Answer { metadata: metadata(&warnings), arms, ..value(data)? })
        }
    }
}

/// Prometheus' own words in an answer that is a refusal.
pub(super) fn refusal(body: &[u8]) -> Option<String> {
    match serde_json::from_slice(body).ok()? {
        Body::Error { kind, error } => Some(format!("{kind}: {error}")),
        Body::Success { .. } => None,
    }
}

fn value(data: Data) -> Result<Answer, String> {
    match data {
        Data::Scalar(Sample(_, number)) => Ok(Answer::of_number(Some(number))),
        Data::Vector(series) => series
            .into_iter()
            .map(|one| one.value.map(|Sample(_, number)| number).ok_or(HISTOGRAM))
            .collect::<Result<Vec<f64>, _>>()
            .map(Answer::of_list)
            .map_err(str::to_owned),
        Data::Matrix(series) if series.iter().any(|one| !one.histograms.is_empty()) => Err(HISTOGRAM.to_owned()),
        Data::Matrix(series) => {
            let samples = series.into_iter().flat_map(|one| one.values);
            Ok(Answer::of_list(samples.map(|Sample(_, number)| number).collect()))
        }
        Data::String(_) => Err("it is a string, and a metric needs numbers".to_owned()),
    }
}

fn arms(data: &Data) -> BTreeMap<String, f64> {
    let Data::Vector(series) = data else { return BTreeMap::new() };
    let arms = series.iter().filter_map(|one| Some((one.metric.sluice_arm.clone()?, one.value.as_ref()?.1)));
    arms.collect()
}

const HISTOGRAM: &str = "it is a native histogram; take a number from it with histogram_quantile or histogram_count";

fn metadata(warnings: &[String]) -> BTreeMap<String, String> {
    let text = warnings.iter().map(|warning| format!("{warning:?}")).collect::<Vec<_>>().join(", ");
    Some(text).filter(|text| !text.is_empty()).map(|text| ("warnings".to_owned(), text)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(data: &str, expected: Expect) {
        let body = format!(r#"{{"status":"success","data":{data},"warnings":["slow \"rule\"","old"]}}"#);
        let text = match read(body.as_bytes()) {
            Ok(answer) => format!("{:?}\n{}\n{:?}", answer.value, answer.text, answer.metadata),
            Err(why) => why,
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn a_scalar_is_a_number() {
        check(
            r#"{"resultType":"scalar","result":[1435781451.781,"1e-05"]}"#,
            expect![[r#"
            Float(1e-5)
            0.00001
            {"warnings": "\"slow \\\"rule\\\"\", \"old\""}"#]],
        );
    }

    #[test]
    fn a_vector_is_a_list_of_numbers_and_keeps_nan_and_infinities() {
        let series = |number: &str| format!(r#"{{"metric":{{"a":"b"}},"value":[1,"{number}"]}}"#);
        let all = ["0.083", "NaN", "+Inf", "-Inf"].map(series).join(",");
        check(
            &format!(r#"{{"resultType":"vector","result":[{all}]}}"#),
            expect![[r#"
            List(List { items: [Float(0.083), Float(NaN), Float(inf), Float(-inf)], elements: Float, depth: 1 })
            [0.083,NaN,+Inf,-Inf]
            {"warnings": "\"slow \\\"rule\\\"\", \"old\""}"#]],
        );
    }

    #[test]
    fn no_series_is_an_empty_list() {
        check(
            r#"{"resultType":"vector","result":[]}"#,
            expect![[r#"
            List(List { items: [], elements: Float, depth: 1 })
            []
            {"warnings": "\"slow \\\"rule\\\"\", \"old\""}"#]],
        );
    }

    #[test]
    fn a_matrix_is_the_list_of_all_its_samples() {
        check(
            r#"{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"],[2,"2"]]},{"metric":{},"values":[[1,"3"]]}]}"#,
            expect![[r#"
                List(List { items: [Float(1.0), Float(2.0), Float(3.0)], elements: Float, depth: 1 })
                [1,2,3]
                {"warnings": "\"slow \\\"rule\\\"\", \"old\""}"#]],
        );
    }

    #[test]
    fn only_so_many_numbers_are_written_out() {
        let series = vec![r#"{"metric":{},"value":[1,"7"]}"#; 1000].join(",");
        let body = format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{series}]}}}}"#);
        let answer = read(body.as_bytes());
        let text = answer.as_ref().map(|answer| answer.text.as_str());
        assert!(text.is_ok_and(|text| text.ends_with(",7,…900 more]") && text.len() < 250), "{text:?}");
    }

    #[test]
    fn what_holds_no_numbers_is_refused() {
        check(r#"{"resultType":"string","result":[1,"hello"]}"#, expect!["it is a string, and a metric needs numbers"]);
        check(
            r#"{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}]}]}"#,
            expect!["it is a native histogram; take a number from it with histogram_quantile or histogram_count"],
        );
        check(
            r#"{"resultType":"matrix","result":[{"metric":{},"histograms":[[1,{}]]}]}"#,
            expect!["it is a native histogram; take a number from it with histogram_quantile or histogram_count"],
        );
        check(
            r#"{"resultType":"vector","result":[{"metric":{},"value":[1,"many"]}]}"#,
            expect![[r#"not what the query API answers: "many" is no number"#]],
        );
        check(
            r#"{"resultType":"streams","result":[]}"#,
            expect![
                "not what the query API answers: unknown variant `streams`, expected one of `scalar`, `vector`, `matrix`, `string`"
            ],
        );
    }
}
