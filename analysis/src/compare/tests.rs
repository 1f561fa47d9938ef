use serde_json::{Value, json};

use sluice_crds::{AnalysisPhase, AnalysisRunSpec, AnalysisRunStatus};

use super::*;
use crate::condition;
use crate::fold::fold;
use crate::provider::{Answer, prometheus::Defaults};
use crate::run::Run;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn comparison(more: Value) -> Result<Comparison, String> {
    let arm = json!({"bad": "b", "requests": "r"});
    let mut judge = json!({"canary": arm, "stable": arm});
    for (field, value) in more.as_object().into_iter().flatten() {
        judge[field] = value.clone();
    }
    let mut violations = Vec::new();
    let comparison = Comparison::sequential(&serde_json::from_value(judge).unwrap(), &mut violations);
    let texts: Vec<String> = violations.iter().map(ToString::to_string).collect();
    if texts.is_empty() { Ok(comparison) } else { Err(texts.join("; ")) }
}

fn arms(canary: [f64; 2], stable: [f64; 2]) -> BTreeMap<String, f64> {
    let [canary_bad, canary_all] = canary;
    let [stable_bad, stable_all] = stable;
    let named = [
        ("canary bad", canary_bad),
        ("canary requests", canary_all),
        ("stable bad", stable_bad),
        ("stable requests", stable_all),
    ];
    named.into_iter().map(|(name, number)| (name.to_owned(), number)).collect()
}

/// Measures every ten seconds; tells what each measurement came to.
fn looks(counters: &[BTreeMap<String, f64>]) -> Vec<String> {
    let comparison = comparison(json!({"maxWait": "40s"})).unwrap();
    let mut kept = None;
    let mut told = Vec::new();
    for (arms, seconds) in counters.iter().zip((0..).step_by(10)) {
        let weighed = comparison.weigh(kept.as_deref(), arms, at(seconds));
        told.push(format!("{:?} {}", weighed.verdict.outcome, weighed.verdict.message).trim().to_owned());
        kept = Some(weighed.kept);
    }
    told
}

#[test]
fn a_canary_that_fails_more_often_is_failed() {
    let told = looks(&[arms([0.0, 0.0], [50.0, 9000.0]), arms([12.0, 60.0], [55.0, 10_000.0])]);
    let words = "Failed 12 of 60 requests bad, of the stable version 5 of 1000: more than chance explains (at a false positive rate of 0.01)";
    assert_eq!(told[1], words);
}

#[test]
fn few_requests_are_waited_for_and_then_nothing_can_be_told() {
    let told = looks(&[arms([0.0, 0.0], [0.0, 10.0]), arms([0.0, 4.0], [0.0, 90.0]), arms([0.0, 9.0], [0.0, 190.0])]);
    assert_eq!(
        told[2],
        "Waiting 0 of 9 requests bad, of the stable version 0 of 180: too few to tell; 100 requests of the new version are needed"
    );
    let quiet = vec![arms([0.0, 0.0], [0.0, 0.0]); 5];
    assert!(looks(&quiet)[3].starts_with("Waiting") && looks(&quiet)[4].starts_with("Inconclusive"));
}

#[test]
fn enough_requests_without_evidence_are_good() {
    assert_eq!(looks(&[arms([0.0, 0.0], [5.0, 1000.0]), arms([1.0, 200.0], [25.0, 5000.0])])[1], "Successful");
}

#[test]
fn counters_that_begin_anew_are_no_evidence() {
    let told = looks(&[
        arms([0.0, 500.0], [5.0, 9000.0]),
        arms([90.0, 100.0], [6.0, 9100.0]),
        arms([90.0, 250.0], [6.0, 9900.0]),
    ]);
    assert_eq!(
        told[1],
        "Waiting 0 of 0 requests bad, of the stable version 0 of 0: too few to tell; 100 requests of the new version are needed"
    );
    assert_eq!(told[2], "Successful");
}

