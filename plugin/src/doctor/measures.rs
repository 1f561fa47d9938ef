//! Whether the Prometheus servers answer that analysis templates ask, as far as that can be told from here.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Limited};
use kube::api::ListParams;
use kube::client::Body;
use sluice_crds::AnalysisTemplate;
use tokio::time::timeout;

use super::finding::{Finding, why};
use crate::clean::clean;
use crate::client::Cluster;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes of an answer that are read.
const MOST_BYTES: usize = 64 << 10;
/// The most servers that are asked.
const MOST: usize = 10;
const MEND: &str = "correct spec.metrics[].provider.prometheus.address, or mend the server";
const FROM_THERE: &str = "ask it from the controller's pod";

/// What a server said to a query.
enum Said {
    /// It is none of the cluster's Services, so it was not asked.
    NotAsked,
    Nothing,
    Answer(StatusCode, String),
    /// It could not be asked.
    Unreachable(String),
}

/// One finding for each server that templates of the namespace name.
pub(super) async fn findings(cluster: &Cluster) -> Vec<Finding> {
    let templates = cluster.objects::<AnalysisTemplate>().list(&ListParams::default().limit(500)).await;
    let addresses = match templates {
        // That the kind is not served is told of already.
        Err(kube::Error::Api(refusal)) if refusal.code == 404 => return Vec::new(),
        Err(error) => return vec![unread(&error)],
        Ok(templates) => addresses(&templates.items),
    };
    let asked = addresses.iter().take(MOST).map(|address| async move { of(address, &ask(cluster, address).await) });
    join_all(asked).await.into_iter().chain(rest(addresses.len())).collect()
}

fn unread(error: &kube::Error) -> Finding {
    let says = format!("not looked for: AnalysisTemplates cannot be listed: {}", why(error));
    Finding::doubtful("Prometheus", says, "ask for the right to list analysistemplates")
}

/// What is told of those beyond the first ones.
fn rest(count: usize) -> Option<Finding> {
    let says = || format!("{count} servers are named, and the first {MOST} were asked");
    (count > MOST).then(|| Finding::doubtful("Prometheus", says(), FROM_THERE))
}

/// The servers that they name. Where an argument is part of an address, only a run knows it.
fn addresses(templates: &[AnalysisTemplate]) -> BTreeSet<String> {
    let metrics = templates.iter().flat_map(|template| &template.spec.metrics);
    metrics
        .filter_map(|metric| serde_json::to_value(&metric.provider).ok())
        .filter_map(|provider| Some(provider.pointer("/prometheus/address")?.as_str()?.to_owned()))
        .filter(|address| !address.is_empty() && !address.contains("{{"))
        .collect()
}

fn of(address: &str, said: &Said) -> Finding {
    let what = format!("Prometheus {address}");
    match said {
        Said::NotAsked => Finding::doubtful(what, "is no Service of the cluster, and not asked from here", FROM_THERE),
        Said::Nothing => Finding::broken(what, format!("gives no answer within {} s", PATIENCE.as_secs()), MEND),
        Said::Unreachable(why) => Finding::broken(what, format!("cannot be asked: {why}"), MEND),
        Said::Answer(status, text) if status.is_success() && text.contains("\"success\"") => {
            Finding::good(what, "answers queries")
        }
        Said::Answer(StatusCode::FORBIDDEN, _) => {
            Finding::doubtful(what, "you may not ask it through the API server", FROM_THERE)
        }
        Said::Answer(status, text) => {
            let text: String = text.trim().chars().take(200).collect();
            Finding::broken(what, format!("does not answer a query: {} {}", status.as_u16(), clean(&text)), MEND)
        }
    }
}

async fn ask(cluster: &Cluster, address: &str) -> Said {
    let Some(path) = proxied(address, &cluster.namespace) else { return Said::NotAsked };
    match timeout(PATIENCE, answered(cluster, &path)).await {
        Err(_) => Said::Nothing,
        Ok(Ok((status, text))) => Said::Answer(status, text),
        Ok(Err(why)) => Said::Unreachable(why),
    }
}

async fn answered(cluster: &Cluster, path: &str) -> Result<(StatusCode, String), String> {
    let request = Request::get(path).body(Body::empty()).map_err(|error| error.to_string())?;
    let answer = cluster.client.send(request).await.map_err(|error| why(&error))?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), MOST_BYTES).collect().await.map_err(|error| error.to_string())?;
    Ok((status, String::from_utf8_lossy(&body.to_bytes()).into_owned()))
}

