//! Whether the Prometheus servers answer that analysis templates ask, as far as that can be told from here.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use http::{Request, Uri};
use http_body_util::{BodyExt, Limited};
use kube::api::ListParams;
use kube::client::Body;
use sluice_crds::AnalysisTemplate;

use super::finding::Finding;
use crate::client::Cluster;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes of an answer that are read.
const MOST_BYTES: usize = 64 << 10;
/// The most servers that are asked.
const MOST: usize = 10;

/// One finding for each server that templates of the namespace name.
pub(super) async fn findings(cluster: &Cluster) -> Vec<Finding> {
    let Ok(templates) = cluster.objects::<AnalysisTemplate>().list(&ListParams::default().limit(500)).await else {
        return Vec::new();
    };
    let metrics = templates.items.iter().flat_map(|template| &template.spec.metrics);
    let addresses: BTreeSet<String> = metrics
        .filter_map(|metric| serde_json::to_value(&metric.provider).ok())
        .filter_map(|provider| Some(provider.pointer("/prometheus/address")?.as_str()?.to_owned()))
        .filter(|address| !address.is_empty() && !address.contains("{{"))
        .collect();
    join_all(addresses.iter().take(MOST).map(|address| ask(cluster, address))).await
}

async fn ask(cluster: &Cluster, address: &str) -> Finding {
    let what = format!("Prometheus {address}");
    let Some(path) = proxied(address, &cluster.namespace) else {
        return Finding::doubtful(
            what,
            "is no Service of the cluster, and not asked from here",
            "ask it from the controller's pod",
        );
    };
    let mend = "correct spec.metrics[].provider.prometheus.address, or mend the server";
    let answer = tokio::time::timeout(PATIENCE, answered(cluster, &path)).await;
    match answer {
        Err(_) => Finding::broken(what, format!("gives no answer within {} s", PATIENCE.as_secs()), mend),
        Ok(Ok(())) => Finding::good(what, "answers queries"),
        Ok(Err(why)) if why.starts_with("403") => {
            Finding::doubtful(what, "you may not ask it through the API server", "ask it from the controller's pod")
        }
        Ok(Err(why)) => Finding::broken(what, format!("does not answer a query: {why}"), mend),
    }
}

async fn answered(cluster: &Cluster, path: &str) -> Result<(), String> {
    let request = Request::get(path).body(Body::empty()).map_err(|error| error.to_string())?;
    let answer = cluster.client.send(request).await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), MOST_BYTES).collect().await.map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    if status.is_success() && text.contains("\"success\"") {
        return Ok(());
    }
    let text: String = text.chars().filter(|letter| !letter.is_control()).take(200).collect();
    Err(format!("{} {text}", status.as_u16()))
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
    use super::*;

    #[test]
    fn a_server_inside_the_cluster_is_asked_through_the_api_server() {
        let path = |of: &str| Some(format!("/api/v1/namespaces/{of}"));
        for (address, expected) in [
            ("http://prometheus:9090", path("prod/services/http:prometheus:9090/proxy/api/v1/query?query=1")),
            ("https://p.monitoring.svc/prom/", path("monitoring/services/https:p:443/proxy/prom/api/v1/query?query=1")),
            ("http://prometheus.example.com", None),
            ("http://10.0.0.1:9090", None),
            ("prometheus", None),
        ] {
            assert_eq!(proxied(address, "prod"), expected, "{address}");
        }
    }
}
