use expect_test::{Expect, expect};
use jiff::{SignedDuration, Timestamp};
use sluice_crds::violation::in_lines;

use crate::query::{Arm, When};
use crate::{Names, Place, Policy, Rules, Trigger, Versions, read};

/// As operators have it: nothing but what the established form knows.
const PLAIN: &str = r##"
triggers:
  - type: health_check_failure
    threshold: 3
    duration: 5m
    action: automatic_rollback

  - type: error_rate_spike
    threshold: 5%
    duration: 2m
    action: automatic_rollback

  - type: response_time_degradation
    threshold: 2x
    duration: 3m
    action: automatic_rollback

rollback_targets:
  shop-prod:
    strategy: immediate
    validation_checks:
      - health_check
      - smoke_test
    notification_channels:
      - slack: "#production-alerts"
      - email: "ops@example.com"
"##;

fn policy(text: &str) -> Policy {
    read(text).unwrap_or_else(|found| panic!("{}", in_lines(&found)))
}

fn wrong(text: &str, expected: &Expect) {
    expected.assert_eq(&in_lines(&read(text).unwrap_err()));
}

fn trigger(at: usize) -> Trigger {
    policy(PLAIN).triggers.swap_remove(at)
}

#[test]
fn the_established_form_is_read_whole() {
    expect![[r##"
        [
            Trigger {
                name: "health_check_failure",
                what: HealthChecks {
                    failures: 3,
                },
                window: 300s,
                samples: 20,
                action: Rollback,
            },
            Trigger {
                name: "error_rate_spike",
                what: ErrorRate {
                    share: 0.05,
                    queries: None,
                },
                window: 120s,
                samples: 20,
                action: Rollback,
            },
            Trigger {
                name: "response_time_degradation",
                what: ResponseTime {
                    factor: 2.0,
                    quantile: 0.95,
                    difference: 0.01,
                    telling: 200,
                    queries: None,
                },
                window: 180s,
                samples: 20,
                action: Rollback,
            },
        ]
        {
            "shop-prod": Target {
                strategy: Immediate,
                checks: [
                    Health,
                    Smoke(
                        None,
                    ),
                ],
                channels: [
                    Channel {
                        service: "slack",
                        recipient: "#production-alerts",
                    },
                    Channel {
                        service: "email",
                        recipient: "ops@example.com",
                    },
                ],
                settings: Settings {
                    interval: 10s,
                    bake: 600s,
                    dry_run: false,
                    cooldown: 1800s,
                    budget: None,
                    prometheus: None,
                },
                triggers: None,
            },
        }"##]]
    .assert_eq(&format!("{:#?}\n{:#?}", policy(PLAIN).triggers, policy(PLAIN).targets.unwrap()));
}

#[test]
fn a_target_says_what_is_otherwise_for_it() {
    let policy = policy(
        "{interval: 30s, budget: {rollbacks: 3, within: 24h}, prometheus: {address: 'http://prometheus:9090'},
          triggers: [{type: health_check_failure, threshold: 3, duration: 5m}],
          rollback_targets: {
            shop: {dry_run: true, bake_time: 1h, strategy: gradual,
                   triggers: [{type: error_rate_spike, name: ours, threshold: 1%, duration: 1m, action: notify_only,
                               query: {new: a, baseline: b, samples: c}}],
                   validation_checks: [{smoke_test: 'https://shop.example.com/up'}, {template: checkout}]}}}",
    );
    let names = Names { namespace: "shop", name: "web", application: None, policy: "ops" };
    expect![[r#"
        Rules {
            triggers: [
                Trigger {
                    name: "ours",
                    what: ErrorRate {
                        share: 0.01,
                        queries: Some(
                            Queries {
                                new: "a",
                                baseline: "b",
                                samples: Some(
                                    "c",
                                ),
                                baseline_samples: None,
                            },
                        ),
                    },
                    window: 60s,
                    samples: 20,
                    action: Notify,
                },
            ],
            strategy: Gradual,
            checks: [
                Smoke(
                    Some(
                        "https://shop.example.com/up",
                    ),
                ),
                Template(
                    "checkout",
                ),
            ],
            channels: [],
            settings: Settings {
                interval: 30s,
                bake: 3600s,
                dry_run: true,
                cooldown: 1800s,
                budget: Some(
                    Budget {
                        rollbacks: 3,
                        within: 86400s,
                    },
                ),
                prometheus: Some(
                    "http://prometheus:9090",
                ),
            },
        }"#]]
    .assert_eq(&format!("{:#?}", policy.rules(&names).unwrap()));
}

#[test]
fn the_closest_name_wins_and_who_is_not_named_is_left_alone() {
    let targets = "rollback_targets: {shop: {bake_time: 1m}, app: {bake_time: 2m}, shop/web: {bake_time: 3m}}";
    let all = policy(&format!("{targets}\ntriggers: [{{type: health_check_failure, threshold: 3, duration: 5m}}]"));
    let minutes = |namespace, name, application| {
        let rules = all.rules(&Names { namespace, name, application, policy: "ops" });
        rules.map(|rules| rules.settings.bake.as_mins())
    };
    assert_eq!(minutes("shop", "web", Some("app")), Some(3));
    assert_eq!(minutes("shop", "api", Some("app")), Some(2));
    assert_eq!(minutes("shop", "api", Some("other")), Some(1));
    assert_eq!(minutes("else", "api", None), None);
}

#[test]
fn a_policy_without_targets_holds_beside_it() {
    let policy = policy("triggers: [{type: health_check_failure, threshold: 3, duration: 5m}]");
    let holds =
        |namespace| policy.rules(&Names { namespace, name: "web", application: None, policy: "shop" }).is_some();
    assert!(holds("shop") && !holds("else"));
}

#[test]
fn every_mistake_is_named_with_its_field_and_what_to_write() {
    wrong(
        "{triggers: [
           {type: error_rate, threshold: 5%, duration: 2m},
           {type: error_rate_spike, threshold: 5, duration: 2m, treshold: 1},
           {type: response_time_degradation, threshold: 1x, duration: -2m, quantile: 95},
           {type: health_check_failure, threshold: 0, action: rollback},
           {type: error_rate_spike, threshold: 5%, duration: 2m, query: {new: a}},
           7],
          bake_time: 2d, dry_run: maybe, budget: {rollbacks: 0}, prometheus: prometheus,
          rollback_targets: {shop: {strategy: fast, validation_checks: [smoke, {template: [a]}],
                                    notification_channels: [slack, {slack: ''}], triggers: 3}}}",
        &expect![[r##"
            triggers[0].type: is "error_rate"; must be one of health_check_failure, error_rate_spike, response_time_degradation
            triggers[1].threshold: is "5"; must be a percentage above 0% and up to 100%, such as 5%
            triggers[1].treshold: is no field of a rollback policy; correct its name or remove it
            triggers[2].duration: is -2m; must be above zero
            triggers[2].quantile: is "95"; must be between 0 and 1, such as 0.95
            triggers[2].threshold: is "1x"; must be a multiple above 1, such as 2x
            triggers[3].duration: is missing; say over which time, such as 5m
            triggers[3].action: is "rollback"; must be one of automatic_rollback, notify_only
            triggers[3].threshold: is "0"; must be a whole number of 1 or more, such as 3
            triggers[4].query.baseline: is missing; give it a value
            triggers[5]: is a number; must be fields with values
            triggers[5].type: is missing; must be one of health_check_failure, error_rate_spike, response_time_degradation
            triggers[5].threshold: is missing; give it a value
            triggers[5].duration: is missing; say over which time, such as 5m
            bake_time: read duration "2d": no unit "d"; use ns, us, ms, s, m or h
            dry_run: is "maybe"; must be true or false
            budget.rollbacks: is "0"; must be a whole number of 1 or more, such as 3
            budget: needs both rollbacks and within, such as {rollbacks: 3, within: 24h}
            prometheus: is a text; must be fields with values
            prometheus: needs the address of a Prometheus, such as {address: http://prometheus.monitoring:9090}
            rollback_targets.shop.strategy: is "fast"; must be one of immediate, gradual
            rollback_targets.shop.validation_checks[0]: must be health_check, smoke_test, {smoke_test: ADDRESS} or {template: NAME of an AnalysisTemplate}
            rollback_targets.shop.validation_checks[1]: must be health_check, smoke_test, {smoke_test: ADDRESS} or {template: NAME of an AnalysisTemplate}
            rollback_targets.shop.notification_channels[0]: must be one service with a recipient, such as {slack: "#alerts"}
            rollback_targets.shop.notification_channels[1]: must be one service with a recipient, such as {slack: "#alerts"}
            rollback_targets.shop.triggers: is a number; must be a list
        "##]],
    );
}

#[test]
fn a_query_that_could_not_be_asked_is_a_mistake_of_the_policy() {
    wrong(
        "triggers:
           - {type: error_rate_spike, threshold: 5%, duration: 2m, query: {new: 'e{h=\"{{args.hash}}\"}', baseline: ' '}}
           - {type: error_rate_spike, name: b, threshold: 5%, duration: 2m, query: {new: '{{ args.namespace }}', baseline: a, samples: '{{x', baseline_samples: ''}}",
        &expect![[r#"
            triggers[0].query.new: asks for {{args.hash}}, which is not there; there are {{args.namespace}}, {{args.rollout}}, {{args.latest-hash}}, {{args.stable-hash}}, {{args.new-service}}, {{args.baseline-service}}, {{args.baseline-at}}
            triggers[0].query.baseline: is empty; give it a value or remove it
            triggers[1].query.samples: asks for {{x}}, which is not there; there are {{args.namespace}}, {{args.rollout}}, {{args.latest-hash}}, {{args.stable-hash}}, {{args.new-service}}, {{args.baseline-service}}, {{args.baseline-at}}
            triggers[1].query.baseline_samples: is empty; give it a value or remove it
        "#]],
    );
}

#[test]
fn what_is_no_policy_is_refused() {
    wrong(
        "",
        &expect![[r#"
        triggers: is missing; say what counts as a version gone bad
    "#]],
    );
    wrong(
        "- a",
        &expect![[r#"
            rollback-policy.yaml: is a list; must be fields with values
        "#]],
    );
    wrong(
        "{a: b",
        &expect![[r#"
            rollback-policy.yaml: is no YAML: error: line 1 column 1: unclosed bracket '{'
        "#]],
    );
    wrong(
        &"x".repeat(300_000),
        &expect![[r#"
            rollback-policy.yaml: has 300000 bytes; 262144 are the most
        "#]],
    );
    wrong(
        "{triggers: [{type: health_check_failure, threshold: 3, duration: 5m}, {type: health_check_failure, threshold: 9, duration: 5m}]}",
        &expect![[r#"
            triggers[1]: is called "health_check_failure" like an earlier one; give it another name
        "#]],
    );
}

#[test]
fn each_version_is_asked_for_by_its_service() {
    let secs = SignedDuration::from_secs;
    let ports = ["80".to_owned(), "http-web".to_owned()];
    let [began, since] = [began(), since()];
    let new = Arm { namespace: "shop", service: "web-canary", ports: &[], window: secs(120), when: When::Since(since) };
    let before = Arm { service: "web", ports: &ports, when: When::Until(began), ..new };
    let asked = [
        new.requests(),
        new.number(&trigger(1).what).unwrap(),
        before.number(&trigger(2).what).unwrap(),
        format!("{:?}", new.number(&trigger(0).what)),
    ];
    expect![[r#"
        sum(increase((traefik_service_requests_total{service=~"shop-web-canary-[^-]+@.+"} and timestamp(traefik_service_requests_total{service=~"shop-web-canary-[^-]+@.+"}) >= 1767261660)[120s:2s]))
        (sum(increase((traefik_service_requests_total{service=~"shop-web-canary-[^-]+@.+",code=~"5.."} and timestamp(traefik_service_requests_total{service=~"shop-web-canary-[^-]+@.+",code=~"5.."}) >= 1767261660)[120s:2s])) or vector(0)) / (sum(increase((traefik_service_requests_total{service=~"shop-web-canary-[^-]+@.+"} and timestamp(traefik_service_requests_total{service=~"shop-web-canary-[^-]+@.+"}) >= 1767261660)[120s:2s])) > 0)
        histogram_quantile(0.95, sum by (le) (rate(traefik_service_request_duration_seconds_bucket{service=~"shop-web-(80|http-web)@.+"}[120s] @ 1767261600)))
        None"#]].assert_eq(&asked.join("\n"));
}

fn rules(text: &str) -> Rules {
    let names = Names { namespace: "shop-prod", name: "web", application: None, policy: "automation" };
    policy(text).rules(&names).unwrap()
}

fn began() -> Timestamp {
    Timestamp::from_second(1_767_261_600).unwrap()
}

fn since() -> Timestamp {
    Timestamp::from_second(1_767_261_660).unwrap()
}

fn arms(new: &str, stable: &str) -> Place {
    Place::Arms { new: new.to_owned(), stable: stable.to_owned(), began: began() }
}

fn versions(place: Place) -> Versions {
    let [namespace, rollout, new, stable] = ["shop-prod", "web", "abc", "def"].map(str::to_owned);
    Versions { namespace, rollout, new, stable, place, ports: Vec::new(), since: since() }
}

fn yaml(spec: &sluice_crds::AnalysisRunSpec) -> String {
    serde_saphyr::to_string(spec).unwrap()
}

#[test]
fn each_trigger_is_a_metric_that_only_a_bad_version_fails() {
    let place = arms("web-canary", "web");
    expect![[r#"
        metrics:
        - name: health_check_failure
          interval: 10s
          inconclusiveLimit: 2147483647
          consecutiveErrorLimit: 2147483647
          judge:
            health:
              failures: 3
              within: 300s
          provider:
            pods:
              canary: abc
              stable: def
        - name: error_rate_spike
          interval: 10s
          inconclusiveLimit: 2147483647
          consecutiveErrorLimit: 2147483647
          judge:
            threshold:
              canary:
                value: >-
                  (sum(increase((traefik_service_requests_total{service=~"shop-prod-web-canary-[^-]+@.+",code=~"5.."} and timestamp(traefik_service_requests_total{service=~"shop-prod-web-canary-[^-]+@.+",code=~"5.."}) >= 1767261660)[120s:2s])) or vector(0)) / (sum(increase((traefik_service_requests_total{service=~"shop-prod-web-canary-[^-]+@.+"} and timestamp(traefik_service_requests_total{service=~"shop-prod-web-canary-[^-]+@.+"}) >= 1767261660)[120s:2s])) > 0)
                requests: >-
                  sum(increase((traefik_service_requests_total{service=~"shop-prod-web-canary-[^-]+@.+"} and timestamp(traefik_service_requests_total{service=~"shop-prod-web-canary-[^-]+@.+"}) >= 1767261660)[120s:2s]))
              stable:
                value: >-
                  (((sum(increase(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+",code=~"5.."}[120s] @ 1767261600)) or vector(0)) / (sum(increase(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}[120s] @ 1767261600)) > 0)) unless (sum(increase((traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"} and timestamp(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}) >= 1767261660)[120s:2s])) >= 20)) or ((sum(increase((traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+",code=~"5.."} and timestamp(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+",code=~"5.."}) >= 1767261660)[120s:2s])) or vector(0)) / (sum(increase((traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"} and timestamp(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}) >= 1767261660)[120s:2s])) > 0))
                requests: >-
                  ((sum(increase(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}[120s] @ 1767261600)) > 0) unless (sum(increase((traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"} and timestamp(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}) >= 1767261660)[120s:2s])) >= 20)) or sum(increase((traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"} and timestamp(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}) >= 1767261660)[120s:2s]))
              limit: 0.05
              minSamples: 20
              maxWait: 120s
          provider:
            prometheus: {}
        - name: response_time_degradation
          interval: 10s
          inconclusiveLimit: 2147483647
          consecutiveErrorLimit: 2147483647
          judge:
            threshold:
              canary:
                value: >-
                  histogram_quantile(0.95, sum by (le)
                  (rate((traefik_service_request_duration_seconds_bucket{service=~"shop-prod-web-canary-[^-]+@.+"} and
                  timestamp(traefik_service_request_duration_seconds_bucket{service=~"shop-prod-web-canary-[^-]+@.+"}) >=
                  1767261660)[180s:3s])))
                requests: >-
                  sum(increase((traefik_service_requests_total{service=~"shop-prod-web-canary-[^-]+@.+"} and timestamp(traefik_service_requests_total{service=~"shop-prod-web-canary-[^-]+@.+"}) >= 1767261660)[180s:3s]))
              stable:
                value: >-
                  ((histogram_quantile(0.95, sum by (le)
                  (rate(traefik_service_request_duration_seconds_bucket{service=~"shop-prod-web-[^-]+@.+"}[180s] @ 1767261600)))) unless
                  (sum(increase((traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}
                  and timestamp(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}) >=
                  1767261660)[180s:3s])) >= 200)) or (histogram_quantile(0.95, sum by (le)
                  (rate((traefik_service_request_duration_seconds_bucket{service=~"shop-prod-web-[^-]+@.+"} and timestamp(traefik_service_request_duration_seconds_bucket{service=~"shop-prod-web-[^-]+@.+"}) >= 1767261660)[180s:3s]))))
                requests: >-
                  ((sum(increase(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}[180s] @ 1767261600)) > 0) unless (sum(increase((traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"} and timestamp(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}) >= 1767261660)[180s:3s])) >= 200)) or sum(increase((traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"} and timestamp(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}) >= 1767261660)[180s:3s]))
              times: 2.0
              minDifference: 0.01
              minSamples: 20
              minSamplesToFail: 200
              maxWait: 180s
          provider:
            prometheus: {}
        args:
        - name: namespace
          value: shop-prod
        - name: rollout
          value: web
        - name: latest-hash
          value: abc
        - name: stable-hash
          value: def
        - name: new-service
          value: web-canary
        - name: baseline-service
          value: web
        - name: baseline-at
          value: ""
    "#]].assert_eq(&yaml(&rules(PLAIN).watch(&versions(place))));
}

#[test]
fn after_its_promotion_a_version_is_compared_with_the_time_before_it() {
    let since = Place::Since {
        service: "web".to_owned(),
        baseline: "web".to_owned(),
        moment: Timestamp::from_second(1_767_261_600).unwrap(),
    };
    let text = "
        dry_run: true
        prometheus: {address: http://prometheus.monitoring:9090}
        triggers: [{type: error_rate_spike, name: a.b, threshold: 5%, duration: 90s, min_samples: 7}]
        rollback_targets: {shop-prod: {}}";
    expect![[r#"
        metrics:
        - name: a.b
          interval: 10s
          inconclusiveLimit: 2147483647
          consecutiveErrorLimit: 2147483647
          judge:
            threshold:
              canary:
                value: >-
                  (sum(increase((traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+",code=~"5.."} and timestamp(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+",code=~"5.."}) >= 1767261660)[90s:1s])) or vector(0)) / (sum(increase((traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"} and timestamp(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}) >= 1767261660)[90s:1s])) > 0)
                requests: >-
                  sum(increase((traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}
                  and timestamp(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"})
                  >= 1767261660)[90s:1s]))
              stable:
                value: >-
                  (sum(increase(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+",code=~"5.."}[90s] @ 1767261600)) or vector(0)) / (sum(increase(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}[90s] @ 1767261600)) > 0)
                requests: >-
                  sum(increase(traefik_service_requests_total{service=~"shop-prod-web-[^-]+@.+"}[90s] @ 1767261600))
              limit: 0.05
              minSamples: 7
              maxWait: 90s
          provider:
            prometheus:
              address: http://prometheus.monitoring:9090
        args:
        - name: namespace
          value: shop-prod
        - name: rollout
          value: web
        - name: latest-hash
          value: abc
        - name: stable-hash
          value: def
        - name: new-service
          value: web
        - name: baseline-service
          value: web
        - name: baseline-at
          value: " @ 1767261600"
        dryRun:
        - metricName: ^a\.b$
    "#]].assert_eq(&yaml(&rules(text).watch(&versions(since))));
}

#[test]
fn a_trigger_without_a_query_needs_services_behind_traefik() {
    let told = rules(PLAIN).unmeasurable(&Place::Nowhere);
    expect![[r#"
        Some(
            Unmeasurable {
                why: "error_rate_spike, response_time_degradation: the requests of its versions are not told apart by Services behind Traefik; give the trigger a query",
                holds: true,
                all: false,
            },
        )
    "#]].assert_debug_eq(&told);
    let text = "
        triggers: [{type: error_rate_spike, threshold: 5%, duration: 90s, query: {new: 'errors{hash=\"{{args.latest-hash}}\"}', baseline: b}}]
        rollback_targets: {shop-prod: {}}";
    assert_eq!(rules(text).unmeasurable(&Place::Nowhere), None);
    expect![[r#"
        metrics:
        - name: error_rate_spike
          interval: 10s
          inconclusiveLimit: 2147483647
          consecutiveErrorLimit: 2147483647
          judge:
            threshold:
              canary:
                value: errors{hash="{{args.latest-hash}}"}
              stable:
                value: b
              limit: 0.05
              minSamples: 20
              maxWait: 90s
          provider:
            prometheus: {}
        args:
        - name: namespace
          value: shop-prod
        - name: rollout
          value: web
        - name: latest-hash
          value: abc
        - name: stable-hash
          value: def
        - name: new-service
          value: ""
        - name: baseline-service
          value: ""
        - name: baseline-at
          value: ""
    "#]]
    .assert_eq(&yaml(&rules(text).watch(&versions(Place::Nowhere))));
}

#[test]
fn what_only_notifies_holds_nothing_that_cannot_be_measured() {
    let told = |settings: &str, action: &str| {
        let text = format!(
            "{settings}\ntriggers: [{{type: error_rate_spike, threshold: 5%, duration: 90s, action: {action}}}]\nrollback_targets: {{shop-prod: {{}}}}"
        );
        rules(&text).unmeasurable(&Place::Nowhere).map(|one| (one.holds, one.all))
    };
    assert_eq!(told("", "automatic_rollback"), Some((true, true)));
    assert_eq!(told("", "notify_only"), Some((false, true)));
    assert_eq!(told("dry_run: true", "automatic_rollback"), Some((false, true)));
    assert_eq!(told("dryRun: true", "automatic_rollback"), Some((false, true)));
}

#[test]
fn another_watch_is_asked_for_only_when_what_is_measured_or_done_about_it_changes() {
    let shape = |settings: &str, threshold: &str, target: &str| {
        let text = format!(
            "{settings}\ntriggers: [{{type: error_rate_spike, threshold: {threshold}, duration: 90s}}]\nrollback_targets: {{shop-prod: {{{target}}}}}"
        );
        rules(&text).shape()
    };
    let first = shape("", "5%", "");
    for same in [
        shape("bake_time: 1h\ncooldown: 1h", "5%", "strategy: gradual"),
        shape("", "5%", "notification_channels: [{slack: shop}]"),
    ] {
        assert_eq!(same, first);
    }
    for other in [
        shape("dry_run: true", "5%", ""),
        shape("", "6%", ""),
        shape("interval: 1s", "5%", ""),
        shape("prometheus: {address: http://other}", "5%", ""),
    ] {
        assert_ne!(other, first);
    }
}

#[test]
fn response_times_need_as_many_requests_as_tell_unless_the_policy_says_otherwise() {
    let judge = |more: &str| {
        let text = format!(
            "triggers: [{{type: response_time_degradation, threshold: 2x, duration: 3m{more}}}]\nrollback_targets: {{shop-prod: {{}}}}"
        );
        let place = arms("web-canary", "web");
        let metric = rules(&text).watch(&versions(place)).metrics.swap_remove(0);
        let judge = metric.judge.unwrap().threshold.unwrap();
        let by_traefik = judge.stable.requests.map(|query| query.contains("traefik_service_requests_total"));
        (judge.min_samples, judge.min_samples_to_fail, judge.min_difference, by_traefik)
    };
    let own = ", query: {new: a, baseline: b, samples: c, baseline_samples: d}";
    assert_eq!(judge(""), (Some(20), Some(200), Some(0.01), Some(true)));
    assert_eq!(judge(", quantile: 0.99"), (Some(20), Some(1000), Some(0.01), Some(true)));
    assert_eq!(judge(", quantile: 0.5"), (Some(20), None, Some(0.01), Some(true)));
    assert_eq!(judge(", min_samples: 50, min_difference: 250ms"), (Some(50), None, Some(0.25), Some(true)));
    assert_eq!(judge(own), (Some(20), Some(200), None, Some(false)));
}

#[test]
fn after_a_rollback_what_users_have_again_is_looked_at() {
    let checks = rules(PLAIN).checks(&versions(Place::Nowhere), Some("http://web.shop-prod.svc:80/"));
    expect![[r#"
        metrics:
        - name: health_check
          interval: 10s
          count: 6
          judge:
            health:
              failures: 1
              within: 10m
          provider:
            pods:
              canary: def
        - name: smoke_test
          interval: 5s
          count: 1
          successCondition: isNil(result) || true
          provider:
            web:
              url: http://web.shop-prod.svc:80/
        args:
        - name: namespace
          value: shop-prod
        - name: rollout
          value: web
        - name: latest-hash
          value: abc
        - name: stable-hash
          value: def
        - name: new-service
          value: ""
        - name: baseline-service
          value: ""
        - name: baseline-at
          value: ""
    "#]]
    .assert_eq(&yaml(&checks));
}

#[test]
fn nothing_is_taken_back_soon_after_the_last_time_nor_beyond_the_budget() {
    let text = "
        cooldown: 30m
        budget: {rollbacks: 2, within: 24h}
        triggers: [{type: health_check_failure, threshold: 3, duration: 5m}]
        rollback_targets: {shop-prod: {}}";
    let at = |hour: i64, minute: i64| Timestamp::from_second(hour * 3600 + minute * 60).unwrap();
    let says = |past: &[Timestamp], now| match rules(text).reins(past, now) {
        Some(reins) => format!("{} ({})", reins.why, reins.until),
        None => "free".to_owned(),
    };
    let told = [
        says(&[], at(1, 0)),
        says(&[at(1, 0)], at(1, 29)),
        says(&[at(1, 0)], at(1, 30)),
        says(&[at(1, 0), at(3, 0)], at(9, 0)),
        says(&[at(1, 0), at(3, 0)], at(25, 0)),
    ];
    expect![[r#"
        free
        another version was taken back at 1970-01-01T01:00:00Z, and the cooldown lasts until 1970-01-01T01:30:00Z (1970-01-01T01:30:00Z)
        free
        2 versions were taken back within 86400 s, and 2 are the budget (1970-01-02T01:00:00Z)
        free"#]].assert_eq(&told.join("\n"));
}

/// A run that is to keep a metric quiet which it does not have is refused as a whole, and nothing is judged.
#[test]
fn only_what_is_measured_is_kept_quiet() {
    for place in [Place::Nowhere, arms("canary", "stable")] {
        let watch = rules(&format!("dry_run: true\n{PLAIN}")).watch(&versions(place));
        let quiet: Vec<String> = watch.dry_run.iter().map(|rule| rule.metric_name.clone()).collect();
        let measured: Vec<String> = watch.metrics.iter().map(|metric| format!("^{}$", metric.name)).collect();
        assert!(!measured.is_empty());
        assert_eq!(quiet, measured);
    }
}
