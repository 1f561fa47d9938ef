//! What rests on too little passes nobody, and fails nobody either.

use expect_test::expect;
use serde_json::{Value as Json, json};
use sluice_crds::AnalysisRunSpec;

use super::{check, counted, story, value};
use crate::{provider::prometheus::Defaults, run::Run};

fn needing(more: Json) -> Json {
    let mut metric = json!({"name": "m", "interval": "10s", "count": 2, "successCondition": "result[0] < 5",
        "minSamples": 100, "samples": "sum(increase(requests[1m]))"});
    change(&mut metric, &more);
    metric
}

/// Sets these fields; null takes one away.
fn change(metric: &mut Json, fields: &Json) {
    let metric = metric.as_object_mut().unwrap();
    for (field, value) in fields.as_object().unwrap() {
        metric.insert(field.clone(), value.clone());
    }
    metric.retain(|_, value| !value.is_null());
}

#[test]
fn too_few_samples_are_waited_for_and_use_up_no_measurement() {
    check(
        story([needing(json!({}))]).answers(
            "m",
            [
                counted(3.0, value(50.0)),
                counted(99.6, value(50.0)),
                counted(100.0, value(1.0)),
                counted(40.0, value(50.0)),
                counted(400.0, value(2.0)),
            ],
        ),
        expect![[r#"
            00:00  Analysis is Running [AnalysisRunRunning]
            00:00  m  Waiting
                    3 of 100 samples: too few to tell
            00:10  m  Waiting
                    99.6 of 100 samples: too few to tell
            00:20  m [1] Successful
            00:30  m  Waiting
                    40 of 100 samples: too few to tell
            00:40  m [2] Successful
            00:40  Metric 'm' Completed. Result: Successful [MetricSuccessful]
            00:40  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
            m keeps 5 of 2
        "#]],
    );
}

#[test]
fn enough_samples_are_judged_by_the_conditions() {
    check(
        story([needing(json!({}))]).answers("m", [counted(100.0, value(50.0))]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m [50] Failed
                50 does not meet successCondition result[0] < 5
        00:00  Metric 'm' Completed. Result: Failed: 1 measurement failed (limit 0): 50 does not meet successCondition result[0] < 5 [MetricFailed]
        00:00  Analysis Completed. Result: Failed: metric "m" assessed Failed: 1 measurement failed (limit 0): 50 does not meet successCondition result[0] < 5 [AnalysisRunFailed]
    "#]],
    );
}

#[test]
fn samples_that_do_not_come_leave_the_metric_inconclusive() {
    check(
        story([needing(json!({"maxWait": "30s"}))]).answers(
            "m",
            [counted(0.0, value(1.0)), counted(0.0, value(1.0)), counted(100.0, value(1.0)), counted(1.0, value(1.0))],
        ),
        expect![[r#"
            00:00  Analysis is Running [AnalysisRunRunning]
            00:00  m  Waiting
                    0 of 100 samples: too few to tell
            00:10  m  Waiting
                    0 of 100 samples: too few to tell
            00:20  m [1] Successful
            00:30  m  Waiting
                    1 of 100 samples: too few to tell
            00:40  m  Waiting
                    1 of 100 samples: too few to tell
            00:50  m  Waiting
                    1 of 100 samples: too few to tell
            01:00  m  Waiting
                    1 of 100 samples: too few to tell
            01:00  Metric 'm' Completed. Result: Inconclusive: 1 measurement inconclusive (limit 0): 1 of 100 samples: too few to tell [MetricInconclusive]
            01:00  Analysis Completed. Result: Inconclusive: metric "m" assessed Inconclusive: 1 measurement inconclusive (limit 0): 1 of 100 samples: too few to tell [AnalysisRunInconclusive]
            m keeps 7 of 2
        "#]],
    );
}

#[test]
fn too_few_samples_are_what_the_metric_says_of_no_data() {
    for (says, expected) in [
        (
            "fail",
            expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m  Failed
                1 of 100 samples: too few to tell
        00:00  Metric 'm' Completed. Result: Failed: 1 measurement failed (limit 0): 1 of 100 samples: too few to tell [MetricFailed]
        00:00  Analysis Completed. Result: Failed: metric "m" assessed Failed: 1 measurement failed (limit 0): 1 of 100 samples: too few to tell [AnalysisRunFailed]
    "#]],
        ),
        (
            "inconclusive",
            expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m  Inconclusive
                1 of 100 samples: too few to tell
        00:00  Metric 'm' Completed. Result: Inconclusive: 1 measurement inconclusive (limit 0): 1 of 100 samples: too few to tell [MetricInconclusive]
        00:00  Analysis Completed. Result: Inconclusive: metric "m" assessed Inconclusive: 1 measurement inconclusive (limit 0): 1 of 100 samples: too few to tell [AnalysisRunInconclusive]
    "#]],
        ),
        (
            "pass",
            expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m  Successful
        00:00  Metric 'm' Completed. Result: Successful [MetricSuccessful]
        00:00  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
        ),
    ] {
        let metric = needing(json!({"onNoData": says, "count": 1}));
        check(story([metric]).answers("m", [counted(1.0, value(50.0))]), expected);
    }
}

#[test]
fn samples_that_cannot_be_counted_are_an_error() {
    let metric = needing(json!({"consecutiveErrorLimit": 0}));
    let spec: AnalysisRunSpec = serde_json::from_value(json!({"metrics": [with_provider(metric)]})).unwrap();
    let run = Run::parse(&spec, |_| None, &Defaults::default()).unwrap();
    let slow = crate::provider::MeasureError::slow("http://prometheus", std::time::Duration::from_secs(30));
    let lack = run.metrics[0].samples.as_ref().unwrap().lack(Err(&slow)).unwrap();
    expect![
        "Error: count samples: no answer from Prometheus at http://prometheus within 30s; see the provider's timeout"
    ]
    .assert_eq(&format!("{:?}: {}", lack.outcome, lack.message));
}

fn with_provider(mut metric: Json) -> Json {
    metric["provider"] = json!({"prometheus": {"address": "http://prometheus", "query": "up"}});
    metric
}

#[test]
fn every_mistake_about_samples_is_named() {
    let arm = json!({"bad": "b", "requests": "r"});
    let judge = json!({"sequential": {"canary": arm, "stable": arm}});
    let web = json!({"web": {"url": "http://web"}});
    let bare = json!({"prometheus": {"address": "http://prometheus"}});
    for (more, expected) in [
        (
            json!({"samples": null}),
            expect![[r#"
            metrics[0].samples: is missing; write a query for the number of requests (or whatever else) that the value rests on
        "#]],
        ),
        (
            json!({"samples": " "}),
            expect![[r#"
            metrics[0].samples: is empty; write a query for the number of samples
        "#]],
        ),
        (
            json!({"minSamples": null}),
            expect![[r#"
            metrics[0].minSamples: is missing; samples are counted to see that there are enough
        "#]],
        ),
        (
            json!({"minSamples": 0}),
            expect![[r#"
            metrics[0].minSamples: 0 is too small; the least is 1
        "#]],
        ),
        (
            json!({"minSamples": "many"}),
            expect![[r#"
            metrics[0].minSamples: "many" is no whole number
        "#]],
        ),
        (
            json!({"maxWait": "-5s"}),
            expect![[r#"
            metrics[0].maxWait: must be a duration above 0, such as 30m
        "#]],
        ),
        (
            json!({"maxWait": "5m", "onNoData": "pass"}),
            expect![[r#"
            metrics[0].maxWait: does not go with onNoData, which says what too few samples are at once
        "#]],
        ),
        (
            json!({"maxWait": "5m", "minSamples": null, "samples": null}),
            expect![[r#"
            metrics[0].maxWait: needs minSamples, which it is the patience for
        "#]],
        ),
        (
            json!({"provider": web, "successCondition": "true"}),
            expect![[r#"
            metrics[0].samples: needs a provider with a query: prometheus, datadog, newRelic, graphite or influxdb. Where the answer has the number in it, ask for it in the conditions
        "#]],
        ),
        (
            json!({"judge": judge, "maxWait": "5m", "successCondition": null, "provider": bare}),
            expect![[r#"
            metrics[0].minSamples: does not go with judge, which has a minSamples of its own
            metrics[0].samples: does not go with judge, which counts requests itself
            metrics[0].maxWait: does not go with judge, which has a maxWait of its own
        "#]],
        ),
    ] {
        let mut metric = with_provider(needing(json!({})));
        change(&mut metric, &more);
        let spec: AnalysisRunSpec = serde_json::from_value(json!({"metrics": [metric]})).unwrap();
        let violations = Run::parse(&spec, |_| None, &Defaults::default()).unwrap_err();
        expected.assert_eq(&sluice_crds::violation::in_lines(&violations));
    }
}
