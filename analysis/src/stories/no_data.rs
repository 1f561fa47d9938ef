//! What was not measured never passes.

use expect_test::expect;
use serde_json::{Value as Json, json};

use super::{check, down, empty, nan, story, value, values};

fn once(success: &str) -> Json {
    json!({"name": "m", "successCondition": success, "consecutiveErrorLimit": 1})
}

fn once_failing(failure: &str) -> Json {
    json!({"name": "m", "failureCondition": failure, "consecutiveErrorLimit": 1})
}

/// There it is an index out of range, and nobody learns that no series matched.
/// <https://github.com/argoproj/argo-rollouts/issues/1466>, <https://github.com/argoproj/argo-rollouts/issues/2101>
#[test]
fn no_series_is_an_error_where_the_condition_looks_at_the_first() {
    check(
        story([once("result[0] < 5")]).answers("m", [empty()]),
        expect![[r#"
            00:00  Analysis is Running [AnalysisRunRunning]
            00:00  m [] Error
                    no series matches the query, so successCondition result[0] < 5 cannot be told: evaluate condition at character 7: the index 0 is out of range: the length is 0
            00:10  m [] Error
                    no series matches the query, so successCondition result[0] < 5 cannot be told: evaluate condition at character 7: the index 0 is out of range: the length is 0
            00:10  Metric 'm' Completed. Result: Error: 2 errors in a row (limit 1): no series matches the query, so successCondition result[0] < 5 cannot be told: evaluate condition at character 7: the index 0 is out of range: the length is 0 [MetricError]
            00:10  Analysis Completed. Result: Error: metric "m" assessed Error: 2 errors in a row (limit 1): no series matches the query, so successCondition result[0] < 5 cannot be told: evaluate condition at character 7: the index 0 is out of range: the length is 0 [AnalysisRunError]
        "#]],
    );
}

#[test]
fn no_series_does_not_pass_for_want_of_a_bad_one() {
    check(
        story([once_failing("any(result, # > 5)")]).answers("m", [empty()]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m [] Error
                no series matches the query; if that is fine, say so in the condition with len(result) == 0
        00:10  m [] Error
                no series matches the query; if that is fine, say so in the condition with len(result) == 0
        00:10  Metric 'm' Completed. Result: Error: 2 errors in a row (limit 1): no series matches the query; if that is fine, say so in the condition with len(result) == 0 [MetricError]
        00:10  Analysis Completed. Result: Error: metric "m" assessed Error: 2 errors in a row (limit 1): no series matches the query; if that is fine, say so in the condition with len(result) == 0 [AnalysisRunError]
    "#]],
    );
    check(
        story([once("all(result, # < 5)")]).answers("m", [empty()]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m [] Error
                no series matches the query; if that is fine, say so in the condition with len(result) == 0
        00:10  m [] Error
                no series matches the query; if that is fine, say so in the condition with len(result) == 0
        00:10  Metric 'm' Completed. Result: Error: 2 errors in a row (limit 1): no series matches the query; if that is fine, say so in the condition with len(result) == 0 [MetricError]
        00:10  Analysis Completed. Result: Error: metric "m" assessed Error: 2 errors in a row (limit 1): no series matches the query; if that is fine, say so in the condition with len(result) == 0 [AnalysisRunError]
    "#]],
    );
}

#[test]
fn no_series_passes_where_the_condition_says_so() {
    check(
        story([once("len(result) == 0 || result[0] < 5")]).answers("m", [empty()]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m [] Successful
        00:00  Metric 'm' Completed. Result: Successful [MetricSuccessful]
        00:00  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn no_condition_passes_a_value_but_not_its_absence() {
    let metric = json!({"name": "m", "consecutiveErrorLimit": 1});
    check(
        story([metric]).answers("m", [empty(), value(3.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m [] Error
                no series matches the query; if that is fine, say so in the condition with len(result) == 0
        00:10  m [3] Successful
        00:10  Metric 'm' Completed. Result: Successful [MetricSuccessful]
        00:10  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn nan_does_not_pass_a_failure_condition() {
    check(
        story([once_failing("result[0] > 5")]).answers("m", [nan()]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m [NaN] Error
                the answer holds NaN; if that is fine, say so in the condition with isNaN
        00:10  m [NaN] Error
                the answer holds NaN; if that is fine, say so in the condition with isNaN
        00:10  Metric 'm' Completed. Result: Error: 2 errors in a row (limit 1): the answer holds NaN; if that is fine, say so in the condition with isNaN [MetricError]
        00:10  Analysis Completed. Result: Error: metric "m" assessed Error: 2 errors in a row (limit 1): the answer holds NaN; if that is fine, say so in the condition with isNaN [AnalysisRunError]
    "#]],
    );
}

#[test]
fn nan_among_values_does_not_pass_either() {
    check(
        story([once_failing("any(result, # > 5)")]).answers("m", [values([1.0, f64::NAN])]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m [1,NaN] Error
                the answer holds NaN; if that is fine, say so in the condition with isNaN
        00:10  m [1,NaN] Error
                the answer holds NaN; if that is fine, say so in the condition with isNaN
        00:10  Metric 'm' Completed. Result: Error: 2 errors in a row (limit 1): the answer holds NaN; if that is fine, say so in the condition with isNaN [MetricError]
        00:10  Analysis Completed. Result: Error: metric "m" assessed Error: 2 errors in a row (limit 1): the answer holds NaN; if that is fine, say so in the condition with isNaN [AnalysisRunError]
    "#]],
    );
}

#[test]
fn nan_is_no_failure_of_a_success_condition() {
    check(
        story([once("result[0] < 5")]).answers("m", [nan()]),
        expect![[r#"
            00:00  Analysis is Running [AnalysisRunRunning]
            00:00  m [NaN] Error
                    the answer holds NaN; if that is fine, say so in the condition with isNaN
            00:10  m [NaN] Error
                    the answer holds NaN; if that is fine, say so in the condition with isNaN
            00:10  Metric 'm' Completed. Result: Error: 2 errors in a row (limit 1): the answer holds NaN; if that is fine, say so in the condition with isNaN [MetricError]
            00:10  Analysis Completed. Result: Error: metric "m" assessed Error: 2 errors in a row (limit 1): the answer holds NaN; if that is fine, say so in the condition with isNaN [AnalysisRunError]
        "#]],
    );
}

#[test]
fn nan_passes_where_the_condition_says_so() {
    check(
        story([once("isNaN(result[0]) || result[0] < 5")]).answers("m", [nan()]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m [NaN] Successful
        00:00  Metric 'm' Completed. Result: Successful [MetricSuccessful]
        00:00  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

/// <https://github.com/argoproj/argo-rollouts/issues/4479>
#[test]
fn a_metric_that_only_ever_erred_is_not_successful_when_terminated() {
    let metric = json!({"name": "m", "interval": "10s", "successCondition": "result[0] < 5"});
    check(
        story([metric]).answers("m", [down()]).terminated_at(25),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:10  m  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:20  m  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:25  Metric 'm' Completed. Result: Inconclusive: stopped after nothing but errors: no answer from Prometheus at http://prometheus within 30s; see the provider's timeout [MetricInconclusive]
        00:25  Analysis Completed. Result: Inconclusive: metric "m" assessed Inconclusive: stopped after nothing but errors: no answer from Prometheus at http://prometheus within 30s; see the provider's timeout [AnalysisRunInconclusive]
    "#]],
    );
}

#[test]
fn a_metric_that_only_ever_erred_does_not_make_an_inconclusive_run_an_error() {
    let erring = json!({"name": "erring", "interval": "10s", "successCondition": "result[0] < 5"});
    let unsure = json!({"name": "unsure", "interval": "20s", "initialDelay": "20s",
                        "successCondition": "result[0] < 1", "failureCondition": "result[0] > 5"});
    check(
        story([erring, unsure]).answers("erring", [down()]).answers("unsure", [value(3.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  erring  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:10  erring  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:20  erring  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:20  unsure [3] Inconclusive
                3 meets neither successCondition result[0] < 1 nor failureCondition result[0] > 5
        00:20  Metric 'erring' Completed. Result: Inconclusive: stopped after nothing but errors: no answer from Prometheus at http://prometheus within 30s; see the provider's timeout [MetricInconclusive]
        00:20  Metric 'unsure' Completed. Result: Inconclusive: 1 measurement inconclusive (limit 0): 3 meets neither successCondition result[0] < 1 nor failureCondition result[0] > 5 [MetricInconclusive]
        00:20  Analysis Completed. Result: Inconclusive: metric "erring" assessed Inconclusive: stopped after nothing but errors: no answer from Prometheus at http://prometheus within 30s; see the provider's timeout; metric "unsure" assessed Inconclusive: 1 measurement inconclusive (limit 0): 3 meets neither successCondition result[0] < 1 nor failureCondition result[0] > 5 [AnalysisRunInconclusive]
    "#]],
    );
}

#[test]
fn no_series_is_what_the_metric_says() {
    let metric = |says: &str| json!({"name": "m", "successCondition": "result[0] < 5", "onNoData": says});
    for (says, expected) in [
        (
            "fail",
            expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m [] Failed
                no series matches the query
        00:00  Metric 'm' Completed. Result: Failed: 1 measurement failed (limit 0): no series matches the query [MetricFailed]
        00:00  Analysis Completed. Result: Failed: metric "m" assessed Failed: 1 measurement failed (limit 0): no series matches the query [AnalysisRunFailed]
    "#]],
        ),
        (
            "inconclusive",
            expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m [] Inconclusive
                no series matches the query
        00:00  Metric 'm' Completed. Result: Inconclusive: 1 measurement inconclusive (limit 0): no series matches the query [MetricInconclusive]
        00:00  Analysis Completed. Result: Inconclusive: metric "m" assessed Inconclusive: 1 measurement inconclusive (limit 0): no series matches the query [AnalysisRunInconclusive]
    "#]],
        ),
        (
            "pass",
            expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m [] Successful
        00:00  Metric 'm' Completed. Result: Successful [MetricSuccessful]
        00:00  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
        ),
    ] {
        check(story([metric(says)]).answers("m", [empty()]), expected);
    }
}
