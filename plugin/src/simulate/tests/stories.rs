//! What happens to updates.

use expect_test::expect;

use super::{check, example, simulated};

#[test]
fn a_canary_goes_out_and_a_person_ends_its_wait() {
    check(
        &example("canary.yaml"),
        "{}",
        &expect![[r#"
            TIME       STEP  WEIGHT        NEW     OLD
            +00:00:00  -     0%            0/0     5/5     person  registry.example/web:2.0.0 is applied
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   new revision new
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   create new (revision 2)
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   scale new 0 → 1 (step weight 20)
            +00:00:00  1/4   0% → 20%      0/1     5/5     status  Progressing: 0 of 1 pods of new are available
            +00:00:03  1/4   0% → 20%      1/1     5/5     pods    ready: 1 new, 5 old
            +00:00:03  1/4   0% → 20%      1/1     5/5     event   point web-canary → new (step weight 20)
            +00:00:03  1/4   0% → 20%      1/1     5/5     event   route 0 → 20 (step weight 20)
            +00:00:05  1/4   20%           1/1     5/5     router  20% of the requests reach the new version
            +00:00:05  2/4   20%           1/1     5/5     event   step 1 done
            +00:00:05  2/4   20%           1/1     5/5     event   analysis web-69fc798b57-2-1 Running
            +00:00:05  2/4   20%           1/1     5/5     status  Progressing: waiting for analysis web-69fc798b57-2-1 to complete
            +00:00:05  2/4   20%           1/1     5/5     metric  error-rate is 0: Successful
            +00:01:35  3/4   20% → 60%     1/3     5/5     event   analysis web-69fc798b57-2-1 Successful (4 successful)
            +00:01:35  3/4   20% → 60%     1/3     5/5     event   step 2 done
            +00:01:35  3/4   20% → 60%     1/3     5/5     event   scale new 1 → 3 (step weight 60)
            +00:01:35  3/4   20% → 60%     1/3     5/5     status  Progressing: more replicas need to be updated
            +00:01:38  3/4   20% → 60%     1/3     5/5     status  Progressing: 1 of 3 pods of new are available
            +00:01:38  3/4   20% → 60%     3/3     5/5     pods    ready: 3 new, 5 old
            +00:01:38  3/4   20% → 60%     3/3     5/5     event   route 20 → 60 (step weight 60)
            +00:01:40  3/4   60%           3/3     5/5     router  60% of the requests reach the new version
            +00:01:40  4/4   60%           3/3     5/5     event   step 3 done
            +00:01:40  4/4   60%           3/3     5/5     event   paused (CanaryPauseStep)
            +00:01:40  4/4   60%           3/3     5/5     status  Paused: CanaryPauseStep: waits for promote or abort
            +00:02:40  4/4   60%           3/3     5/5     person  promote: promoted (by default 1m after the wait began)
            +00:02:40  4/4   60% → 100%    3/5     5/5     event   step 4 done
            +00:02:40  4/4   60% → 100%    3/5     5/5     event   scale new 3 → 5 (promotion)
            +00:02:40  4/4   60% → 100%    3/5     5/5     status  Progressing: more replicas need to be updated
            +00:02:43  4/4   60% → 100%    3/5     5/5     status  Progressing: 3 of 5 pods of new are available
            +00:02:43  4/4   60% → 100%    5/5     5/5     pods    ready: 5 new, 5 old
            +00:02:43  4/4   60% → 100%    5/5     5/5     event   route 60 → 100 (promotion)
            +00:02:45  4/4   100%          5/5     5/5     router  100% of the requests reach the new version
            +00:02:45  4/4   100%          5/5     5/5     event   point web-stable → new (promotion)
            +00:02:46  4/4   100%          5/5     5/5     status  Progressing: the router has not taken up the last change yet: Traefik at traefik-0: default-web-stable-80 lacks 10.244.0.10:8080, 10.244.0.11:8080, 10.244.0.7:8080, 10.244.0.8:8080, 10.244.0.9:8080
            +00:02:47  4/4   100%          5/5     5/5     event   route 100 → 0 (promotion)
            +00:02:47  4/4   100%          5/5     5/5     status  Progressing: the router has not taken up the last change yet: Traefik at traefik-0: default-web-canary-80 has weight 100, not 0
            +00:02:49  -     100%          5/5     5/5     event   promoted new
            +00:02:49  -     100%          5/5     5/5     status  Healthy
            +00:03:20  -     100%          5/5     5/0     event   scale old 5 → 0 (scale-down delay passed)
            +00:03:20  -     100%          5/5     0/0     pods    ready: 5 new, 0 old

            Healthy after 2m49s
        "#]],
    );
}

#[test]
fn a_bad_metric_takes_a_canary_back() {
    check(
        &example("canary.yaml"),
        "metrics: [{name: error-rate, value: bad, fromStep: 2}]",
        &expect![[r#"
            TIME       STEP  WEIGHT        NEW     OLD
            +00:00:00  -     0%            0/0     5/5     person  registry.example/web:2.0.0 is applied
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   new revision new
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   create new (revision 2)
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   scale new 0 → 1 (step weight 20)
            +00:00:00  1/4   0% → 20%      0/1     5/5     status  Progressing: 0 of 1 pods of new are available
            +00:00:03  1/4   0% → 20%      1/1     5/5     pods    ready: 1 new, 5 old
            +00:00:03  1/4   0% → 20%      1/1     5/5     event   point web-canary → new (step weight 20)
            +00:00:03  1/4   0% → 20%      1/1     5/5     event   route 0 → 20 (step weight 20)
            +00:00:05  1/4   20%           1/1     5/5     router  20% of the requests reach the new version
            +00:00:05  2/4   20%           1/1     5/5     fault   metric error-rate is bad from now on
            +00:00:05  2/4   20%           1/1     5/5     event   step 1 done
            +00:00:05  2/4   20%           1/1     5/5     event   analysis web-69fc798b57-2-1 Running
            +00:00:05  2/4   20%           1/1     5/5     status  Progressing: waiting for analysis web-69fc798b57-2-1 to complete
            +00:00:05  2/4   20%           1/1     5/5     metric  error-rate: Failed: 1 does not meet successCondition result[0] < 0.05
            +00:00:35  -     20% → 0%      1/1     5/5     event   aborted: analysis web-69fc798b57-2-1 Failed: metric "error-rate" assessed Failed: 2 measurements failed (limit 1): 1 does not meet successCondition result[0] < 0.05 (2 failed)
            +00:00:35  -     20% → 0%      1/1     5/5     event   route 20 → 0 (aborted)
            +00:00:35  -     20% → 0%      1/1     5/5     status  Degraded: RolloutAborted
            +00:00:35  -     0%            1/1     5/5     router  0% of the requests reach the new version
            +00:00:35  -     0%            1/1     5/5     event   point web-canary → old (aborted)
            +00:01:08  -     0%            1/0     5/5     event   scale new 1 → 0 (scale-down delay passed)
            +00:01:08  -     0%            0/0     5/5     pods    ready: 0 new, 5 old

            Degraded after 35s: RolloutAborted: analysis web-69fc798b57-2-1 Failed: metric "error-rate" assessed Failed: 2 measurements failed (limit 1): 1 does not meet successCondition result[0] < 0.05; traffic was back on the version before after 0.1 s
        "#]],
    );
}

#[test]
fn nobody_promotes_so_it_waits() {
    check(
        &example("canary.yaml"),
        "promote: never",
        &expect![[r#"
            TIME       STEP  WEIGHT        NEW     OLD
            +00:00:00  -     0%            0/0     5/5     person  registry.example/web:2.0.0 is applied
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   new revision new
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   create new (revision 2)
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   scale new 0 → 1 (step weight 20)
            +00:00:00  1/4   0% → 20%      0/1     5/5     status  Progressing: 0 of 1 pods of new are available
            +00:00:03  1/4   0% → 20%      1/1     5/5     pods    ready: 1 new, 5 old
            +00:00:03  1/4   0% → 20%      1/1     5/5     event   point web-canary → new (step weight 20)
            +00:00:03  1/4   0% → 20%      1/1     5/5     event   route 0 → 20 (step weight 20)
            +00:00:05  1/4   20%           1/1     5/5     router  20% of the requests reach the new version
            +00:00:05  2/4   20%           1/1     5/5     event   step 1 done
            +00:00:05  2/4   20%           1/1     5/5     event   analysis web-69fc798b57-2-1 Running
            +00:00:05  2/4   20%           1/1     5/5     status  Progressing: waiting for analysis web-69fc798b57-2-1 to complete
            +00:00:05  2/4   20%           1/1     5/5     metric  error-rate is 0: Successful
            +00:01:35  3/4   20% → 60%     1/3     5/5     event   analysis web-69fc798b57-2-1 Successful (4 successful)
            +00:01:35  3/4   20% → 60%     1/3     5/5     event   step 2 done
            +00:01:35  3/4   20% → 60%     1/3     5/5     event   scale new 1 → 3 (step weight 60)
            +00:01:35  3/4   20% → 60%     1/3     5/5     status  Progressing: more replicas need to be updated
            +00:01:38  3/4   20% → 60%     1/3     5/5     status  Progressing: 1 of 3 pods of new are available
            +00:01:38  3/4   20% → 60%     3/3     5/5     pods    ready: 3 new, 5 old
            +00:01:38  3/4   20% → 60%     3/3     5/5     event   route 20 → 60 (step weight 60)
            +00:01:40  3/4   60%           3/3     5/5     router  60% of the requests reach the new version
            +00:01:40  4/4   60%           3/3     5/5     event   step 3 done
            +00:01:40  4/4   60%           3/3     5/5     event   paused (CanaryPauseStep)
            +00:01:40  4/4   60%           3/3     5/5     status  Paused: CanaryPauseStep: waits for promote or abort

            Paused after 1m40s: CanaryPauseStep: waits for promote or abort
        "#]],
    );
}

#[test]
fn a_person_aborts() {
    check(
        &example("canary.yaml"),
        "people: [{at: 50s, do: abort}]",
        &expect![[r#"
            TIME       STEP  WEIGHT        NEW     OLD
            +00:00:00  -     0%            0/0     5/5     person  registry.example/web:2.0.0 is applied
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   new revision new
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   create new (revision 2)
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   scale new 0 → 1 (step weight 20)
            +00:00:00  1/4   0% → 20%      0/1     5/5     status  Progressing: 0 of 1 pods of new are available
            +00:00:03  1/4   0% → 20%      1/1     5/5     pods    ready: 1 new, 5 old
            +00:00:03  1/4   0% → 20%      1/1     5/5     event   point web-canary → new (step weight 20)
            +00:00:03  1/4   0% → 20%      1/1     5/5     event   route 0 → 20 (step weight 20)
            +00:00:05  1/4   20%           1/1     5/5     router  20% of the requests reach the new version
            +00:00:05  2/4   20%           1/1     5/5     event   step 1 done
            +00:00:05  2/4   20%           1/1     5/5     event   analysis web-69fc798b57-2-1 Running
            +00:00:05  2/4   20%           1/1     5/5     status  Progressing: waiting for analysis web-69fc798b57-2-1 to complete
            +00:00:05  2/4   20%           1/1     5/5     metric  error-rate is 0: Successful
            +00:00:50  -     20% → 0%      1/1     5/5     person  abort: aborted
            +00:00:50  -     20% → 0%      1/1     5/5     event   aborted: aborted by hand
            +00:00:50  -     20% → 0%      1/1     5/5     event   route 20 → 0 (aborted)
            +00:00:50  -     20% → 0%      1/1     5/5     status  Degraded: RolloutAborted
            +00:00:50  -     0%            1/1     5/5     router  0% of the requests reach the new version
            +00:00:50  -     0%            1/1     5/5     event   point web-canary → old (aborted)
            +00:01:23  -     0%            1/0     5/5     event   scale new 1 → 0 (scale-down delay passed)
            +00:01:23  -     0%            0/0     5/5     pods    ready: 0 new, 5 old

            Degraded after 50s: RolloutAborted: aborted by hand; traffic was back on the version before after 0.1 s
        "#]],
    );
}

#[test]
fn a_router_that_refuses_for_a_while_is_waited_for() {
    check(
        &example("canary.yaml"),
        "router: [{does: refuses, from: 1s, to: 1m}]",
        &expect![[r#"
            TIME       STEP  WEIGHT        NEW     OLD
            +00:00:00  -     0%            0/0     5/5     person  registry.example/web:2.0.0 is applied
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   new revision new
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   create new (revision 2)
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   scale new 0 → 1 (step weight 20)
            +00:00:00  1/4   0% → 20%      0/1     5/5     status  Progressing: 0 of 1 pods of new are available
            +00:00:01  1/4   0% → 20%      0/1     5/5     fault   the router refuses the route
            +00:00:01  1/4   none → 20%    0/1     5/5     router  no request is served
            +00:00:03  1/4   none → 20%    1/1     5/5     pods    ready: 1 new, 5 old
            +00:00:03  1/4   none → 20%    1/1     5/5     event   point web-canary → new (step weight 20)
            +00:00:06  1/4   none → 20%    1/1     5/5     status  Progressing: the router has not taken up the last change yet: Traefik at traefik-0: default-web: disabled: it is held for broken
            +00:01:00  1/4   none → 20%    1/1     5/5     fault   the router is well again
            +00:01:00  1/4   0% → 20%      1/1     5/5     router  0% of the requests reach the new version
            +00:01:00  1/4   0% → 20%      1/1     5/5     event   route 0 → 20 (step weight 20)
            +00:01:01  1/4   20%           1/1     5/5     router  20% of the requests reach the new version
            +00:01:01  2/4   20%           1/1     5/5     event   step 1 done
            +00:01:01  2/4   20%           1/1     5/5     event   analysis web-69fc798b57-2-1 Running
            +00:01:01  2/4   20%           1/1     5/5     status  Progressing: waiting for analysis web-69fc798b57-2-1 to complete
            +00:01:01  2/4   20%           1/1     5/5     metric  error-rate is 0: Successful
            +00:02:30  3/4   20% → 60%     1/3     5/5     event   analysis web-69fc798b57-2-1 Successful (4 successful)
            +00:02:30  3/4   20% → 60%     1/3     5/5     event   step 2 done
            +00:02:30  3/4   20% → 60%     1/3     5/5     event   scale new 1 → 3 (step weight 60)
            +00:02:30  3/4   20% → 60%     1/3     5/5     status  Progressing: more replicas need to be updated
            +00:02:33  3/4   20% → 60%     1/3     5/5     status  Progressing: 1 of 3 pods of new are available
            +00:02:33  3/4   20% → 60%     3/3     5/5     pods    ready: 3 new, 5 old
            +00:02:33  3/4   20% → 60%     3/3     5/5     event   route 20 → 60 (step weight 60)
            +00:02:35  3/4   60%           3/3     5/5     router  60% of the requests reach the new version
            +00:02:35  4/4   60%           3/3     5/5     event   step 3 done
            +00:02:35  4/4   60%           3/3     5/5     event   paused (CanaryPauseStep)
            +00:02:35  4/4   60%           3/3     5/5     status  Paused: CanaryPauseStep: waits for promote or abort
            +00:03:35  4/4   60%           3/3     5/5     person  promote: promoted (by default 1m after the wait began)
            +00:03:35  4/4   60% → 100%    3/5     5/5     event   step 4 done
            +00:03:35  4/4   60% → 100%    3/5     5/5     event   scale new 3 → 5 (promotion)
            +00:03:35  4/4   60% → 100%    3/5     5/5     status  Progressing: more replicas need to be updated
            +00:03:38  4/4   60% → 100%    3/5     5/5     status  Progressing: 3 of 5 pods of new are available
            +00:03:38  4/4   60% → 100%    5/5     5/5     pods    ready: 5 new, 5 old
            +00:03:38  4/4   60% → 100%    5/5     5/5     event   route 60 → 100 (promotion)
            +00:03:40  4/4   100%          5/5     5/5     router  100% of the requests reach the new version
            +00:03:40  4/4   100%          5/5     5/5     event   point web-stable → new (promotion)
            +00:03:41  4/4   100%          5/5     5/5     status  Progressing: the router has not taken up the last change yet: Traefik at traefik-0: default-web-stable-80 lacks 10.244.0.10:8080, 10.244.0.11:8080, 10.244.0.7:8080, 10.244.0.8:8080, 10.244.0.9:8080
            +00:03:42  4/4   100%          5/5     5/5     event   route 100 → 0 (promotion)
            +00:03:42  4/4   100%          5/5     5/5     status  Progressing: the router has not taken up the last change yet: Traefik at traefik-0: default-web-canary-80 has weight 100, not 0
            +00:03:44  -     100%          5/5     5/5     event   promoted new
            +00:03:44  -     100%          5/5     5/5     status  Healthy
            +00:04:15  -     100%          5/5     5/0     event   scale old 5 → 0 (scale-down delay passed)
            +00:04:15  -     100%          5/5     0/0     pods    ready: 5 new, 0 old

            Healthy after 3m44s
        "#]],
    );
}

#[test]
fn a_blue_green_release_is_judged_and_switched() {
    check(
        &example("blue-green.yaml"),
        "{}",
        &expect![[r#"
        TIME             WEIGHT        NEW     OLD
        +00:00:00        0%            0/0     3/3     person  registry.example/cart:1.9.0 is applied
        +00:00:00        0%            0/3     3/3     event   new revision new
        +00:00:00        0%            0/3     3/3     event   create new (revision 2)
        +00:00:00        0%            0/3     3/3     event   scale new 0 → 3 (promotion)
        +00:00:00        0%            0/3     3/3     status  Progressing: 0 of 3 pods of new are available
        +00:00:03        0%            3/3     3/3     pods    ready: 3 new, 3 old
        +00:00:03        0%            3/3     3/3     event   paused (BlueGreenPause)
        +00:00:03        0%            3/3     3/3     event   point cart-preview → new (preview)
        +00:00:03        0%            3/3     3/3     event   analysis cart-9bf5869dc-2-pre Running
        +00:00:03        0%            3/3     3/3     status  Progressing: waiting for analysis cart-9bf5869dc-2-pre to complete
        +00:00:03        0%            3/3     3/3     metric  p99 is 1: Successful
        +00:00:43        0%            3/3     3/3     event   analysis cart-9bf5869dc-2-pre Successful (3 successful)
        +00:00:43        0%            3/3     3/3     status  Paused: BlueGreenPause: waits for promote or abort
        +00:01:43        0%            3/3     3/3     person  promote: promoted (by default 1m after the wait began)
        +00:01:43        0%            3/3     3/3     event   point cart → new (promotion)
        +00:01:43        0%            3/3     3/3     event   promoted new
        +00:01:43        0%            3/3     3/3     status  Healthy
        +00:01:43        100%          3/3     3/3     router  100% of the requests reach the new version
        +00:02:14        100%          3/3     3/0     event   scale old 3 → 0 (scale-down delay passed)
        +00:02:14        100%          3/3     0/0     pods    ready: 3 new, 0 old

        Healthy after 1m43s
    "#]],
    );
}

#[test]
fn a_blue_green_release_that_is_judged_bad_is_never_switched() {
    check(
        &example("blue-green.yaml"),
        "metrics: [{template: latency, value: 900}]",
        &expect![[r#"
            TIME             WEIGHT        NEW     OLD
            +00:00:00        0%            0/0     3/3     person  registry.example/cart:1.9.0 is applied
            +00:00:00        0%            0/0     3/3     fault   metric of latency is 900 from now on
            +00:00:00        0%            0/3     3/3     event   new revision new
            +00:00:00        0%            0/3     3/3     event   create new (revision 2)
            +00:00:00        0%            0/3     3/3     event   scale new 0 → 3 (promotion)
            +00:00:00        0%            0/3     3/3     status  Progressing: 0 of 3 pods of new are available
            +00:00:03        0%            3/3     3/3     pods    ready: 3 new, 3 old
            +00:00:03        0%            3/3     3/3     event   paused (BlueGreenPause)
            +00:00:03        0%            3/3     3/3     event   point cart-preview → new (preview)
            +00:00:03        0%            3/3     3/3     event   analysis cart-9bf5869dc-2-pre Running
            +00:00:03        0%            3/3     3/3     status  Progressing: waiting for analysis cart-9bf5869dc-2-pre to complete
            +00:00:03        0%            3/3     3/3     metric  p99: Failed: 900 does not meet successCondition result < 300
            +00:00:03        0%            3/3     3/3     event   aborted: analysis cart-9bf5869dc-2-pre Failed: metric "p99" assessed Failed: 1 measurement failed (limit 0): 900 does not meet successCondition result < 300 (1 failed)
            +00:00:03        0%            3/3     3/3     status  Degraded: RolloutAborted
            +00:00:34        0%            3/0     3/3     event   point cart-preview → old (scale-down delay passed)
            +00:00:34        0%            3/0     3/3     event   scale new 3 → 0 (scale-down delay passed)
            +00:00:34        0%            0/0     3/3     pods    ready: 0 new, 3 old

            Degraded after 3s: RolloutAborted: analysis cart-9bf5869dc-2-pre Failed: metric "p99" assessed Failed: 1 measurement failed (limit 0): 900 does not meet successCondition result < 300; no traffic was on the new version any more
        "#]],
    );
}

#[test]
fn a_canary_by_pods_goes_out() {
    check(
        &example("by-pods.yaml"),
        "{}",
        &expect![[r#"
            TIME       STEP  WEIGHT        NEW     OLD
            +00:00:00  -     0%            0/0     3/3     person  registry.example/api:7 is applied
            +00:00:00  1/2   0% → 34%      0/1     3/3     event   new revision new
            +00:00:00  1/2   0% → 34%      0/1     3/3     event   create new (revision 2)
            +00:00:00  1/2   0% → 34%      0/1     3/3     event   scale new 0 → 1 (step weight 34)
            +00:00:00  1/2   0% → 34%      0/1     3/3     status  Progressing: 0 of 1 pods of new are available
            +00:00:03  2/2   25% → 34%     1/1     3/2     pods    ready: 1 new, 3 old
            +00:00:03  2/2   25% → 34%     1/1     3/2     router  25% of the requests reach the new version
            +00:00:03  2/2   25% → 34%     1/1     3/2     event   scale old 3 → 2 (makes room)
            +00:00:03  2/2   25% → 34%     1/1     3/2     event   step 1 done
            +00:00:03  2/2   25% → 34%     1/1     3/2     event   paused (CanaryPauseStep)
            +00:00:03  2/2   25% → 34%     1/1     3/2     status  Paused: CanaryPauseStep until +00:01:03
            +00:00:03  2/2   33.3% → 34%   1/1     2/2     pods    ready: 1 new, 2 old
            +00:00:03  2/2   33.3% → 34%   1/1     2/2     router  33.3% of the requests reach the new version
            +00:01:03  2/2   33.3% → 100%  1/2     2/2     event   step 2 done
            +00:01:03  2/2   33.3% → 100%  1/2     2/2     event   scale new 1 → 2 (promotion)
            +00:01:03  2/2   33.3% → 100%  1/2     2/2     status  Progressing: more replicas need to be updated
            +00:01:06  2/2   33.3% → 100%  1/2     2/2     status  Progressing: 1 of 3 pods of new are available
            +00:01:06  2/2   50% → 100%    2/3     2/1     pods    ready: 2 new, 2 old
            +00:01:06  2/2   50% → 100%    2/3     2/1     router  50% of the requests reach the new version
            +00:01:06  2/2   50% → 100%    2/3     2/1     event   scale old 2 → 1 (makes room)
            +00:01:06  2/2   50% → 100%    2/3     2/1     event   scale new 2 → 3 (promotion)
            +00:01:06  2/2   66.7% → 100%  2/3     1/1     pods    ready: 2 new, 1 old
            +00:01:06  2/2   66.7% → 100%  2/3     1/1     router  66.7% of the requests reach the new version
            +00:01:09  -     75% → 100%    3/3     1/0     pods    ready: 3 new, 1 old
            +00:01:09  -     75% → 100%    3/3     1/0     router  75% of the requests reach the new version
            +00:01:09  -     75% → 100%    3/3     1/0     event   scale old 1 → 0 (makes room)
            +00:01:09  -     75% → 100%    3/3     1/0     event   promoted new
            +00:01:09  -     75% → 100%    3/3     1/0     status  Progressing: old replicas are pending termination
            +00:01:09  -     100%          3/3     0/0     pods    ready: 3 new, 0 old
            +00:01:09  -     100%          3/3     0/0     router  100% of the requests reach the new version
            +00:01:09  -     100%          3/3     0/0     status  Healthy

            Healthy after 1m9s
        "#]],
    );
}

#[test]
fn pods_that_never_become_ready_are_taken_back_at_the_deadline() {
    check(
        &example("by-pods.yaml"),
        "pods: [{ready: never}]",
        &expect![[r#"
        TIME       STEP  WEIGHT        NEW     OLD
        +00:00:00  -     0%            0/0     3/3     person  registry.example/api:7 is applied
        +00:00:00  -     0%            0/0     3/3     fault   new pods never become ready
        +00:00:00  1/2   0% → 34%      0/1     3/3     event   new revision new
        +00:00:00  1/2   0% → 34%      0/1     3/3     event   create new (revision 2)
        +00:00:00  1/2   0% → 34%      0/1     3/3     event   scale new 0 → 1 (step weight 34)
        +00:00:00  1/2   0% → 34%      0/1     3/3     status  Progressing: 0 of 1 pods of new are available
        +00:02:00  -     0%            0/0     3/3     event   no progress for 120 s: 0 of 1 pods of new are available
        +00:02:00  -     0%            0/0     3/3     event   aborted: no progress for 120 s: 0 of 1 pods of new are available
        +00:02:00  -     0%            0/0     3/3     event   scale new 1 → 0 (makes room)
        +00:02:00  -     0%            0/0     3/3     status  Degraded: RolloutAborted

        Degraded after 2m: RolloutAborted: no progress for 120 s: 0 of 1 pods of new are available; no traffic was on the new version any more
    "#]],
    );
}

#[test]
fn pods_that_are_slow_hold_it_up() {
    check(
        &example("by-pods.yaml"),
        "pods: [{ready: after 40s}]",
        &expect![[r#"
            TIME       STEP  WEIGHT        NEW     OLD
            +00:00:00  -     0%            0/0     3/3     person  registry.example/api:7 is applied
            +00:00:00  -     0%            0/0     3/3     fault   new pods take 40 s to become ready
            +00:00:00  1/2   0% → 34%      0/1     3/3     event   new revision new
            +00:00:00  1/2   0% → 34%      0/1     3/3     event   create new (revision 2)
            +00:00:00  1/2   0% → 34%      0/1     3/3     event   scale new 0 → 1 (step weight 34)
            +00:00:00  1/2   0% → 34%      0/1     3/3     status  Progressing: 0 of 1 pods of new are available
            +00:00:41  2/2   25% → 34%     1/1     3/2     pods    ready: 1 new, 3 old
            +00:00:41  2/2   25% → 34%     1/1     3/2     router  25% of the requests reach the new version
            +00:00:41  2/2   25% → 34%     1/1     3/2     event   scale old 3 → 2 (makes room)
            +00:00:41  2/2   25% → 34%     1/1     3/2     event   step 1 done
            +00:00:41  2/2   25% → 34%     1/1     3/2     event   paused (CanaryPauseStep)
            +00:00:41  2/2   25% → 34%     1/1     3/2     status  Paused: CanaryPauseStep until +00:01:41
            +00:00:41  2/2   33.3% → 34%   1/1     2/2     pods    ready: 1 new, 2 old
            +00:00:41  2/2   33.3% → 34%   1/1     2/2     router  33.3% of the requests reach the new version
            +00:01:41  2/2   33.3% → 100%  1/2     2/2     event   step 2 done
            +00:01:41  2/2   33.3% → 100%  1/2     2/2     event   scale new 1 → 2 (promotion)
            +00:01:41  2/2   33.3% → 100%  1/2     2/2     status  Progressing: more replicas need to be updated
            +00:01:44  2/2   33.3% → 100%  1/2     2/2     status  Progressing: 1 of 3 pods of new are available
            +00:02:22  2/2   50% → 100%    2/3     2/1     pods    ready: 2 new, 2 old
            +00:02:22  2/2   50% → 100%    2/3     2/1     router  50% of the requests reach the new version
            +00:02:22  2/2   50% → 100%    2/3     2/1     event   scale old 2 → 1 (makes room)
            +00:02:22  2/2   50% → 100%    2/3     2/1     event   scale new 2 → 3 (promotion)
            +00:02:22  2/2   66.7% → 100%  2/3     1/1     pods    ready: 2 new, 1 old
            +00:02:22  2/2   66.7% → 100%  2/3     1/1     router  66.7% of the requests reach the new version
            +00:02:25  2/2   66.7% → 100%  2/3     1/1     status  Progressing: 2 of 3 pods of new are available
            +00:03:03  -     75% → 100%    3/3     1/0     pods    ready: 3 new, 1 old
            +00:03:03  -     75% → 100%    3/3     1/0     router  75% of the requests reach the new version
            +00:03:03  -     75% → 100%    3/3     1/0     event   scale old 1 → 0 (makes room)
            +00:03:03  -     75% → 100%    3/3     1/0     event   promoted new
            +00:03:03  -     75% → 100%    3/3     1/0     status  Progressing: old replicas are pending termination
            +00:03:03  -     100%          3/3     0/0     pods    ready: 3 new, 0 old
            +00:03:03  -     100%          3/3     0/0     router  100% of the requests reach the new version
            +00:03:03  -     100%          3/3     0/0     status  Healthy

            Healthy after 3m3s
        "#]],
    );
}

#[test]
fn no_data_is_no_success() {
    check(
        &example("canary.yaml"),
        "metrics: [{value: absent}]",
        &expect![[r#"
            TIME       STEP  WEIGHT        NEW     OLD
            +00:00:00  -     0%            0/0     5/5     person  registry.example/web:2.0.0 is applied
            +00:00:00  -     0%            0/0     5/5     fault   every metric is absent from now on
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   new revision new
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   create new (revision 2)
            +00:00:00  1/4   0% → 20%      0/1     5/5     event   scale new 0 → 1 (step weight 20)
            +00:00:00  1/4   0% → 20%      0/1     5/5     status  Progressing: 0 of 1 pods of new are available
            +00:00:03  1/4   0% → 20%      1/1     5/5     pods    ready: 1 new, 5 old
            +00:00:03  1/4   0% → 20%      1/1     5/5     event   point web-canary → new (step weight 20)
            +00:00:03  1/4   0% → 20%      1/1     5/5     event   route 0 → 20 (step weight 20)
            +00:00:05  1/4   20%           1/1     5/5     router  20% of the requests reach the new version
            +00:00:05  2/4   20%           1/1     5/5     event   step 1 done
            +00:00:05  2/4   20%           1/1     5/5     event   analysis web-69fc798b57-2-1 Running
            +00:00:05  2/4   20%           1/1     5/5     status  Progressing: waiting for analysis web-69fc798b57-2-1 to complete
            +00:00:05  2/4   20%           1/1     5/5     metric  error-rate: Error: no series matches the query, so successCondition result[0] < 0.05 cannot be told: evaluate condition at character 7: the index 0 is out of range: the length is 0
            +00:02:05  -     20% → 0%      1/1     5/5     event   aborted: analysis web-69fc798b57-2-1 Error: metric "error-rate" assessed Error: 5 errors in a row (limit 4): no series matches the query, so successCondition result[0] < 0.05 cannot be told: evaluate condition at character 7: the index 0 is out of range: the length is 0 (5 error)
            +00:02:05  -     20% → 0%      1/1     5/5     event   route 20 → 0 (aborted)
            +00:02:05  -     20% → 0%      1/1     5/5     status  Degraded: RolloutAborted
            +00:02:05  -     0%            1/1     5/5     router  0% of the requests reach the new version
            +00:02:05  -     0%            1/1     5/5     event   point web-canary → old (aborted)
            +00:02:38  -     0%            1/0     5/5     event   scale new 1 → 0 (scale-down delay passed)
            +00:02:38  -     0%            0/0     5/5     pods    ready: 0 new, 5 old

            Degraded after 2m5s: RolloutAborted: analysis web-69fc798b57-2-1 Error: metric "error-rate" assessed Error: 5 errors in a row (limit 4): no series matches the query, so successCondition result[0] < 0.05 cannot be told: evaluate condition at character 7: the index 0 is out of range: the length is 0; traffic was back on the version before after 0.1 s
        "#]],
    );
}

#[test]
fn an_analysis_that_cannot_tell_waits_for_a_person_for_good() {
    let manifests = example("canary.yaml")
        .replace("failureLimit: 1", "failureCondition: result[0] > 0.5")
        .replace("- setWeight: 20", "- setWeight: 20\n      - pause: {duration: 10m}");
    check(
        &manifests,
        "metrics: [{value: 0.2}]",
        &expect![[r#"
            TIME       STEP  WEIGHT        NEW     OLD
            +00:00:00  -     0%            0/0     5/5     person  registry.example/web:2.0.0 is applied
            +00:00:00  -     0%            0/0     5/5     fault   every metric is 0.2 from now on
            +00:00:00  1/5   0% → 20%      0/1     5/5     event   new revision new
            +00:00:00  1/5   0% → 20%      0/1     5/5     event   create new (revision 2)
            +00:00:00  1/5   0% → 20%      0/1     5/5     event   scale new 0 → 1 (step weight 20)
            +00:00:00  1/5   0% → 20%      0/1     5/5     status  Progressing: 0 of 1 pods of new are available
            +00:00:03  1/5   0% → 20%      1/1     5/5     pods    ready: 1 new, 5 old
            +00:00:03  1/5   0% → 20%      1/1     5/5     event   point web-canary → new (step weight 20)
            +00:00:03  1/5   0% → 20%      1/1     5/5     event   route 0 → 20 (step weight 20)
            +00:00:05  1/5   20%           1/1     5/5     router  20% of the requests reach the new version
            +00:00:05  2/5   20%           1/1     5/5     event   step 1 done
            +00:00:05  2/5   20%           1/1     5/5     event   paused (CanaryPauseStep)
            +00:00:05  2/5   20%           1/1     5/5     status  Paused: CanaryPauseStep until +00:10:05
            +00:10:05  3/5   20%           1/1     5/5     event   step 2 done
            +00:10:05  3/5   20%           1/1     5/5     event   analysis web-69fc798b57-2-2 Running
            +00:10:05  3/5   20%           1/1     5/5     status  Progressing: waiting for analysis web-69fc798b57-2-2 to complete
            +00:10:05  3/5   20%           1/1     5/5     metric  error-rate: Inconclusive: 0.2 meets neither successCondition result[0] < 0.05 nor failureCondition result[0] > 0.5
            +00:10:05  3/5   20%           1/1     5/5     event   analysis web-69fc798b57-2-2 Inconclusive: metric "error-rate" assessed Inconclusive: 1 measurement inconclusive (limit 0): 0.2 meets neither successCondition result[0] < 0.05 nor failureCondition result[0] > 0.5 (1 inconclusive)
            +00:10:05  3/5   20%           1/1     5/5     event   paused (InconclusiveAnalysisRun)
            +00:10:05  3/5   20%           1/1     5/5     status  Paused: InconclusiveAnalysisRun: look at the analysis, then promote or abort

            Paused after 10m5s: InconclusiveAnalysisRun: look at the analysis, then promote or abort
        "#]],
    );
}

#[test]
fn the_same_input_is_told_the_same_bit_for_bit() {
    let json = || serde_json::to_string(&simulated(&example("canary.yaml"), "{}").unwrap()).unwrap();
    assert_eq!(json(), json());
}

#[test]
fn the_user_s_own_pause_is_ended_by_a_person() {
    let manifests = example("by-pods.yaml").replace("  replicas: 3", "  replicas: 3\n  paused: true");
    check(
        &manifests,
        "{}",
        &expect![[r#"
            TIME       STEP  WEIGHT        NEW     OLD
            +00:00:00  -     0%            0/0     3/3     person  registry.example/api:7 is applied
            +00:00:00  1/2   0% → 34%      0/1     3/3     event   new revision new
            +00:00:00  1/2   0% → 34%      0/1     3/3     event   create new (revision 2)
            +00:00:00  1/2   0% → 34%      0/1     3/3     event   scale new 0 → 1 (step weight 34)
            +00:00:00  1/2   0% → 34%      0/1     3/3     status  Progressing: 0 of 1 pods of new are available
            +00:00:03  1/2   25% → 34%     1/1     3/2     pods    ready: 1 new, 3 old
            +00:00:03  1/2   25% → 34%     1/1     3/2     router  25% of the requests reach the new version
            +00:00:03  1/2   25% → 34%     1/1     3/2     event   scale old 3 → 2 (makes room)
            +00:00:03  1/2   25% → 34%     1/1     3/2     status  Paused: manually paused (spec.paused)
            +00:00:03  1/2   33.3% → 34%   1/1     2/2     pods    ready: 1 new, 2 old
            +00:00:03  1/2   33.3% → 34%   1/1     2/2     router  33.3% of the requests reach the new version
            +00:01:03  1/2   33.3% → 34%   1/1     2/2     person  promote: promoted (by default 1m after the wait began)
            +00:01:03  2/2   33.3% → 34%   1/1     2/2     event   step 1 done
            +00:01:03  2/2   33.3% → 34%   1/1     2/2     event   paused (CanaryPauseStep)
            +00:01:03  2/2   33.3% → 34%   1/1     2/2     status  Paused: CanaryPauseStep until +00:02:03
            +00:02:03  2/2   33.3% → 100%  1/2     2/2     event   step 2 done
            +00:02:03  2/2   33.3% → 100%  1/2     2/2     event   scale new 1 → 2 (promotion)
            +00:02:03  2/2   33.3% → 100%  1/2     2/2     status  Progressing: more replicas need to be updated
            +00:02:06  2/2   33.3% → 100%  1/2     2/2     status  Progressing: 1 of 3 pods of new are available
            +00:02:06  2/2   50% → 100%    2/3     2/1     pods    ready: 2 new, 2 old
            +00:02:06  2/2   50% → 100%    2/3     2/1     router  50% of the requests reach the new version
            +00:02:06  2/2   50% → 100%    2/3     2/1     event   scale old 2 → 1 (makes room)
            +00:02:06  2/2   50% → 100%    2/3     2/1     event   scale new 2 → 3 (promotion)
            +00:02:06  2/2   66.7% → 100%  2/3     1/1     pods    ready: 2 new, 1 old
            +00:02:06  2/2   66.7% → 100%  2/3     1/1     router  66.7% of the requests reach the new version
            +00:02:09  -     75% → 100%    3/3     1/0     pods    ready: 3 new, 1 old
            +00:02:09  -     75% → 100%    3/3     1/0     router  75% of the requests reach the new version
            +00:02:09  -     75% → 100%    3/3     1/0     event   scale old 1 → 0 (makes room)
            +00:02:09  -     75% → 100%    3/3     1/0     event   promoted new
            +00:02:09  -     75% → 100%    3/3     1/0     status  Progressing: old replicas are pending termination
            +00:02:09  -     100%          3/3     0/0     pods    ready: 3 new, 0 old
            +00:02:09  -     100%          3/3     0/0     router  100% of the requests reach the new version
            +00:02:09  -     100%          3/3     0/0     status  Healthy

            Healthy after 2m9s
        "#]],
    );
}

#[test]
fn what_the_files_say_cannot_steer_the_terminal() {
    let manifests = example("by-pods.yaml").replace("registry.example/api:7", r"api\e[31m:7\x07");
    let tale = simulated(&manifests, "{}").unwrap();
    let lines = crate::simulate::text::lines(&tale).join("\n");
    assert!(lines.contains("api [31m:7 ") && !lines.contains("\u{1b}[31m:7") && !lines.contains('\u{7}'));
}

#[test]
fn services_that_take_turns_swap_at_the_end() {
    let manifests = example("canary.yaml")
        .replace("canaryService: web-canary", "pingPong: {pingService: web-a, pongService: web-b}")
        .replace("      stableService: web-stable\n", "")
        .replace("      - analysis: {templates: [{templateName: errors}]}\n", "")
        .replace("      - pause: {}\n", "");
    check(
        &manifests,
        "",
        &expect![[r#"
        TIME       STEP  WEIGHT        NEW     OLD
        +00:00:00  -     0%            0/0     5/5     person  registry.example/web:2.0.0 is applied
        +00:00:00  1/2   0% → 20%      0/1     5/5     event   new revision new
        +00:00:00  1/2   0% → 20%      0/1     5/5     event   create new (revision 2)
        +00:00:00  1/2   0% → 20%      0/1     5/5     event   scale new 0 → 1 (step weight 20)
        +00:00:00  1/2   0% → 20%      0/1     5/5     status  Progressing: 0 of 1 pods of new are available
        +00:00:03  1/2   0% → 20%      1/1     5/5     pods    ready: 1 new, 5 old
        +00:00:03  1/2   0% → 20%      1/1     5/5     event   point web-b → new (step weight 20)
        +00:00:03  1/2   0% → 20%      1/1     5/5     event   route 0 → 20 (step weight 20)
        +00:00:05  1/2   20%           1/1     5/5     router  20% of the requests reach the new version
        +00:00:05  2/2   20% → 60%     1/3     5/5     event   step 1 done
        +00:00:05  2/2   20% → 60%     1/3     5/5     event   scale new 1 → 3 (step weight 60)
        +00:00:05  2/2   20% → 60%     1/3     5/5     status  Progressing: more replicas need to be updated
        +00:00:08  2/2   20% → 60%     1/3     5/5     status  Progressing: 1 of 3 pods of new are available
        +00:00:08  2/2   20% → 60%     3/3     5/5     pods    ready: 3 new, 5 old
        +00:00:08  2/2   20% → 60%     3/3     5/5     event   route 20 → 60 (step weight 60)
        +00:00:10  2/2   60%           3/3     5/5     router  60% of the requests reach the new version
        +00:00:10  2/2   60% → 100%    3/5     5/5     event   step 2 done
        +00:00:10  2/2   60% → 100%    3/5     5/5     event   scale new 3 → 5 (promotion)
        +00:00:10  2/2   60% → 100%    3/5     5/5     status  Progressing: more replicas need to be updated
        +00:00:13  2/2   60% → 100%    3/5     5/5     status  Progressing: 3 of 5 pods of new are available
        +00:00:13  2/2   60% → 100%    5/5     5/5     pods    ready: 5 new, 5 old
        +00:00:13  2/2   60% → 100%    5/5     5/5     event   route 60 → 100 (promotion)
        +00:00:15  2/2   100%          5/5     5/5     router  100% of the requests reach the new version
        +00:00:15  -     100%          5/5     5/5     event   promoted new
        +00:00:15  -     100%          5/5     5/5     event   Service web-b is the stable one from now on (pong)
        +00:00:15  -     100%          5/5     5/5     event   point web-a → new (promotion)
        +00:00:15  -     100%          5/5     5/5     status  Healthy
        +00:00:48  -     100%          5/5     5/0     event   scale old 5 → 0 (scale-down delay passed)
        +00:00:48  -     100%          5/5     0/0     pods    ready: 5 new, 0 old

        Healthy after 15s
    "#]],
    );
}
