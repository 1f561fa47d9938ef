use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;

/// A judge of these bounds that asks for requests too.
fn comparison(bounds: &Value) -> Result<Comparison, String> {
    let arm = json!({"value": "v", "requests": "r"});
    let mut judge = json!({"canary": arm, "stable": arm, "maxWait": "40s"});
    for (field, value) in bounds.as_object().into_iter().flatten() {
        judge[field] = value.clone();
    }
    let mut violations = Vec::new();
    let comparison = Comparison::threshold(&serde_json::from_value(judge).unwrap(), &mut violations);
    let texts: Vec<String> = violations.iter().map(ToString::to_string).collect();
    if texts.is_empty() { Ok(comparison) } else { Err(texts.join("\n")) }
}

/// What each of these numbers comes to, ten seconds apart.
fn says(bounds: &Value, looks: &[&[(&str, f64)]], expected: &Expect) {
    let comparison = comparison(bounds).unwrap();
    let mut kept = None;
    let mut told = String::new();
    for (look, seconds) in looks.iter().zip((0..).step_by(10)) {
        let arms = look.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect();
        let weighed = comparison.weigh(kept.as_deref(), &arms, Timestamp::from_second(seconds).unwrap());
        told += format!("{:?} {}", weighed.verdict.outcome, weighed.verdict.message).trim();
        told += "\n";
        kept = Some(weighed.kept);
    }
    expected.assert_eq(&told);
}

