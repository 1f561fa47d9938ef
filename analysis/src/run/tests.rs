use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;
use crate::limits::Limits;
use sluice_crds::violation::in_lines;

fn parse(spec: Value) -> Result<Run, Vec<Violation>> {
    let spec: AnalysisRunSpec = serde_json::from_value(spec).unwrap();
    Run::parse(&spec, |_| Some("s3cr3t".to_owned()), &Defaults::default())
}

fn check_refused(spec: Value, expected: Expect) {
    let violations = parse(spec).unwrap_err();
    expected.assert_eq(&in_lines(&violations));
}

fn metric(more: Value) -> Value {
    let mut metric = json!({"name": "m", "provider": {"prometheus": {"address": "http://prometheus", "query": "up"}}});
    metric.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    metric
}

fn prometheus(more: Value) -> Value {
    let mut query = json!({"address": "http://prometheus", "query": "up"});
    query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"metrics": [{"name": "m", "provider": {"prometheus": query}}]})
}

#[test]
fn a_metric_without_numbers_has_the_usual_ones() {
    let run = parse(json!({"metrics": [metric(json!({}))]})).unwrap();
    let limits =
        Limits { count: Some(1), failure: Some(0), inconclusive: 0, consecutive_error: 4, consecutive_success: None };
    assert_eq!(run.metric("m").unwrap().limits, limits);
    assert_eq!(run.metric("m").unwrap().keep, 10);
}

#[test]
fn numbers_may_come_from_arguments() {
    let run = parse(json!({
        "args": [{"name": "n", "value": "7"}],
        "metrics": [metric(json!({"count": "{{args.n}}", "interval": "{{args.n}}m", "failureLimit": "3"}))],
    }));
    let run = run.unwrap();
    assert_eq!(run.metric("m").unwrap().limits.count, Some(7));
    assert_eq!(run.metric("m").unwrap().limits.failure, Some(3));
    assert_eq!(run.metric("m").unwrap().interval.unwrap().as_secs(), 420);
}

