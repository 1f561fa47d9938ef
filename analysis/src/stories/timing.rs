//! When things are measured, and what ends with what.

use expect_test::expect;
use serde_json::{Value as Json, json};

use super::{check, down, slow, story, value};

fn every(name: &str, interval: &str, count: u32) -> Json {
    json!({"name": name, "interval": interval, "count": count, "successCondition": "result[0] < 5"})
}

fn endless(name: &str, interval: &str) -> Json {
    json!({"name": name, "interval": interval, "successCondition": "result[0] < 5"})
}

#[test]
fn the_first_measurement_waits_for_the_initial_delay() {
    let mut metric = every("late", "10s", 2);
    metric["initialDelay"] = "1m30s".into();
    check(
        story([metric]).answers("late", [value(1.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        01:30  late [1] Successful
        01:40  late [1] Successful
        01:40  Metric 'late' Completed. Result: Successful [MetricSuccessful]
        01:40  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn the_interval_is_counted_from_the_end_of_a_measurement_and_none_overlap() {
    check(
        story([every("slow", "10s", 3)]).answers("slow", [slow(25, value(1.0)), value(2.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:25  slow [1] after 25s Successful
        00:35  slow [2] Successful
        00:45  slow [2] Successful
        00:45  Metric 'slow' Completed. Result: Successful [MetricSuccessful]
        00:45  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn a_slow_metric_does_not_hold_up_a_quick_one() {
    let story = story([every("slow", "10s", 1), every("quick", "10s", 3)]);
    check(
        story.answers("slow", [slow(60, value(1.0))]).answers("quick", [value(2.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  quick [2] Successful
        00:10  quick [2] Successful
        00:20  quick [2] Successful
        00:20  Metric 'quick' Completed. Result: Successful [MetricSuccessful]
        01:00  slow [1] after 60s Successful
        01:00  Metric 'slow' Completed. Result: Successful [MetricSuccessful]
        01:00  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn an_error_without_interval_is_tried_again_after_ten_seconds() {
    let metric = json!({"name": "once", "successCondition": "result[0] < 5"});
    check(
        story([metric]).answers("once", [down(), down(), value(1.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  once  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:10  once  Error
                no answer from Prometheus at http://prometheus within 30s; see the provider's timeout
        00:20  once [1] Successful
        00:20  Metric 'once' Completed. Result: Successful [MetricSuccessful]
        00:20  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn the_first_metric_that_fails_ends_the_run_for_all() {
    let story = story([every("good", "10s", 9), every("bad", "30s", 9)]);
    check(
        story.answers("good", [value(1.0)]).answers("bad", [value(1.0), value(9.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  good [1] Successful
        00:00  bad [1] Successful
        00:10  good [1] Successful
        00:20  good [1] Successful
        00:30  good [1] Successful
        00:30  bad [9] Failed
                9 does not meet successCondition result[0] < 5
        00:30  Metric 'good' Completed. Result: Successful: stopped with the run [MetricSuccessful]
        00:30  Metric 'bad' Completed. Result: Failed: 1 measurement failed (limit 0): 9 does not meet successCondition result[0] < 5 [MetricFailed]
        00:30  Analysis Completed. Result: Failed: metric "bad" assessed Failed: 1 measurement failed (limit 0): 9 does not meet successCondition result[0] < 5 [AnalysisRunFailed]
    "#]],
    );
}

#[test]
fn a_failure_ends_a_metric_that_was_not_measured_yet() {
    let mut late = every("late", "10s", 9);
    late["initialDelay"] = "1h".into();
    let story = story([late, every("bad", "30s", 9)]);
    check(
        story.answers("late", [value(1.0)]).answers("bad", [value(9.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  bad [9] Failed
                9 does not meet successCondition result[0] < 5
        00:00  Metric 'bad' Completed. Result: Failed: 1 measurement failed (limit 0): 9 does not meet successCondition result[0] < 5 [MetricFailed]
        00:00  Analysis Completed. Result: Failed: metric "bad" assessed Failed: 1 measurement failed (limit 0): 9 does not meet successCondition result[0] < 5 [AnalysisRunFailed]
    "#]],
    );
}

#[test]
fn the_run_takes_the_worst_of_its_metrics() {
    let unsure = json!({"name": "unsure", "successCondition": "result[0] < 1", "failureCondition": "result[0] > 5"});
    let story = story([every("bad", "10s", 1), unsure]);
    check(
        story.answers("bad", [value(9.0)]).answers("unsure", [value(3.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  bad [9] Failed
                9 does not meet successCondition result[0] < 5
        00:00  unsure [3] Inconclusive
                3 meets neither successCondition result[0] < 1 nor failureCondition result[0] > 5
        00:00  Metric 'bad' Completed. Result: Failed: 1 measurement failed (limit 0): 9 does not meet successCondition result[0] < 5 [MetricFailed]
        00:00  Metric 'unsure' Completed. Result: Inconclusive: 1 measurement inconclusive (limit 0): 3 meets neither successCondition result[0] < 1 nor failureCondition result[0] > 5 [MetricInconclusive]
        00:00  Analysis Completed. Result: Failed: metric "bad" assessed Failed: 1 measurement failed (limit 0): 9 does not meet successCondition result[0] < 5 [AnalysisRunFailed]
    "#]],
    );
}

#[test]
fn the_run_waits_for_all_metrics_to_pass() {
    let story = story([every("short", "10s", 1), every("long", "20s", 2)]);
    check(
        story.answers("short", [value(1.0)]).answers("long", [value(1.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  short [1] Successful
        00:00  long [1] Successful
        00:00  Metric 'short' Completed. Result: Successful [MetricSuccessful]
        00:20  long [1] Successful
        00:20  Metric 'long' Completed. Result: Successful [MetricSuccessful]
        00:20  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn terminate_ends_a_run_well_where_it_went_well_so_far() {
    let story = story([endless("background", "20s")]);
    check(
        story.answers("background", [value(1.0)]).terminated_at(50),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  background [1] Successful
        00:20  background [1] Successful
        00:40  background [1] Successful
        00:50  Metric 'background' Completed. Result: Successful: stopped with the run [MetricSuccessful]
        00:50  Analysis Completed. Result: Successful: run terminated [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn terminate_does_not_wait_for_a_measurement_under_way() {
    let story = story([endless("background", "20s")]);
    check(
        story.answers("background", [value(1.0), slow(60, value(9.0))]).terminated_at(30),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  background [1] Successful
        00:30  Metric 'background' Completed. Result: Successful: stopped with the run [MetricSuccessful]
        00:30  Analysis Completed. Result: Successful: run terminated [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn a_run_terminated_before_its_first_measurement_ends() {
    let mut metric = endless("background", "20s");
    metric["initialDelay"] = "10m".into();
    check(
        story([metric]).answers("background", [value(1.0)]).terminated_at(30),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:30  Analysis Completed. Result: Successful: run terminated [AnalysisRunSuccessful]
    "#]],
    );
}

#[test]
fn a_dry_run_metric_decides_nothing() {
    let story = story([every("real", "10s", 2), every("trial", "10s", 3)]).dry_run("^tri");
    check(
        story.answers("real", [value(1.0)]).answers("trial", [value(9.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  real [1] Successful
        00:00  trial [9] Failed
                9 does not meet successCondition result[0] < 5
        00:00  Metric 'trial' Completed. Result: Failed: 1 measurement failed (limit 0): 9 does not meet successCondition result[0] < 5 [MetricFailed]
        00:10  real [1] Successful
        00:10  Metric 'real' Completed. Result: Successful [MetricSuccessful]
        00:10  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
        run {count:1,successful:1}, dry run {count:1,failed:1}
    "#]],
    );
}

#[test]
fn a_run_of_dry_run_metrics_only_is_successful() {
    check(
        story([every("trial", "10s", 3)]).dry_run(".*").answers("trial", [value(9.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  trial [9] Failed
                9 does not meet successCondition result[0] < 5
        00:00  Metric 'trial' Completed. Result: Failed: 1 measurement failed (limit 0): 9 does not meet successCondition result[0] < 5 [MetricFailed]
        00:00  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
        run {}, dry run {count:1,failed:1}
    "#]],
    );
}

#[test]
fn a_failure_is_not_undone_by_a_dry_run_metric() {
    let story = story([every("real", "10s", 2), endless("trial", "15s")]).dry_run("trial");
    check(
        story.answers("real", [value(9.0)]).answers("trial", [value(1.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  real [9] Failed
                9 does not meet successCondition result[0] < 5
        00:00  trial [1] Successful
        00:00  Metric 'real' Completed. Result: Failed: 1 measurement failed (limit 0): 9 does not meet successCondition result[0] < 5 [MetricFailed]
        00:00  Metric 'trial' Completed. Result: Successful: stopped with the run [MetricSuccessful]
        00:00  Analysis Completed. Result: Failed: metric "real" assessed Failed: 1 measurement failed (limit 0): 9 does not meet successCondition result[0] < 5 [AnalysisRunFailed]
        run {count:1,failed:1}, dry run {count:1,successful:1}
    "#]],
    );
}

#[test]
fn a_metric_without_end_goes_on() {
    check(
        story([endless("background", "40s")]).answers("background", [value(1.0)]).until(130),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  background [1] Successful
        00:40  background [1] Successful
        01:20  background [1] Successful
        02:00  background [1] Successful
        02:00  … and so on
    "#]],
    );
}

#[test]
fn ten_measurements_are_kept_and_all_are_counted() {
    check(
        story([every("many", "1s", 13)]).answers("many", [value(1.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  many [1] Successful
        00:01  many [1] Successful
        00:02  many [1] Successful
        00:03  many [1] Successful
        00:04  many [1] Successful
        00:05  many [1] Successful
        00:06  many [1] Successful
        00:07  many [1] Successful
        00:08  many [1] Successful
        00:09  many [1] Successful
        00:10  many [1] Successful
        00:11  many [1] Successful
        00:12  many [1] Successful
        00:12  Metric 'many' Completed. Result: Successful [MetricSuccessful]
        00:12  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
        many keeps 10 of 13
    "#]],
    );
}

#[test]
fn as_many_are_kept_as_the_spec_says() {
    check(
        story([every("many", "1s", 7)]).keeping(5).answers("many", [value(1.0)]),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  many [1] Successful
        00:01  many [1] Successful
        00:02  many [1] Successful
        00:03  many [1] Successful
        00:04  many [1] Successful
        00:05  many [1] Successful
        00:06  many [1] Successful
        00:06  Metric 'many' Completed. Result: Successful [MetricSuccessful]
        00:06  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
        many keeps 5 of 7
    "#]],
    );
}

#[test]
fn a_measurement_lost_in_a_crash_is_taken_anew() {
    let story = story([every("m", "30s", 2)]).answers("m", [value(1.0), slow(20, value(9.0)), value(2.0)]);
    check(
        story.crashing_at(40),
        expect![[r#"
        00:00  Analysis is Running [AnalysisRunRunning]
        00:00  m [1] Successful
        00:40  the controller dies and starts again
        00:40  m [2] Successful
        00:40  Metric 'm' Completed. Result: Successful [MetricSuccessful]
        00:40  Analysis Completed. Result: Successful [AnalysisRunSuccessful]
    "#]],
    );
}
