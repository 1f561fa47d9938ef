//! Pods and Services: there while it runs, and gone after.

use expect_test::expect;
use serde_json::json;

use crate::world::{check, given};

#[test]
fn pods_run_for_the_duration_and_go_after_a_delay() {
    check(
        given(["base", "new"]).with("/duration", json!("10m")).run().ending().wait("11m").ending(),
        expect![[r#"
              create pods of base
              create pods of new
              scale base 0 → 1 (experiment)
              scale new 0 → 1 (experiment)
            all pods are available
            = Running  [base 1, new 1]
            ended Successful
              keep base until 2026-01-01T10:10:30Z
              keep new until 2026-01-01T10:10:30Z
              scale base 1 → 0 (scale-down delay passed)
              scale new 1 → 0 (scale-down delay passed)
            = Successful  []
        "#]],
    );
}

#[test]
fn without_a_duration_and_required_analyses_it_runs_until_it_is_terminated() {
    check(
        given(["base"]).wait("24h").ending().terminate().wait("1m").ending(),
        expect![[r#"
          create pods of base
          scale base 0 → 1 (experiment)
        all pods are available
        = Running  [base 1]
        — terminate
        ended Successful
          keep base until 2026-01-02T10:00:30Z
          scale base 1 → 0 (scale-down delay passed)
        = Successful  []
    "#]],
    );
}

#[test]
fn a_service_stands_in_front_of_pods_as_long_as_there_are_any() {
    check(
        given(["base"]).with("/duration", json!("1m")).with("/templates/0/service", json!({})).wait("2m").ending(),
        expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
              create Service exp-base of base
            all pods are available
            ended Successful
              keep base until 2026-01-01T10:01:30Z
              scale base 1 → 0 (scale-down delay passed)
              delete Service exp-base
            = Successful  []
        "#]],
    );
}

/// Traffic that a route still sends there would get no answer.
#[test]
fn pods_stay_while_a_route_names_their_service() {
    check(
        given(["base"])
            .with("/duration", json!("1m"))
            .with("/templates/0/service", json!({"name": "front"}))
            .run()
            .routed("base", Some("TraefikService web"))
            .wait("10m")
            .ending()
            .routed("base", None)
            .wait("1m")
            .ending(),
        expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
              create Service front of base
            all pods are available
            — route of base: Some("TraefikService web")
            ended Successful
            = Successful  [base 1]
            — route of base: None
              keep base until 2026-01-01T10:10:30Z
              scale base 1 → 0 (scale-down delay passed)
              delete Service front
            = Successful  []
        "#]],
    );
}

#[test]
fn a_template_that_is_not_available_in_time_fails_it() {
    check(
        given(["base", "new"]).with("/progressDeadlineSeconds", json!(60)).sick("new").wait("2m").ending(),
        expect![[r#"
            — pods of new are not ready
              create pods of base
              create pods of new
              scale base 0 → 1 (experiment)
              scale new 0 → 1 (experiment)
            template new Failed: 0 of 1 pods of template new were available within progressDeadlineSeconds (60)
            ended Failed: 0 of 1 pods of template new were available within progressDeadlineSeconds (60)
              keep base until 2026-01-01T10:01:30Z
              keep new until 2026-01-01T10:01:30Z
              scale base 1 → 0 (scale-down delay passed)
              scale new 1 → 0 (scale-down delay passed)
            = Failed 0 of 1 pods of template new were available within progressDeadlineSeconds (60) []
        "#]],
    );
}

#[test]
fn pods_that_are_lost_and_do_not_come_back_fail_it() {
    check(
        given(["base"])
            .with("/progressDeadlineSeconds", json!(60))
            .run()
            .sick("base")
            .wait("30s")
            .well("base")
            .wait("10m")
            .ending()
            .sick("base")
            .wait("2m")
            .ending(),
        expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
            all pods are available
            — pods of base are not ready
            — pods of base get ready
            = Running  [base 1]
            — pods of base are not ready
            template base Failed: 0 of 1 pods of template base were available within progressDeadlineSeconds (60)
            ended Failed: 0 of 1 pods of template base were available within progressDeadlineSeconds (60)
              keep base until 2026-01-01T10:12:00Z
              scale base 1 → 0 (scale-down delay passed)
            = Failed 0 of 1 pods of template base were available within progressDeadlineSeconds (60) []
        "#]],
    );
}

#[test]
fn a_retry_brings_pods_back_that_were_about_to_go() {
    check(
        given(["base"]).with("/duration", json!("1m")).wait("1m10s").retry().run().wait("2m").ending(),
        expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
            all pods are available
            ended Successful
              keep base until 2026-01-01T10:01:30Z
            — retry
              keep base
            all pods are available
              keep base until 2026-01-01T10:02:40Z
              scale base 1 → 0 (scale-down delay passed)
            = Successful  []
        "#]],
    );
}