/// One of two Traefik pods is not scraped once: with it, all that it ever counted is there again.
#[test]
fn counters_that_were_not_all_read_once_are_no_evidence_when_they_are_back() {
    let history = arms([0.0, 0.0], [900.0, 1_000_000.0]);
    let told = looks(&[
        history,
        arms([4.0, 40.0], [904.0, 1_000_040.0]),
        arms([2.0, 30.0], [450.0, 500_060.0]),
        arms([8.0, 80.0], [908.0, 1_000_080.0]),
        arms([12.0, 120.0], [912.0, 1_000_120.0]),
    ]);
    let words = ["4 of 40", "4 of 40", "4 of 40", "8 of 80"];
    for (told, words) in told[1..].iter().zip(words) {
        assert!(told.contains(&format!("{words} requests bad, of the stable version {words}")), "{told}");
    }
}

/// Two of three are lost one after the other, and come back so.
#[test]
fn counters_that_come_back_bit_by_bit_are_no_evidence_either() {
    let part = |parts: f64, more: f64| arms([more, 10.0 * more], [300.0 * parts, 300_000.0 * parts + 10.0 * more]);
    let told = looks(&[part(3.0, 0.0), part(2.0, 1.0), part(1.0, 2.0), part(2.0, 3.0), part(3.0, 4.0), part(3.0, 5.0)]);
    assert!(told[4].contains(" 0 of 0 requests bad, of the stable version 0 of 0"), "{}", told[4]);
    assert!(told[5].contains(" 1 of 10 requests bad, of the stable version 0 of 10"), "{}", told[5]);
}

/// The counters of one version are missing for one measurement.
#[test]
fn a_version_that_was_not_read_once_has_not_begun_anew() {
    let told = looks(&[
        arms([0.0, 20.0], [0.0, 900.0]),
        arms([0.0, 0.0], [0.0, 920.0]),
        arms([0.0, 40.0], [0.0, 940.0]),
        arms([0.0, 50.0], [0.0, 950.0]),
    ]);
    assert!(told[2].contains(" 0 of 0 requests bad, of the stable version 0 of 0"), "{}", told[2]);
    assert!(told[3].contains(" 0 of 10 requests bad, of the stable version 0 of 10"), "{}", told[3]);
}

#[test]
fn without_any_counter_of_requests_it_is_an_error() {
    assert!(looks(&[BTreeMap::new()])[0].starts_with("Error no series matches the queries for requests"));
}

#[test]
fn a_bad_counter_that_nobody_counted_on_is_zero() {
    let few: BTreeMap<String, f64> = [("stable requests".to_owned(), 5.0)].into();
    assert!(looks(&[few])[0].starts_with("Waiting"));
}

#[test]
fn what_is_wrong_is_named_by_its_field() {
    let empty = json!({"bad": " ", "requests": "r"});
    let wrong =
        json!({"canary": empty, "falsePositiveRate": 1.0, "minRatio": 1.0, "minSamples": 0, "maxWait": "-5s", "x": 1});
    let told = comparison(wrong).unwrap_err();
    for field in ["x", "canary.bad", "falsePositiveRate", "minRatio", "minSamples", "maxWait"] {
        assert!(told.contains(&format!("judge.sequential.{field}: ")), "{field}: {told}");
    }
}

#[test]
fn all_counters_are_of_one_moment() {
    let query = comparison(json!({})).unwrap().query();
    assert!(query.starts_with("label_replace(sum(b), \"sluice_arm\", \"canary bad\", \"\", \"\") or "), "{query}");
    assert_eq!(query.matches(" or ").count(), 3);
}

fn spec(metric: Value) -> AnalysisRunSpec {
    let mut all =
        json!({"name": "errors", "interval": "10s", "provider": {"prometheus": {"address": "http://prometheus"}}});
    let arm = json!({"bad": "b", "requests": "r"});
    all["judge"] = json!({"sequential": {"canary": arm, "stable": arm}});
    for (field, value) in metric.as_object().into_iter().flatten() {
        all[field] = value.clone();
    }
    serde_json::from_value(json!({"metrics": [all]})).unwrap()
}

