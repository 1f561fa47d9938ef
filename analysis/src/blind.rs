//! Metrics that cannot tell the new version from the stable one.
//!
//! A query for all requests of a service judges both versions together: with 5 % of the traffic, a version that fails every
//! request leaves 95 % of all requests good. Nothing is wrong with such a metric by itself, so this is a warning and no more.

use sluice_crds::{AnalysisRunSpec, Argument, Metric};

/// What names one of the two versions in a query.
#[derive(Debug, Clone, Default)]
pub struct Arms {
    /// The pod template hashes of both, the names of their Services, and what labels only one of them has.
    pub names: Vec<String>,
}

/// Words that people give to the series of one version, or to the label that tells them apart.
const WORDS: [&str; 8] =
    ["canary", "stable", "baseline", "version", "revision", "pod_template_hash", "replicaset", "image"];

/// The metrics whose queries name neither version. Only queries for Prometheus are looked at: what a Job or a web server
/// answers, its owner knows.
pub fn blind<'a>(spec: &'a AnalysisRunSpec, arms: &Arms) -> Vec<&'a str> {
    let metrics = spec.metrics.iter().filter(|metric| metric.judge.is_none());
    let asking = metrics.filter_map(|metric| Some((metric, query(metric)?)));
    asking
        .filter(|(_, query)| !names(&filled(query, &spec.args), arms))
        .map(|(metric, _)| metric.name.as_str())
        .collect()
}

fn query(metric: &Metric) -> Option<&str> {
    metric.provider.prometheus.as_ref()?.query.as_deref()
}

/// The query with the values of its arguments; secret ones say nothing of a version.
fn filled(query: &str, args: &[Argument]) -> String {
    args.iter().fold(query.to_owned(), |query, arg| {
        let value = arg.value.as_deref().unwrap_or_default();
        let spellings = [format!("{{{{args.{}}}}}", arg.name), format!("{{{{ args.{} }}}}", arg.name)];
        spellings.iter().fold(query, |query, spelling| query.replace(spelling, value))
    })
}

fn names(query: &str, arms: &Arms) -> bool {
    let own = arms.names.iter().map(String::as_str).filter(|name| !name.is_empty());
    own.chain(WORDS).any(|name| query.contains(name))
}

/// What people are told of such metrics.
///
/// `canary_service` is the new version's, where Traefik counts the requests to it.
pub fn warning(metrics: &[&str], namespace: &str, canary_service: Option<&str>) -> String {
    let instead = canary_service.map_or_else(
        || {
            "give the template an argument with valueFrom: {podTemplateHashValue: Latest}, and use it in the query"
                .to_owned()
        },
        |service| format!("with Traefik: {}", better(namespace, service)),
    );
    format!(
        "cannot tell the new version from the stable one: {}. A version with few of the requests may fail them all and \
         still pass. Ask for the new version alone; {instead}",
        metrics.join(", ")
    )
}

/// The query to use instead, with the series that Traefik counts for each Service.
fn better(namespace: &str, canary_service: &str) -> String {
    let series = |more: &str| {
        let service = format!("{namespace}-{canary_service}-.+@kubernetescrd");
        format!("sum(rate(traefik_service_requests_total{{service=~\"{service}\"{more}}}[1m]))")
    };
    format!("{} / {}", series(",code!~\"5..\""), series(""))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn found(metric: Value, args: Value) -> bool {
        let mut metric = metric;
        metric["name"] = json!("m");
        let spec: AnalysisRunSpec = serde_json::from_value(json!({"metrics": [metric], "args": args})).unwrap();
        let names = ["7d9f", "5c4b", "web-new", "web-old"].map(str::to_owned).into();
        blind(&spec, &Arms { names }) == ["m"]
    }

    fn prometheus(query: &str) -> Value {
        json!({"provider": {"prometheus": {"query": query}}})
    }

    #[test]
    fn a_query_for_a_whole_service_tells_no_version() {
        let query = r#"sum(rate(http_requests_total{job="web",code!~"5.."}[1m])) / sum(rate(http_requests_total{job="web"}[1m]))"#;
        assert!(found(prometheus(query), json!([])));
        assert!(found(
            prometheus(r#"up{job="{{args.service-name}}"}"#),
            json!([{"name": "service-name", "value": "web"}])
        ));
    }

    #[test]
    fn a_query_that_names_a_service_or_a_hash_tells_the_version() {
        for query in
            [r#"up{service="shop-web-new-80@kubernetescrd"}"#, r#"up{pod=~"web-7d9f-.*"}"#, r#"up{version="canary"}"#]
        {
            assert!(!found(prometheus(query), json!([])), "{query}");
        }
    }

    #[test]
    fn an_argument_may_name_the_version() {
        let args = json!([{"name": "hash", "value": "7d9f"}, {"name": "other", "value": "x"}]);
        for query in [r#"up{hash="{{args.hash}}"}"#, r#"up{hash="{{ args.hash }}"}"#] {
            assert!(!found(prometheus(query), args.clone()), "{query}");
        }
        assert!(found(prometheus(r#"up{hash="{{args.other}}"}"#), args));
    }

    #[test]
    fn what_compares_versions_or_is_no_query_is_not_looked_at() {
        let arm = json!({"bad": "b", "requests": "r"});
        let judge = json!({"judge": {"sequential": {"canary": arm, "stable": arm}}, "provider": {"prometheus": {"query": "up"}}});
        assert!(!found(judge, json!([])));
        assert!(!found(json!({"provider": {"web": {"url": "http://x"}}}), json!([])));
    }

    #[test]
    fn the_query_to_use_has_the_services_own_name() {
        let query = r#"sum(rate(traefik_service_requests_total{service=~"shop-web-new-.+@kubernetescrd",code!~"5.."}[1m])) / sum(rate(traefik_service_requests_total{service=~"shop-web-new-.+@kubernetescrd"}[1m]))"#;
        assert!(warning(&["m"], "shop", Some("web-new")).ends_with(query));
    }
}
