//! What is measured decides.

use expect_test::expect;
use serde_json::json;
use sluice_crds::AnalysisPhase::{Error, Failed, Inconclusive, Successful};

use crate::world::{analysis, check, given, required};

#[test]
fn analyses_start_once_all_pods_are_available() {
    check(
        given(["base", "new"])
            .with("/analyses", json!([analysis("errors")]))
            .sick("new")
            .run()
            .ending()
            .well("new")
            .run()
            .ending(),
        expect![[r#"
            — pods of new are not ready
              create pods of base
              create pods of new
              scale base 0 → 1 (experiment)
              scale new 0 → 1 (experiment)
            = Pending 0 of 1 pods of template new are available [base 1, new 1]
            — pods of new get ready
            all pods are available
              start analysis exp-errors
            = Running  [base 1, new 1]
        "#]],
    );
}

#[test]
fn a_failed_analysis_fails_it_at_once_and_stops_the_others() {
    check(
        given(["base"])
            .with("/duration", json!("1h"))
            .with("/analyses", json!([analysis("errors"), analysis("latency")]))
            .run()
            .verdict("errors", Failed)
            .wait("1m")
            .ending(),
        expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
            all pods are available
              start analysis exp-errors
              start analysis exp-latency
            — errors comes to Failed
            ended Failed: analysis errors Failed
              stop analysis exp-latency (the experiment is over)
              keep base until 2026-01-01T10:00:30Z
              scale base 1 → 0 (scale-down delay passed)
            = Failed analysis errors Failed []
        "#]],
    );
}

#[test]
fn one_that_cannot_tell_or_cannot_be_measured_ends_it_likewise() {
    for (verdict, expected) in [
        (
            Inconclusive,
            expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
            all pods are available
              start analysis exp-errors
            — errors comes to Inconclusive
            ended Inconclusive: analysis errors Inconclusive
              keep base until 2026-01-01T10:00:30Z
            = Inconclusive analysis errors Inconclusive [base 1]
        "#]],
        ),
        (
            Error,
            expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
            all pods are available
              start analysis exp-errors
            — errors comes to Error
            ended Error: analysis errors Error
              keep base until 2026-01-01T10:00:30Z
            = Error analysis errors Error [base 1]
        "#]],
        ),
    ] {
        let world = given(["base"]).with("/analyses", json!([analysis("errors")])).run().verdict("errors", verdict);
        check(world.run().ending(), expected);
    }
}

#[test]
fn it_ends_when_all_required_analyses_have_passed() {
    check(
        given(["base"])
            .with("/analyses", json!([required("errors"), analysis("latency"), required("load")]))
            .run()
            .verdict("errors", Successful)
            .run()
            .ending()
            .verdict("load", Successful)
            .run()
            .ending(),
        expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
            all pods are available
              start analysis exp-errors
              start analysis exp-latency
              start analysis exp-load
            — errors comes to Successful
            = Running  [base 1]
            — load comes to Successful
              stop analysis exp-latency (the experiment is over)
            ended Successful
              keep base until 2026-01-01T10:00:30Z
            = Successful  [base 1]
        "#]],
    );
}

#[test]
fn a_duration_does_not_cut_a_required_analysis_short() {
    check(
        given(["base"])
            .with("/duration", json!("1m"))
            .with("/analyses", json!([required("errors")]))
            .wait("5m")
            .ending()
            .verdict("errors", Successful)
            .run()
            .ending(),
        expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
            all pods are available
              start analysis exp-errors
            = Running  [base 1]
            — errors comes to Successful
            ended Successful
              keep base until 2026-01-01T10:05:30Z
            = Successful  [base 1]
        "#]],
    );
}

/// argo-rollouts#943: it was Successful while a run was still under way, which then failed.
#[test]
fn it_is_no_success_before_the_last_analysis_has_ended() {
    check(
        given(["base"])
            .with("/duration", json!("1m"))
            .with("/analyses", json!([analysis("errors"), analysis("latency")]))
            .run()
            .verdict("latency", Successful)
            .verdict("errors", Failed)
            .wait("2m")
            .ending(),
        expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
            all pods are available
              start analysis exp-errors
              start analysis exp-latency
            — latency comes to Successful
            — errors comes to Failed
            ended Failed: analysis errors Failed
              keep base until 2026-01-01T10:00:30Z
              scale base 1 → 0 (scale-down delay passed)
            = Failed analysis errors Failed []
        "#]],
    );
}

#[test]
fn terminating_it_stops_its_analyses_and_takes_pods_away() {
    check(
        given(["base"]).with("/analyses", json!([analysis("errors")])).run().terminate().wait("1m").ending(),
        expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
            all pods are available
              start analysis exp-errors
            — terminate
              stop analysis exp-errors (terminated)
            ended Successful
              keep base until 2026-01-01T10:00:30Z
              scale base 1 → 0 (scale-down delay passed)
            = Successful  []
        "#]],
    );
}

#[test]
fn a_retry_measures_anew() {
    check(
        given(["base"])
            .with("/analyses", json!([required("errors")]))
            .run()
            .verdict("errors", Failed)
            .wait("1m")
            .verdict("errors", Successful)
            .wait("1s")
            .retry()
            .run()
            .ending(),
        expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
            all pods are available
              start analysis exp-errors
            — errors comes to Failed
            ended Failed: analysis errors Failed
              keep base until 2026-01-01T10:00:30Z
              scale base 1 → 0 (scale-down delay passed)
            — errors comes to Successful
            — retry
              keep base
              scale base 0 → 1 (experiment)
            all pods are available
              start analysis exp-errors.1
            ended Successful
              keep base until 2026-01-01T10:01:31Z
            = Successful  [base 1]
        "#]],
    );
}

/// Nobody has seen whether the new version is any good.
#[test]
fn an_experiment_that_ends_before_anything_was_measured_is_no_success() {
    let world = || given(["base"]).with("/duration", json!("1h")).with("/analyses", json!([analysis("errors")]));
    check(
        world().silent("errors").run().wait("1h").run().ending(),
        expect![[r#"
          create pods of base
          scale base 0 → 1 (experiment)
        all pods are available
          start analysis exp-errors
          stop analysis exp-errors (the experiment is over)
        ended Inconclusive: analysis errors: not all of its metrics were measured before the end of the experiment
          keep base until 2026-01-01T11:00:30Z
        = Inconclusive analysis errors: not all of its metrics were measured before the end of the experiment [base 1]
    "#]],
    );
    check(
        world().silent("errors").run().terminate().run().ending(),
        expect![[r#"
          create pods of base
          scale base 0 → 1 (experiment)
        all pods are available
          start analysis exp-errors
        — terminate
          stop analysis exp-errors (terminated)
        ended Successful
          keep base until 2026-01-01T10:00:30Z
        = Successful  [base 1]
    "#]],
    );
    check(
        given(["base"])
            .with("/duration", json!("1h"))
            .with("/analyses", json!([required("errors"), analysis("latency")]))
            .silent("latency")
            .run()
            .verdict("errors", Successful)
            .run()
            .ending(),
        expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
            all pods are available
              start analysis exp-errors
              start analysis exp-latency
            — errors comes to Successful
              stop analysis exp-latency (the experiment is over)
            ended Successful
              keep base until 2026-01-01T10:00:30Z
            = Successful  [base 1]
        "#]],
    );
}