/// Where the API server passes a query on to a Service; nothing where the address names none.
fn proxied(address: &str, namespace: &str) -> Option<String> {
    let uri: Uri = address.parse().ok()?;
    let scheme = uri.scheme_str()?;
    let mut parts = uri.host()?.split('.');
    let (service, of) = (parts.next()?, parts.next().unwrap_or(namespace));
    let rest: Vec<&str> = parts.collect();
    let is_inside = matches!(rest.as_slice(), [] | ["svc"] | ["svc", "cluster", "local"]);
    if !is_inside || service.parse::<u8>().is_ok() {
        return None;
    }
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    let prefix = uri.path().trim_end_matches('/');
    Some(format!("/api/v1/namespaces/{of}/services/{scheme}:{service}:{port}/proxy{prefix}/api/v1/query?query=1"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value, from_value, json};

    use super::super::finding::told;
    use super::*;
    use crate::doctor::testing::refused;

    #[test]
    fn a_server_inside_the_cluster_is_asked_through_the_api_server() {
        let path = |of: &str| Some(format!("/api/v1/namespaces/{of}"));
        for (address, expected) in [
            ("http://prometheus:9090", path("prod/services/http:prometheus:9090/proxy/api/v1/query?query=1")),
            ("https://p.monitoring.svc/prom/", path("monitoring/services/https:p:443/proxy/prom/api/v1/query?query=1")),
            ("http://p.monitoring.svc.cluster.local", path("monitoring/services/http:p:80/proxy/api/v1/query?query=1")),
            ("http://prometheus.example.com", None),
            ("http://10.0.0.1:9090", None),
            ("prometheus", None),
        ] {
            assert_eq!(proxied(address, "prod"), expected, "{address}");
        }
    }

    #[test]
    fn servers_are_those_that_templates_name_whole() {
        let template = |provider: Value| -> AnalysisTemplate {
            let metrics = json!([{"name": "errors", "provider": provider}]);
            from_value(json!({"metadata": {"name": "errors"}, "spec": {"metrics": metrics}})).unwrap()
        };
        let of = |address: &str| template(json!({"prometheus": {"address": address, "query": "up"}}));
        let templates = ["http://b", "http://a", "http://b", "", "http://{{args.where}}"].map(of);
        let named = addresses(&[&templates[..], &[template(json!({"web": {"url": "http://w"}}))]].concat());
        assert_eq!(named.into_iter().collect::<Vec<_>>(), ["http://a", "http://b"]);
    }

    #[test]
    fn what_a_server_says_is_judged_and_comes_with_what_to_do() {
        let check = |said: Said, expected: &Expect| expected.assert_eq(&told(&[of("http://p:9090", &said)]));
        let answer = |status: u16, text: &str| Said::Answer(StatusCode::from_u16(status).unwrap(), text.to_owned());
        check(answer(200, r#"{"status":"success"}"#), &expect!["✔ Prometheus http://p:9090: answers queries"]);
        check(
            answer(200, "<html>\n\u{1b}[2J"),
            &expect![[r#"
                ✖ Prometheus http://p:9090: does not answer a query: 200 <html> \u{1b}[2J
                    correct spec.metrics[].provider.prometheus.address, or mend the server
                1 to mend"#]],
        );
        check(
            answer(503, "no endpoints available"),
            &expect![[r#"
                ✖ Prometheus http://p:9090: does not answer a query: 503 no endpoints available
                    correct spec.metrics[].provider.prometheus.address, or mend the server
                1 to mend"#]],
        );
        check(
            answer(403, "services is forbidden"),
            &expect![[r#"
                ⚠ Prometheus http://p:9090: you may not ask it through the API server
                    ask it from the controller's pod"#]],
        );
        check(
            Said::Nothing,
            &expect![[r#"
                ✖ Prometheus http://p:9090: gives no answer within 5 s
                    correct spec.metrics[].provider.prometheus.address, or mend the server
                1 to mend"#]],
        );
        check(
            Said::Unreachable("connection reset".to_owned()),
            &expect![[r#"
                ✖ Prometheus http://p:9090: cannot be asked: connection reset
                    correct spec.metrics[].provider.prometheus.address, or mend the server
                1 to mend"#]],
        );
        check(
            Said::NotAsked,
            &expect![[r#"
                ⚠ Prometheus http://p:9090: is no Service of the cluster, and not asked from here
                    ask it from the controller's pod"#]],
        );
    }

    #[test]
    fn servers_that_are_not_asked_are_told_of() {
        expect![[r#"
            ⚠ Prometheus: not looked for: AnalysisTemplates cannot be listed: no luck
                ask for the right to list analysistemplates"#]]
        .assert_eq(&told(&[unread(&refused(403))]));
        assert_eq!(rest(MOST), None);
        expect![[r#"
            ⚠ Prometheus: 11 servers are named, and the first 10 were asked
                ask it from the controller's pod"#]]
        .assert_eq(&told(&Vec::from_iter(rest(MOST + 1))));
    }
}
