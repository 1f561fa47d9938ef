//! Requests that the API server answered, by what they asked for.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Method, Request, Response, StatusCode, Uri};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tower::{Layer, Service};

/// What does not apply, and what there is too much of.
const NONE: &str = "N/A";
/// What is no request for an object.
const UNKNOWN: &str = "Unknown";

/// `kind`, `namespace`, `name`, `verb` and `status_code`.
type OfRequest = [(&'static str, String); 5];

/// Counts requests as a layer of the API server's client. A clone is the same series.
///
/// The label `name` is there for dashboards that know it, and always N/A: a series for each object that ever was would take
/// more and more memory for as long as the process runs.
#[derive(Clone, Debug, Default)]
pub struct Requests(pub(super) Family<OfRequest, Counter>);

impl Requests {
    fn answered(&self, asked: Asked, status: StatusCode) {
        let Asked { kind, namespace, verb } = asked;
        let labels = [
            ("kind", kind),
            ("namespace", namespace),
            ("name", NONE.to_owned()),
            ("verb", verb.to_owned()),
            ("status_code", status.as_u16().to_string()),
        ];
        self.0.get_or_create(&labels).inc();
    }
}

impl<S> Layer<S> for Requests {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted { inner, requests: self.clone() }
    }
}

/// A client whose answers are counted.
#[derive(Clone, Debug)]
pub struct Counted<S> {
    inner: S,
    requests: Requests,
}

impl<S, A, B> Service<Request<A>> for Counted<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    S::Future: Send + 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<B>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let (asked, requests) = (Asked::by(request.method(), request.uri()), self.requests.clone());
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            requests.answered(asked, answer.status());
            Ok(answer)
        })
    }
}

/// What a request asks for, in the words that other controllers of this API count by.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    kind: String,
    namespace: String,
    verb: &'static str,
}

impl Asked {
    fn by(method: &Method, uri: &Uri) -> Self {
        let parts: Vec<&str> = uri.path().split('/').filter(|part| !part.is_empty()).collect();
        let of_objects = match &parts[..] {
            ["api", _, rest @ ..] | ["apis", _, _, rest @ ..] => rest,
            _ => &[],
        };
        let (namespace, kind, name) = match of_objects {
            ["namespaces", namespace, kind, name @ ..] => (*namespace, *kind, name.first()),
            [kind, name @ ..] => (NONE, *kind, name.first()),
            [] => return Self { kind: UNKNOWN.to_owned(), namespace: UNKNOWN.to_owned(), verb: UNKNOWN },
        };
        let is_watch = uri.query().is_some_and(|query| query.split('&').any(|one| one == "watch=true"));
        Self { kind: kind.to_owned(), namespace: namespace.to_owned(), verb: verb(method, name.is_some(), is_watch) }
    }
}

fn verb(method: &Method, of_one: bool, is_watch: bool) -> &'static str {
    match *method {
        Method::GET if is_watch => "Watch",
        Method::GET if of_one => "Get",
        Method::GET => "List",
        Method::POST => "Create",
        Method::PUT => "Update",
        Method::PATCH => "Patch",
        Method::DELETE => "Delete",
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;
    use tower::{ServiceExt, service_fn};

    use super::*;

    fn check(method: &Method, uri: &str, kind: &str, namespace: &str, verb: &'static str) {
        let wanted = Asked { kind: kind.to_owned(), namespace: namespace.to_owned(), verb };
        assert_eq!(Asked::by(method, &uri.parse().unwrap()), wanted, "{method} {uri}");
    }

    #[test]
    fn a_request_is_counted_by_what_it_asks_for() {
        let of_rollouts = "/apis/argoproj.io/v1alpha1";
        check(&Method::GET, &format!("{of_rollouts}/rollouts?limit=500"), "rollouts", "N/A", "List");
        check(&Method::GET, &format!("{of_rollouts}/rollouts?&watch=true&x=1"), "rollouts", "N/A", "Watch");
        check(&Method::PATCH, &format!("{of_rollouts}/namespaces/a/rollouts/b/status"), "rollouts", "a", "Patch");
        check(&Method::GET, "/api/v1/namespaces/a/services/b", "services", "a", "Get");
        check(&Method::POST, "/api/v1/namespaces/a/pods/b/eviction", "pods", "a", "Create");
        check(&Method::PUT, "/apis/coordination.k8s.io/v1/namespaces/a/leases/b", "leases", "a", "Update");
        check(&Method::DELETE, "/apis/apps/v1/namespaces/a/replicasets/b", "replicasets", "a", "Delete");
        check(&Method::GET, "/api/v1/namespaces/a", "namespaces", "N/A", "Get");
        check(&Method::GET, "/version", "Unknown", "Unknown", "Unknown");
    }

    #[tokio::test]
    async fn what_is_answered_is_counted_and_what_is_not_is_not() {
        let requests = Requests::default();
        let answer = |request: Request<()>| async move {
            let refused = request.method() == Method::DELETE;
            let status = if refused { StatusCode::FORBIDDEN } else { StatusCode::OK };
            if request.method() == Method::POST { Err("cut") } else { Ok(Response::builder().status(status).body(())) }
        };
        let answer = service_fn(move |request| async move { answer(request).await.map(Result::unwrap) });
        let client = requests.layer(answer);
        for method in [Method::GET, Method::GET, Method::DELETE, Method::POST] {
            let request = Request::builder().method(method).uri("/api/v1/namespaces/a/services/b").body(()).unwrap();
            let _ = client.clone().oneshot(request).await;
        }
        let (mut page, mut registry) = (String::new(), Registry::default());
        registry.register("controller_clientset_k8s_request", "Requests", requests.0);
        encode(&mut page, &registry).unwrap();
        let line = |verb: &str, code: u16, count: u32| {
            let labels = format!(r#"kind="services",namespace="a",name="N/A",verb="{verb}",status_code="{code}""#);
            format!("controller_clientset_k8s_request_total{{{labels}}} {count}\n")
        };
        let counted: Vec<&str> = page.split_inclusive('\n').filter(|line| !line.starts_with('#')).collect();
        assert_eq!(counted.len(), 2, "{page}");
        assert!(page.contains(&line("Get", 200, 2)) && page.contains(&line("Delete", 403, 1)), "{page}");
    }
}
