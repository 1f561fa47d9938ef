//! How failures, errors and doubts add up.

use expect_test::expect;
use serde_json::{Value as Json, json};

use super::{check, down, story, value};

fn error_rate() -> Json {
    json!({"name": "error-rate", "interval": "30s", "count": 3, "successCondition": "result[0] <= 0.05"})
}

fn with(mut metric: Json, field: &str, value: impl Into<Json>) -> Json {
    metric[field] = value.into();
    metric
}

#[test]
fn a_good_release_passes_after_its_count() {
    check(
        story([error_rate()]).answers("error-rate", [value(0.01)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  error-rate [0.01] Successful
        00:30  error-rate [0.01] Successful
        01:00  error-rate [0.01] Successful
        01:00  Metric 'error-rate' Completed. Result: Successful [MetricSuccessful]
        01:00  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn the_first_failure_ends_a_metric_without_failure_limit() {
    check(
        story([error_rate()]).answers("error-rate", [value(0.01), value(0.083)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  error-rate [0.01] Successful
        00:30  error-rate [0.083] Failed
                0.083 does not meet successCondition result[0] <= 0.05
        00:30  Metric 'error-rate' Completed. Result: Failed: 1 measurement failed (limit 0): 0.083 does not meet successCondition result[0] <= 0.05 [MetricFailed]
        00:30  Analysis Completed. Result: Failed: metric "error-rate" assessed Failed: 1 measurement failed (limit 0): 0.083 does not meet successCondition result[0] <= 0.05 [AnalysisRunFailed]
    "#]],
    );
}

#[test]
fn failures_within_the_limit_are_put_up_with() {
    let metric = with(error_rate(), "failureLimit", 2);
    check(
        story([metric]).answers("error-rate", [value(0.2), value(0.2), value(0.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  error-rate [0.2] Failed
                0.2 does not meet successCondition result[0] <= 0.05
        00:30  error-rate [0.2] Failed
                0.2 does not meet successCondition result[0] <= 0.05
        01:00  error-rate [0] Successful
        01:00  Metric 'error-rate' Completed. Result: Successful [MetricSuccessful]
        01:00  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn one_failure_above_the_limit_fails_the_run() {
    let metric = with(with(error_rate(), "failureLimit", 1), "count", 5);
    check(
        story([metric]).answers("error-rate", [value(0.2), value(0.0), value(0.2)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  error-rate [0.2] Failed
                0.2 does not meet successCondition result[0] <= 0.05
        00:30  error-rate [0] Successful
        01:00  error-rate [0.2] Failed
                0.2 does not meet successCondition result[0] <= 0.05
        01:00  Metric 'error-rate' Completed. Result: Failed: 2 measurements failed (limit 1): 0.2 does not meet successCondition result[0] <= 0.05 [MetricFailed]
        01:00  Analysis Completed. Result: Failed: metric "error-rate" assessed Failed: 2 measurements failed (limit 1): 0.2 does not meet successCondition result[0] <= 0.05 [AnalysisRunFailed]
    "#]],
    );
}

#[test]
fn a_metric_that_failed_every_time_within_its_limit_does_not_pass() {
    let metric = with(error_rate(), "failureLimit", 3);
    check(
        story([metric]).answers("error-rate", [value(0.2)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  error-rate [0.2] Failed
                0.2 does not meet successCondition result[0] <= 0.05
        00:30  error-rate [0.2] Failed
                0.2 does not meet successCondition result[0] <= 0.05
        01:00  error-rate [0.2] Failed
                0.2 does not meet successCondition result[0] <= 0.05
        01:00  Metric 'error-rate' Completed. Result: Inconclusive: none of all 3 measurements was successful [MetricInconclusive]
        01:00  Analysis Completed. Result: Inconclusive: metric "error-rate" assessed Inconclusive: none of all 3 measurements was successful [AnalysisRunInconclusive]
    "#]],
    );
}

#[test]
fn without_count_and_interval_one_measurement_is_taken() {
    let metric = json!({"name": "smoke", "successCondition": "result[0] > 0"});
    check(
        story([metric]).answers("smoke", [value(1.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  smoke [1] Successful
        00:00  Metric 'smoke' Completed. Result: Successful [MetricSuccessful]
        00:00  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn without_count_but_with_interval_it_goes_on_until_something_fails() {
    let mut metric = error_rate();
    metric.as_object_mut().unwrap().remove("count");
    let story = story([metric]).answers("error-rate", [value(0.0), value(0.0), value(0.0), value(0.5)]);
    check(
        story,
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  error-rate [0] Successful
        00:30  error-rate [0] Successful
        01:00  error-rate [0] Successful
        01:30  error-rate [0.5] Failed
                0.5 does not meet successCondition result[0] <= 0.05
        01:30  Metric 'error-rate' Completed. Result: Failed: 1 measurement failed (limit 0): 0.5 does not meet successCondition result[0] <= 0.05 [MetricFailed]
        01:30  Analysis Completed. Result: Failed: metric "error-rate" assessed Failed: 1 measurement failed (limit 0): 0.5 does not meet successCondition result[0] <= 0.05 [AnalysisRunFailed]
    "#]],
    );
}

#[test]
fn a_failure_condition_alone_passes_what_does_not_meet_it() {
    let metric = json!({"name": "errors", "count": 2, "interval": "1m", "failureCondition": "result[0] > 5"});
    check(
        story([metric]).answers("errors", [value(1.0), value(6.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  errors [1] Successful
        01:00  errors [6] Failed
                6 meets failureCondition result[0] > 5
        01:00  Metric 'errors' Completed. Result: Failed: 1 measurement failed (limit 0): 6 meets failureCondition result[0] > 5 [MetricFailed]
        01:00  Analysis Completed. Result: Failed: metric "errors" assessed Failed: 1 measurement failed (limit 0): 6 meets failureCondition result[0] > 5 [AnalysisRunFailed]
    "#]],
    );
}

fn two_conditions() -> Json {
    json!({"name": "latency", "count": 3, "interval": "10s",
           "successCondition": "result[0] < 100", "failureCondition": "result[0] > 500"})
}

#[test]
fn between_both_conditions_the_run_is_inconclusive() {
    check(
        story([two_conditions()]).answers("latency", [value(50.0), value(300.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  latency [50] Successful
        00:10  latency [300] Inconclusive
                300 meets neither successCondition result[0] < 100 nor failureCondition result[0] > 500
        00:10  Metric 'latency' Completed. Result: Inconclusive: 1 measurement inconclusive (limit 0): 300 meets neither successCondition result[0] < 100 nor failureCondition result[0] > 500 [MetricInconclusive]
        00:10  Analysis Completed. Result: Inconclusive: metric "latency" assessed Inconclusive: 1 measurement inconclusive (limit 0): 300 meets neither successCondition result[0] < 100 nor failureCondition result[0] > 500 [AnalysisRunInconclusive]
    "#]],
    );
}

#[test]
fn inconclusive_measurements_within_the_limit_are_put_up_with() {
    let metric = with(two_conditions(), "inconclusiveLimit", 2);
    check(
        story([metric]).answers("latency", [value(300.0), value(300.0), value(50.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  latency [300] Inconclusive
                300 meets neither successCondition result[0] < 100 nor failureCondition result[0] > 500
        00:10  latency [300] Inconclusive
                300 meets neither successCondition result[0] < 100 nor failureCondition result[0] > 500
        00:20  latency [50] Successful
        00:20  Metric 'latency' Completed. Result: Successful [MetricSuccessful]
        00:20  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn a_metric_that_was_only_ever_inconclusive_does_not_pass() {
    let metric = with(two_conditions(), "inconclusiveLimit", 3);
    check(
        story([metric]).answers("latency", [value(300.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  latency [300] Inconclusive
                300 meets neither successCondition result[0] < 100 nor failureCondition result[0] > 500
        00:10  latency [300] Inconclusive
                300 meets neither successCondition result[0] < 100 nor failureCondition result[0] > 500
        00:20  latency [300] Inconclusive
                300 meets neither successCondition result[0] < 100 nor failureCondition result[0] > 500
        00:20  Metric 'latency' Completed. Result: Inconclusive: none of all 3 measurements was successful [MetricInconclusive]
        00:20  Analysis Completed. Result: Inconclusive: metric "latency" assessed Inconclusive: none of all 3 measurements was successful [AnalysisRunInconclusive]
    "#]],
    );
}

#[test]
fn errors_are_tried_again_and_do_not_count() {
    check(
        story([error_rate()]).answers("error-rate", [value(0.0), down(), down(), value(0.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  error-rate [0] Successful
        00:30  error-rate  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        01:00  error-rate  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        01:30  error-rate [0] Successful
        02:00  error-rate [0] Successful
        02:00  Metric 'error-rate' Completed. Result: Successful [MetricSuccessful]
        02:00  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
        error-rate keeps 5 of 5
    "#]],
    );
}

#[test]
fn a_server_that_stays_down_is_an_error_after_five_tries() {
    let metric = json!({"name": "smoke", "successCondition": "result[0] > 0"});
    check(
        story([metric]).answers("smoke", [down()]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  smoke  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:10  smoke  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:20  smoke  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:30  smoke  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:40  smoke  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:40  Metric 'smoke' Completed. Result: Error: 5 errors in a row (limit 4): no answer from Prometheus at http://prometheus within 30s; see the provider's timeout [MetricError]
        00:40  Analysis Completed. Result: Error: metric "smoke" assessed Error: 5 errors in a row (limit 4): no answer from Prometheus at http://prometheus within 30s; see the provider's timeout [AnalysisRunError]
        smoke keeps 5 of 5
    "#]],
    );
}

#[test]
fn a_good_measurement_between_errors_starts_their_count_anew() {
    let metric = with(with(error_rate(), "consecutiveErrorLimit", 1), "count", 2);
    check(
        story([metric]).answers("error-rate", [down(), value(0.0), down(), value(0.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  error-rate  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:30  error-rate [0] Successful
        01:00  error-rate  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        01:30  error-rate [0] Successful
        01:30  Metric 'error-rate' Completed. Result: Successful [MetricSuccessful]
        01:30  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn no_error_at_all_may_be_put_up_with() {
    let metric = with(error_rate(), "consecutiveErrorLimit", 0);
    check(
        story([metric]).answers("error-rate", [down()]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  error-rate  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:00  Metric 'error-rate' Completed. Result: Error: 1 error in a row (limit 0): no answer from Prometheus at http://prometheus within 30s; see the provider's timeout [MetricError]
        00:00  Analysis Completed. Result: Error: metric "error-rate" assessed Error: 1 error in a row (limit 0): no answer from Prometheus at http://prometheus within 30s; see the provider's timeout [AnalysisRunError]
    "#]],
    );
}

#[test]
fn enough_successes_in_a_row_end_a_metric_well() {
    let mut metric = with(with(error_rate(), "consecutiveSuccessLimit", 2), "failureLimit", -1);
    metric.as_object_mut().unwrap().remove("count");
    let answers = [value(0.0), value(0.9), value(0.0), value(0.0)];
    check(
        story([metric]).answers("error-rate", answers),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  error-rate [0] Successful
        00:30  error-rate [0.9] Failed
                0.9 does not meet successCondition result[0] <= 0.05
        01:00  error-rate [0] Successful
        01:30  error-rate [0] Successful
        01:30  Metric 'error-rate' Completed. Result: Successful [MetricSuccessful]
        01:30  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn a_count_reached_without_enough_successes_in_a_row_is_inconclusive() {
    let metric = with(with(with(error_rate(), "consecutiveSuccessLimit", 2), "failureLimit", 1), "count", 3);
    check(
        story([metric]).answers("error-rate", [value(0.0), value(0.9), value(0.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  error-rate [0] Successful
        00:30  error-rate [0.9] Failed
                0.9 does not meet successCondition result[0] <= 0.05
        01:00  error-rate [0] Successful
        01:00  Metric 'error-rate' Completed. Result: Inconclusive: 1 of 2 successes in a row after all 3 measurements [MetricInconclusive]
        01:00  Analysis Completed. Result: Inconclusive: metric "error-rate" assessed Inconclusive: 1 of 2 successes in a row after all 3 measurements [AnalysisRunInconclusive]
    "#]],
    );
}

#[test]
fn a_count_reached_without_enough_successes_in_a_row_fails_where_failures_have_no_limit() {
    let metric = with(with(error_rate(), "consecutiveSuccessLimit", 2), "failureLimit", -1);
    check(
        story([metric]).answers("error-rate", [value(0.0), value(0.9), value(0.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  error-rate [0] Successful
        00:30  error-rate [0.9] Failed
                0.9 does not meet successCondition result[0] <= 0.05
        01:00  error-rate [0] Successful
        01:00  Metric 'error-rate' Completed. Result: Failed: 1 of 2 successes in a row after all 3 measurements [MetricFailed]
        01:00  Analysis Completed. Result: Failed: metric "error-rate" assessed Failed: 1 of 2 successes in a row after all 3 measurements [AnalysisRunFailed]
    "#]],
    );
}

#[test]
fn a_spec_with_several_mistakes_reports_them_all() {
    let metric = json!({"name": "error-rate", "count": 3, "successCondition": "result[0] <= ((", "failureLimit": "x"});
    check(
        story([metric]),
        expect![[r#"
            00:00  Analysis Completed. Result: Error: analysis spec invalid: metrics[0].failureLimit: "x" is no whole number; metrics[0].interval: is needed when count is above 1; metrics[0].successCondition: parse condition at character 16: did not expect the end here [AnalysisRunError]
        "#]],
    );
}