fn shares(new: f64, n: f64, old: f64, m: f64) -> [(&'static str, f64); 4] {
    [("canary value", new), ("canary requests", n), ("stable value", old), ("stable requests", m)]
}

#[test]
fn a_version_is_failed_only_for_what_the_stable_one_does_better() {
    says(
        &json!({"limit": 0.05}),
        &[
            &shares(0.049, 1000.0, 0.0, 9000.0),
            &shares(0.051, 1000.0, 0.001, 9000.0),
            &shares(0.06, 1000.0, 0.055, 9000.0),
            &shares(0.06, 1000.0, 0.9, 9000.0),
            &shares(0.08, 25.0, 0.0, 9000.0),
            &shares(0.08, 1000.0, 0.0, 0.0),
        ],
        &expect![[r#"
            Successful
            Failed 0.0510 (1000 requests), from 0.0500 on it is too much; the stable version has 0.0010 (9000 requests)
            Inconclusive 0.0600 (1000 requests), from 0.0500 on it is too much; the stable version has 0.0550 (9000 requests): it may not be the version that does it
            Inconclusive 0.0600 (1000 requests), from 0.0500 on it is too much; the stable version has 0.9000 (9000 requests): it may not be the version that does it
            Inconclusive 0.0800 (25 requests), from 0.0500 on it is too much; the stable version has 0.0000 (9000 requests): it may not be the version that does it
            Failed 0.0800 (1000 requests), from 0.0500 on it is too much; the stable version has 0.0000 (0 requests)
        "#]],
    );
}

#[test]
fn how_slow_it_is_is_measured_by_the_stable_version() {
    says(
        &json!({"times": 2.0}),
        &[&shares(0.199, 100.0, 0.1, 900.0), &shares(0.2, 100.0, 0.1, 900.0), &shares(0.2, 100.0, 0.0, 900.0)],
        &expect![[r#"
            Successful
            Failed 0.2000 (100 requests), from 0.2000 on it is too much; the stable version has 0.1000 (900 requests)
            Error the stable version's number is 0, and no number is so many times that; set limit instead of times
        "#]],
    );
}

#[test]
fn a_factor_of_few_requests_or_of_next_to_nothing_fails_nobody() {
    says(
        &json!({"times": 2.0, "minDifference": 0.01, "minSamplesToFail": 200}),
        &[
            &shares(0.9, 1000.0, 0.1, 19.0),
            &shares(0.9, 1000.0, 0.1, 199.0),
            &shares(0.9, 199.0, 0.1, 1000.0),
            &shares(0.15, 20.0, 0.1, 20.0),
            &shares(0.006, 1000.0, 0.002, 1000.0),
            &shares(0.9, 200.0, 0.1, 200.0),
            &[("canary value", 0.9), ("stable value", 0.1)],
        ],
        &expect![[r#"
            Waiting 19 requests so far: too few to tell; 20 requests of the stable version are needed
            Waiting 0.9000 (1000 requests), from 0.2000 on it is too much; the stable version has 0.1000 (199 requests): too few to tell; 200 requests of the stable version are needed
            Waiting 0.9000 (199 requests), from 0.2000 on it is too much; the stable version has 0.1000 (1000 requests): too few to tell; 200 requests of the new version are needed
            Successful
            Successful
            Failed 0.9000 (200 requests), from 0.2000 on it is too much; the stable version has 0.1000 (200 requests)
            Failed 0.9000, from 0.2000 on it is too much; the stable version has 0.1000
        "#]],
    );
}

#[test]
fn few_requests_are_waited_for_and_then_people_decide() {
    let few = shares(1.0, 19.0, 0.0, 900.0);
    says(
        &json!({"limit": 0.05}),
        &[&few, &few, &few, &few, &few],
        &expect![[r#"
        Waiting 19 requests so far: too few to tell; 20 requests of the new version are needed
        Waiting 19 requests so far: too few to tell; 20 requests of the new version are needed
        Waiting 19 requests so far: too few to tell; 20 requests of the new version are needed
        Waiting 19 requests so far: too few to tell; 20 requests of the new version are needed
        Inconclusive 19 requests so far: too few to tell; 20 requests of the new version are needed
    "#]],
    );
}

#[test]
fn what_cannot_be_read_says_nothing() {
    says(
        &json!({"limit": 0.05}),
        &[
            &[],
            &[("stable value", 0.0)],
            &[("canary value", f64::NAN), ("stable value", 0.0)],
            &[("canary value", 0.2)],
            &[("canary value", 0.01)],
            &[("canary value", 0.2), ("stable value", 0.1)],
        ],
        &expect![[r#"
            Error no series matches the query for the number of the new version
            Error no series matches the query for the number of the new version
            Error no series matches the query for the number of the new version
            Error no series matches the query for the number of the stable version
            Successful
            Failed 0.2000, from 0.0500 on it is too much; the stable version has 0.1000
        "#]],
    );
}

#[test]
fn what_is_wrong_is_named_by_its_field() {
    let wrong = json!({"limit": 0.05, "times": 1.0, "canary": {"value": " ", "requests": "", "latency": "x"},
                       "minSamples": 0, "maxWait": "x", "y": 1,
                       "minDifference": -1.0, "minSamplesToFail": -1});
    expect![[r#"
        judge.threshold.y: there is no such field
        judge.threshold.canary.latency: there is no such field
        judge.threshold.canary.value: is empty; write a query
        judge.threshold.canary.requests: is empty; write a query
        judge.threshold: needs either limit or times: from where on is a number bad?
        judge.threshold.times: must be above 1, such as 2
        judge.threshold.minDifference: must be at least 0
        judge.threshold.minSamplesToFail: must be at least minSamples
        judge.threshold.minSamples: must be at least 1
        judge.threshold.maxWait: must be a duration above 0, such as 30m"#]]
    .assert_eq(&comparison(&wrong).unwrap_err());
}

#[test]
fn what_belongs_to_a_factor_does_not_go_with_a_limit() {
    let wrong = json!({"limit": 0.05, "minDifference": 0.1, "minSamplesToFail": 100});
    expect![[r#"
        judge.threshold.minDifference: goes with times only; the failures that limit counts tell by themselves whether they are enough
        judge.threshold.minSamplesToFail: goes with times only; the failures that limit counts tell by themselves whether they are enough"#]].assert_eq(&comparison(&wrong).unwrap_err());
}

#[test]
fn all_numbers_are_of_one_moment() {
    let query = comparison(&json!({"limit": 1})).unwrap().query();
    expect![[r#"
        label_replace(sum(v), "sluice_arm", "canary value", "", "") or
        label_replace(sum(v), "sluice_arm", "stable value", "", "") or
        label_replace(sum(r), "sluice_arm", "canary requests", "", "") or
        label_replace(sum(r), "sluice_arm", "stable requests", "", "")"#]]
    .assert_eq(&query.replace(" or ", " or\n"));
}

/// How long they were enough before does not count.
#[test]
fn requests_that_get_few_are_waited_for_from_then_on() {
    let (enough, few) = (shares(0.0, 1000.0, 0.0, 1000.0), shares(0.0, 1.0, 0.0, 1000.0));
    let looks = [&enough[..], &enough, &enough, &enough, &enough, &enough, &few, &few, &few, &few, &few];
    let comparison = comparison(&json!({"limit": 0.05})).unwrap();
    let mut kept = None;
    let outcomes = looks.iter().zip((0..).step_by(10)).map(|(look, seconds)| {
        let arms = look.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect();
        let weighed = comparison.weigh(kept.as_deref(), &arms, Timestamp::from_second(seconds).unwrap());
        kept = Some(weighed.kept);
        format!("{:?}", weighed.verdict.outcome)
    });
    let outcomes: Vec<String> = outcomes.collect();
    assert_eq!(outcomes[5..], ["Successful", "Waiting", "Waiting", "Waiting", "Inconclusive", "Inconclusive"]);
}