#[test]
fn a_run_goes_on_from_its_status_and_fails_by_the_evidence() {
    let run = Run::parse(&spec(json!({"count": 30})), |_| None, &Defaults::default()).unwrap();
    let mut status = AnalysisRunStatus::default();
    let mut phases = Vec::new();
    for (number, canary) in (0_u32..).zip([[0.0, 0.0], [1.0, 60.0], [2.0, 120.0], [30.0, 180.0]]) {
        let stable = f64::from(1000 * (number + 1));
        let answer = Answer {
            value: condition::Value::Nil,
            text: String::new(),
            metadata: BTreeMap::new(),
            arms: arms(canary, [stable / 200.0, stable]),
        };
        let time = at(10 * i64::from(number));
        status = fold(&run, &status, vec![run.metrics[0].reading(Ok(answer), time, time)], time);
        phases.push((status.metric_results[0].measurements.last().unwrap().phase, status.metric_results[0].count));
    }
    let pending = (AnalysisPhase::Pending, 0);
    assert_eq!(phases, [pending, pending, (AnalysisPhase::Successful, 1), (AnalysisPhase::Failed, 2)]);
    assert_eq!(status.phase, AnalysisPhase::Failed);
    assert!(status.message.unwrap().contains("30 of 180 requests bad, of the stable version 15 of 3000"));
}

fn both() -> Value {
    json!({"canary": {"latency": "c"}, "stable": {"latency": "s"}})
}

#[test]
fn what_does_not_go_with_a_comparison_is_refused() {
    for (metric, words) in [
        (json!({"successCondition": "result[0] < 1"}), "judge: does not go with successCondition"),
        (json!({"failureCondition": "result[0] < 1"}), "judge: does not go with failureCondition"),
        (json!({"onNoData": "pass"}), "judge: does not go with onNoData"),
        (json!({"interval": null}), "judge: needs an interval"),
        (json!({"provider": {"web": {"url": "http://web"}}}), "judge: needs the provider prometheus"),
        (
            json!({"provider": {"prometheus": {"address": "http://prometheus", "query": "up"}}}),
            "judge: has queries of its own",
        ),
        (json!({"judge": {}}), "judge: is empty"),
        (json!({"judge": {"ranks": {}}}), "judge.ranks: there is no such judge"),
        (json!({"judge": {"sequential": both(), "mannWhitney": both()}}), "judge: has more than one judge"),
        (json!({"judge": {"mannWhitney": both()}}), "judge.mannWhitney: needs a count"),
    ] {
        let violations = Run::parse(&spec(metric), |_| None, &Defaults::default()).unwrap_err();
        let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|text| text.contains(&format!("metrics[0].{words}"))), "{words}: {told:?}");
    }
}

mod latency {
    use super::*;

    fn comparison() -> Comparison {
        let judge = json!({"canary": {"latency": "c"}, "stable": {"latency": "s"}, "maxWait": "40s"});
        let mut violations = Vec::new();
        let comparison = Comparison::sequential(&serde_json::from_value(judge).unwrap(), &mut violations);
        assert_eq!(violations, Vec::new());
        comparison
    }