#[test]
fn a_run_needs_a_metric_and_each_a_name_of_its_own() {
    check_refused(
        json!({"metrics": []}),
        expect![[r#"
        metrics: is empty; name at least one metric
    "#]],
    );
    let metrics = [metric(json!({})), metric(json!({})), metric(json!({"name": ""}))];
    check_refused(
        json!({"metrics": metrics}),
        expect![[r#"
        metrics[1].name: another metric is called "m"
        metrics[2].name: is missing
    "#]],
    );
}

#[test]
fn every_mistake_in_a_metric_is_reported_at_once() {
    check_refused(
        json!({"metrics": [metric(json!({
            "interval": "0s", "initialDelay": "-5s", "count": -1, "failureLimit": -2, "inconclusiveLimit": "many",
            "consecutiveErrorLimit": -1, "successCondition": "result[0] <= ((", "sucessCondition": "true", "onNoData": "ignore",
        }))], "templates": []}),
        expect![[r#"
            templates: there is no such field
            metrics[0].sucessCondition: there is no such field
            metrics[0].interval: must be above 0
            metrics[0].initialDelay: must not be negative
            metrics[0].count: -1 is too small; the least is 0
            metrics[0].failureLimit: -2 is too small; the least is -1
            metrics[0].inconclusiveLimit: "many" is no whole number
            metrics[0].consecutiveErrorLimit: -1 is too small; the least is 0
            metrics[0].successCondition: parse condition at character 16: did not expect the end here
            metrics[0].onNoData: is "ignore"; write fail, inconclusive or pass
        "#]],
    );
}

#[test]
fn numbers_must_fit_together() {
    check_refused(
        json!({"metrics": [metric(json!({"count": 2}))]}),
        expect![[r#"
        metrics[0].interval: is needed when count is above 1
    "#]],
    );
    check_refused(
        json!({"metrics": [metric(json!({"failureLimit": -1}))]}),
        expect![[r#"
        metrics[0].failureLimit: -1 needs a consecutiveSuccessLimit above 0, else nothing can fail the metric
    "#]],
    );
    check_refused(
        json!({"metrics": [metric(json!({"interval": "1s", "count": 3, "failureLimit": 2, "consecutiveSuccessLimit": 2}))]}),
        expect![[r#"
            metrics[0].count: must be at least failureLimit and consecutiveSuccessLimit together
        "#]],
    );
    check_refused(
        json!({"metrics": [metric(json!({"interval": "1s", "count": 3, "inconclusiveLimit": 4}))]}),
        expect![[r#"
            metrics[0].count: must be at least inconclusiveLimit
        "#]],
    );
}

#[test]
fn exactly_one_provider_that_sluice_has_is_needed() {
    let of = |provider: Value| json!({"metrics": [{"name": "m", "provider": provider}]});
    check_refused(
        of(json!({})),
        expect![[r#"
        metrics[0].provider: is empty; name one, such as prometheus
    "#]],
    );
    check_refused(
        of(json!({"kayenta": null, "skywalking": {}, "wavefront": {}})),
        expect![[r#"
            metrics[0].provider.wavefront: provider wavefront is not supported by Sluice; use another
            metrics[0].provider.skywalking: provider skywalking is not supported by Sluice; use another
            metrics[0].provider: has more than one provider: wavefront, skywalking; keep one
        "#]],
    );
    check_refused(
        of(
            json!({"prometheus": {"address": "http://p", "query": "up"}, "plugin": {"x": {}}, "web": {"url": "http://x"}}),
        ),
        expect![[r#"
            metrics[0].provider.plugin: provider plugin is not supported by Sluice; use another
            metrics[0].provider: has more than one provider: prometheus, web, plugin; keep one
        "#]],
    );
    check_refused(
        of(json!({"promethius": {"query": "up"}})),
        expect![[r#"
        metrics[0].provider.promethius: there is no such provider
    "#]],
    );
}

#[test]
fn a_query_is_checked_before_it_is_sent() {
    check_refused(
        prometheus(json!({
            "address": "ftp://x", "query": " ", "timeout": -1, "querry": "up",
            "headers": [{"key": "a b", "value": "x"}, {"key": "ok", "value": "a\nb"}],
            "rangeQuery": {"start": "yesterday", "end": "now()", "step": "0s"},
            "authentication": {"sigv4": {}, "oauth2": {}, "basic": {}},
        })),
        expect![[r#"
            metrics[0].provider.prometheus.querry: there is no such field
            metrics[0].provider.prometheus.address: "ftp://x" must begin with http:// or https:// and name a host
            metrics[0].provider.prometheus.query: is missing
            metrics[0].provider.prometheus.timeout: must be at least 1 second
            metrics[0].provider.prometheus.headers[0].key: "a b" is no header name
            metrics[0].provider.prometheus.headers[1].value: holds characters no header may have
            metrics[0].provider.prometheus.rangeQuery.start: read moment "yesterday": write now() or now() - duration("5m")
            metrics[0].provider.prometheus.rangeQuery.step: must be above 0
            metrics[0].provider.prometheus.authentication.basic: there is no such field
            metrics[0].provider.prometheus.authentication: has more than one kind; keep one
            metrics[0].provider.prometheus.authentication.oauth2.tokenUrl: is missing
            metrics[0].provider.prometheus.authentication.oauth2.clientId: is missing
            metrics[0].provider.prometheus.authentication.oauth2.clientSecret: is missing
        "#]],
    );
    check_refused(
        prometheus(json!({"address": ""})),
        expect![[r#"
        metrics[0].provider.prometheus.address: is missing, and the controller has no default
    "#]],
    );
    check_refused(
        prometheus(json!({"address": "prometheus:9090"})),
        expect![[r#"
        metrics[0].provider.prometheus.address: "prometheus:9090" must begin with http:// or https:// and name a host
    "#]],
    );
}

#[test]
fn the_controllers_address_serves_metrics_without_one() {
    let spec: AnalysisRunSpec = serde_json::from_value(prometheus(json!({"address": null}))).unwrap();
    let defaults = Defaults { prometheus_address: Some("http://default:9090".to_owned()) };
    assert!(Run::parse(&spec, |_| None, &defaults).is_ok());
}

#[test]
fn unresolved_arguments_are_named_with_their_fields() {
    check_refused(
        json!({"metrics": [metric(json!({"successCondition": "result[0] < {{args.limit}}"}))]}),
        expect![[r#"
            metrics[0].successCondition: argument "limit" has no value; give it one in args
        "#]],
    );
}

#[test]
fn a_secret_is_not_shown_in_a_violation() {
    let mut spec = prometheus(json!({"address": "{{args.token}}"}));
    spec["args"] = json!([{"name": "token", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]);
    check_refused(
        spec,
        expect![[r#"
        metrics[0].provider.prometheus.address: "*****" is no address: relative URL without a base
    "#]],
    );
}

#[test]
fn dry_run_and_retention_rules_match_anywhere_in_a_name() {
    let names = ["errors-5xx", "latency"].map(|name| metric(json!({"name": name})));
    let run = parse(json!({
        "metrics": names,
        "dryRun": [{"metricName": "5.x"}],
        "measurementRetention": [{"metricName": "lat", "limit": 3}, {"metricName": ".*", "limit": 20}],
    }));
    let shown: Vec<_> = run.unwrap().metrics.iter().map(|it| (it.name.clone(), it.dry_run, it.keep)).collect();
    assert_eq!(shown, [("errors-5xx".to_owned(), true, 20), ("latency".to_owned(), false, 3)]);
}

#[test]
fn rules_that_do_nothing_are_refused() {
    check_refused(
        json!({
            "metrics": [metric(json!({}))],
            "dryRun": [{"metricName": "nope"}, {"metricName": "("}, {"metricName": "m"}, {"metricName": "m"}],
            "measurementRetention": [{"metricName": "m", "limit": 0}, {"metricName": "nope", "limit": 5}],
        }),
        expect![[r#"
            dryRun[0].metricName: "nope" matches no metric
            dryRun[1].metricName: "(" is no regular expression: regex parse error: ( ^ error: unclosed group
            dryRun[3].metricName: "m" is there twice
            measurementRetention[0].limit: must be at least 1
            measurementRetention[1].metricName: "nope" matches no metric
        "#]],
    );
}

#[test]
fn a_run_has_a_limit_of_metrics_and_patterns() {
    let spec = |metrics: usize, patterns: usize| {
        let metrics: Vec<_> = (0..metrics).map(|n| metric(json!({"name": format!("m{n}")}))).collect();
        let patterns: Vec<_> = (0..patterns).map(|n| json!({"metricName": format!("m|{n}"), "limit": 1})).collect();
        let dry: Vec<_> = (0..patterns.len()).map(|n| json!({"metricName": format!("m|{n}")})).collect();
        json!({"metrics": metrics, "dryRun": dry, "measurementRetention": patterns})
    };
    assert!(parse(spec(METRICS, PATTERNS)).is_ok());
    check_refused(
        spec(METRICS + 1, PATTERNS + 1),
        expect![[r#"
            metrics: has 1001 entries; 1000 is the most
            dryRun: has 101 entries; 100 is the most
            measurementRetention: has 101 entries; 100 is the most
        "#]],
    );
}

#[test]
fn a_secret_in_the_name_of_a_field_is_not_shown() {
    check_refused(
        json!({"args": [{"name": "token", "valueFrom": {"secretKeyRef": {"name": "prometheus", "key": "token"}}}],
               "metrics": [metric(json!({"a {{args.token}}": 1}))]}),
        expect![[r#"
            metrics[0].a *****: there is no such field
        "#]],
    );
}

#[test]
fn a_run_lives_no_negative_time() {
    let ttl =
        json!({"secondsAfterCompletion": 0, "secondsAfterFailure": -1, "secondsAfterSuccess": -2_147_483_648_i64});
    check_refused(
        json!({"metrics": [metric(json!({}))], "ttlStrategy": ttl}),
        expect![[r#"
            ttlStrategy.secondsAfterFailure: is -1; must be 0 or more
            ttlStrategy.secondsAfterSuccess: is -2147483648; must be 0 or more
        "#]],
    );
}

#[test]
fn a_misspelt_field_is_named_wherever_it_stands() {
    let query = json!({"address": "http://p", "query": "up", "rangeQuery": {"start": "now()", "end": "now()", "step": "1m", "stop": 1},
                       "headers": [{"key": "a", "value": "b", "val": "c"}], "authentication": {"basicAuth": {"user": "me"}}});
    let sequential =
        json!({"canary": {"bad": "a", "requests": "b", "good": "c"}, "stable": {"bad": "a", "requests": "b"}});
    let compared = json!({"name": "n", "interval": "1m", "judge": {"sequential": sequential}, "provider": {"prometheus": {"address": "http://p"}}});
    check_refused(
        json!({
            "metrics": [{"name": "m", "provider": {"prometheus": query}}, compared],
            "dryRun": [{"metricName": "m", "metric": "m"}],
            "measurementRetention": [{"metricName": "m", "limit": 1, "count": 2}],
            "ttlStrategy": {"secondsAfterSucces": 1},
        }),
        expect![[r#"
            dryRun[0].metric: there is no such field
            measurementRetention[0].count: there is no such field
            ttlStrategy.secondsAfterSucces: there is no such field
            metrics[0].provider.prometheus.headers[0].val: there is no such field
            metrics[0].provider.prometheus.rangeQuery.stop: there is no such field
            metrics[0].provider.prometheus.authentication.basicAuth.user: there is no such field
            metrics[1].judge.sequential.canary.good: there is no such field
        "#]],
    );
    let arg = |more: Value| json!({"metrics": [metric(json!({}))], "args": [more]});
    check_refused(
        arg(json!({"name": "a", "value": "1", "vaule": "2"})),
        expect![[r#"
        args[0]: argument "a": no field vaule
    "#]],
    );
    let secret = json!({"name": "s", "key": "k", "optional": true});
    check_refused(
        arg(json!({"name": "a", "valueFrom": {"secretKeyRef": secret}})),
        expect![[r#"
        args[0]: argument "a": no field valueFrom.secretKeyRef.optional
    "#]],
    );
}

/// The name of a metric is in its status, its events and its series.
#[test]
fn a_secret_in_the_name_of_a_metric_is_not_shown() {
    let named = |name: &str| metric(json!({"name": name}));
    let spec = |metrics: Value| {
        json!({"metrics": metrics, "args": [
        {"name": "token", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}, {"name": "n", "value": "m"}]})
    };
    let run = parse(spec(json!([named("of {{args.token}}")]))).unwrap();
    assert_eq!(run.metrics[0].name, "of *****");
    check_refused(
        spec(json!([named("m"), named("{{args.n}}")])),
        expect![[r#"
        metrics: two are called "m" once arguments are filled in
    "#]],
    );
}
