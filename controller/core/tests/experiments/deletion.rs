//! Somebody deletes an Experiment whose pods have a share of the traffic.

use expect_test::expect;
use serde_json::json;
use sluice_core::experiment::observed::Deletion::{Abandoned, Asked};

use crate::world::{World, analysis, check, given};

/// Its pods get traffic through the Service `front`.
fn with_traffic() -> World {
    given(["base"])
        .with("/templates/0/service", json!({"name": "front"}))
        .with("/analyses", json!([analysis("errors")]))
        .kept()
        .run()
        .routed("base", Some("TraefikService web"))
}

#[test]
fn its_pods_stay_until_no_route_names_them_and_requests_had_their_time() {
    let deleted = with_traffic().delete(Asked).run().ending();
    check(
        deleted.routed("base", None).wait("1m").ending(),
        expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
              create Service front of base
            all pods are available
              start analysis exp-errors
            — route of base: Some("TraefikService web")
            — deleted, Asked
            ended Successful: deleted
              stop analysis exp-errors (deleted)
            = Successful pods of template base stay: TraefikService web still names their Service [base 1]
            — route of base: None
              keep base until 2026-01-01T10:00:30Z
              scale base 1 → 0 (scale-down delay passed)
              delete Service front
              let the Experiment go: its pods get no traffic
            = Successful pods of template base stay: TraefikService web still names their Service []
        "#]],
    );
}

#[test]
fn one_whose_rollout_is_gone_goes_at_once() {
    check(
        with_traffic().delete(Abandoned).run(),
        expect![[r#"
          create pods of base
          scale base 0 → 1 (experiment)
          create Service front of base
        all pods are available
          start analysis exp-errors
        — route of base: Some("TraefikService web")
        — deleted, Abandoned
          let the Experiment go: its pods get no traffic
    "#]],
    );
}

#[test]
fn one_that_cannot_be_acted_on_goes_once_no_route_names_it() {
    let broken = with_traffic().with("/templates/0/replicas", json!(-1)).delete(Asked).run();
    check(
        broken.ending().routed("base", None).run(),
        expect![[r#"
          create pods of base
          scale base 0 → 1 (experiment)
          create Service front of base
        all pods are available
          start analysis exp-errors
        — route of base: Some("TraefikService web")
        — deleted, Asked
        = Running InvalidSpec: spec.templates[0].replicas: is -1; must be 0 or more [base 1]
        — route of base: None
          let the Experiment go: its pods get no traffic
    "#]],
    );
}

#[test]
fn one_that_has_ended_is_kept_no_longer() {
    check(
        with_traffic().terminate().run().routed("base", None).wait("1m").ending().delete(Asked).run(),
        expect![[r#"
              create pods of base
              scale base 0 → 1 (experiment)
              create Service front of base
            all pods are available
              start analysis exp-errors
            — route of base: Some("TraefikService web")
            — terminate
              stop analysis exp-errors (terminated)
            ended Successful
            — route of base: None
              keep base until 2026-01-01T10:00:30Z
              scale base 1 → 0 (scale-down delay passed)
              delete Service front
              let the Experiment go: its pods get no traffic
            = Successful  []
            — deleted, Asked
        "#]],
    );
}

#[test]
fn one_that_has_made_nothing_yet_goes_at_once() {
    check(
        given(["base"]).kept().delete(Asked).run(),
        expect![[r#"
        — deleted, Asked
        ended Successful: deleted
          let the Experiment go: its pods get no traffic
    "#]],
    );
}

#[test]
fn whenever_a_pass_dies_it_goes_in_the_end() {
    for changes in 0..4 {
        let world = with_traffic().delete(Asked).dies_after(changes).run().routed("base", None);
        let ended = world.dies_after(changes).wait("1m").dies_after(changes).wait("1m");
        assert!(ended.transcript.contains("let the Experiment go"), "{}", ended.transcript);
    }
}