    /// Buckets up to 0.1 s, 0.3 s, 1 s and above.
    pub(super) fn arms(canary: [u32; 4], stable: [u32; 4]) -> BTreeMap<String, f64> {
        let bounds = ["0.1", "0.3", "1", "+Inf"];
        let of = |arm: &'static str, counts: [u32; 4]| {
            bounds.into_iter().zip(counts).map(move |(bound, count)| (format!("{arm} le {bound}"), f64::from(count)))
        };
        of("canary", canary).chain(of("stable", stable)).collect()
    }

    fn looks(number: u32, canary: [u32; 4], stable: [u32; 4]) -> Vec<String> {
        looks_by(&comparison(), number, canary, stable)
    }

    /// Measures every ten seconds: so many requests come between two looks.
    pub(super) fn looks_by(comparison: &Comparison, number: u32, canary: [u32; 4], stable: [u32; 4]) -> Vec<String> {
        let mut kept = None;
        let times = |counts: [u32; 4], look| counts.map(|count| count * look);
        (0..number)
            .map(|look| {
                let arms = arms(times(canary, look), times(stable, look));
                let weighed = comparison.weigh(kept.as_deref(), &arms, at(i64::from(look) * 10));
                kept = Some(weighed.kept);
                format!("{:?} {}", weighed.verdict.outcome, weighed.verdict.message).trim().to_owned()
            })
            .collect()
    }

    #[test]
    fn both_histograms_are_asked_for_in_one_query() {
        assert_eq!(
            comparison().query(),
            r#"label_replace(sum by (le) (c), "sluice_arm", "canary le $1", "le", "(.*)") or label_replace(sum by (le) (s), "sluice_arm", "stable le $1", "le", "(.*)")"#
        );
    }

    #[test]
    fn a_version_as_fast_as_the_other_is_good_once_enough_was_seen() {
        let told = looks(12, [10, 18, 20, 20], [150, 270, 297, 300]);
        assert!(told.iter().take(3).all(|told| told.starts_with("Waiting")), "{told:?}");
        assert_eq!(told.last().map(String::as_str), Some("Successful"));
    }

    #[test]
    fn a_version_that_is_slower_is_failed() {
        let told = looks(6, [0, 5, 15, 20], [150, 270, 297, 300]);
        let words = "requests are as slow as the slowest";
        assert!(told.iter().any(|told| told.starts_with("Failed") && told.contains(words)), "{told:?}");
    }

    #[test]
    fn without_requests_nothing_passes() {
        let told = looks(6, [0; 4], [150, 270, 297, 300]);
        assert!(told.iter().all(|told| !told.starts_with("Successful")), "{told:?}");
        assert!(told.last().is_some_and(|told| told.starts_with("Inconclusive")), "{told:?}");
    }

    #[test]
    fn where_nothing_is_slower_than_the_last_bucket_nothing_passes() {
        let told = looks(6, [0, 0, 0, 200], [0, 0, 0, 300]);
        assert!(told.last().is_some_and(|told| told.starts_with("Inconclusive")), "{told:?}");
    }

    #[test]
    fn histograms_that_do_not_fit_are_an_error() {
        let mut other = arms([0; 4], [1; 4]);
        other.remove("canary le 1");
        for arms in [other, BTreeMap::new()] {
            assert_eq!(comparison().weigh(None, &arms, at(0)).verdict.outcome, Outcome::Error);
        }
    }

    #[test]
    fn latency_and_requests_are_compared_apart() {
        let judge = json!({"canary": {"latency": "c", "bad": "b"}, "stable": {"requests": "r"}});
        let mut violations = Vec::new();
        Comparison::sequential(&serde_json::from_value(judge).unwrap(), &mut violations);
        let fields: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
        let all = ["canary.bad", "stable.requests", "stable.latency"];
        assert_eq!(fields, all.map(|field| format!("judge.sequential.{field}")));
    }
}

mod ranks {
    use super::latency::{arms, looks_by};
    use super::*;

    fn parsed(more: Value, looks: Option<u32>) -> Result<Comparison, String> {
        let mut judge = both();
        for (field, value) in more.as_object().into_iter().flatten() {
            judge[field] = value.clone();
        }
        let mut violations = Vec::new();
        let judge = serde_json::from_value(judge).unwrap();
        let comparison = Comparison::mann_whitney(&judge, looks, &mut violations);
        if violations.is_empty() { Ok(comparison) } else { Err(sluice_crds::violation::in_lines(&violations)) }
    }

    fn looks(more: Value, canary: [u32; 4], stable: [u32; 4]) -> Vec<String> {
        looks_by(&parsed(more, Some(5)).unwrap(), 6, canary, stable)
    }

    #[test]
    fn a_version_that_is_slower_all_in_all_is_failed() {
        let told = looks(json!({}), [10, 30, 50, 50], [150, 270, 297, 300]);
        assert_eq!(
            told[1],
            "Waiting of two requests, one of each version, the new version's is the slower one 70.8 times in 100 \
             (50 requests, of the stable version 300): too few to tell; 100 requests of each version are needed"
        );
        assert_eq!(
            told[2],
            "Failed of two requests, one of each version, the new version's is the slower one 70.8 times in 100 \
             (100 requests, of the stable version 600): more than chance explains (at a false positive rate of 0.01)"
        );
    }

    #[test]
    fn a_version_as_fast_or_faster_is_good() {
        for canary in [[50, 90, 99, 100], [100, 100, 100, 100]] {
            assert_eq!(looks(json!({}), canary, [150, 270, 297, 300])[5], "Successful");
        }
    }

    #[test]
    fn a_version_a_little_slower_than_the_tolerance_allows_is_failed_and_another_is_not() {
        let (canary, stable) = ([430, 880, 980, 1000], [5000, 9000, 9900, 10_000]);
        assert!(looks(json!({"tolerance": 0.03}), canary, stable)[5].starts_with("Failed"));
        assert_eq!(looks(json!({"tolerance": 0.04}), canary, stable)[5], "Successful");
    }

    #[test]
    fn few_requests_of_either_version_are_waited_for() {
        let told = looks(json!({"maxWait": "30s"}), [0, 30, 50, 100], [1, 2, 2, 2]);
        assert!(told[2].starts_with("Waiting") && told[3].starts_with("Inconclusive"), "{told:?}");
    }

    #[test]
    fn without_buckets_nothing_passes() {
        let comparison = parsed(json!({}), Some(5)).unwrap();
        let mut other = arms([0; 4], [1; 4]);
        other.remove("canary le 1");
        for arms in [other, BTreeMap::new()] {
            assert_eq!(comparison.weigh(None, &arms, at(0)).verdict.outcome, Outcome::Error);
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        let wrong = json!({"canary": {"latency": "c", "bad": "b"}, "stable": {"x": 1}, "falsePositiveRate": 0, "tolerance": 0.5,
            "minSamples": 0, "maxWait": "soon", "y": 1});
        let told = parsed(wrong, None).unwrap_err();
        let fields = [
            "y",
            "canary.bad",
            "stable.x",
            "stable.latency",
            "falsePositiveRate",
            "tolerance",
            "minSamples",
            "maxWait",
        ];
        for field in fields {
            assert!(told.contains(&format!("judge.mannWhitney.{field}: ")), "{field}: {told}");
        }
        assert!(told.contains("judge.mannWhitney: needs a count"), "{told}");
    }
}

#[test]
fn what_the_traffic_can_show_is_told_once_it_is_known() {
    let comparison = comparison(json!({})).unwrap();
    let first = comparison.weigh(None, &arms([0.0, 0.0], [0.0, 0.0]), at(0));
    assert!(first.power.is_none());
    let second = comparison.weigh(Some(&first.kept), &arms([0.0, 100.0], [10.0, 1900.0]), at(100));
    assert_eq!(
        second.power.map(|power| power.to_string()).as_deref(),
        Some(
            "at 20.0 requests/s, 5.0 % of them to the canary and 0.53 % bad: \
             a version 2 times worse shows after about 49 min, a version 10 times worse shows after about 87 s"
        )
    );
}

#[test]
fn what_the_traffic_can_show_is_news_once() {
    let results = json!([{"name": "errors", "phase": "Running", "metadata": {"Power": "at 20 requests/s"}}]);
    let status: AnalysisRunStatus = serde_json::from_value(json!({"metricResults": results})).unwrap();
    let told = |before: &AnalysisRunStatus| -> Vec<String> {
        crate::fact::facts(before, &status).iter().map(|fact| format!("{} {fact}", fact.reason())).collect()
    };
    assert_eq!(told(&AnalysisRunStatus::default()), ["MetricCanShow Metric 'errors': at 20 requests/s"]);
    assert_eq!(told(&status), Vec::<String>::new());
}
