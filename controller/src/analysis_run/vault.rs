//! Where measurements find credentials that no spec holds: in Secrets, read afresh each time and kept nowhere, and in the
//! controller's environment.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Secret;
use sluice_analysis::provider::{Keep, TEXT, Vault};
use sluice_read::Objects;
use tower::BoxError;

use crate::analysis_run::observe::is_name;
use crate::context::Context;

/// The credentials of a run in that namespace.
pub(super) fn of(ctx: &Arc<Context>, namespace: &str) -> Vault {
    let (ctx, namespace) = (ctx.clone(), namespace.to_owned());
    Vault::new(tower::service_fn(move |keep| read(ctx.clone(), namespace.clone(), keep)))
}

async fn read(ctx: Arc<Context>, run: String, keep: Keep) -> Result<Option<BTreeMap<String, String>>, BoxError> {
    let (namespace, name) = match keep {
        Keep::Environment => return Ok(Some(ctx.own.environment.clone())),
        Keep::File(path) => return text(path).await,
        Keep::Run(name) => (run, name),
        Keep::Controller(name) => (ctx.own.namespace.clone(), name),
    };
    // What no Secret can be called is not there.
    if !is_name(&name) {
        return Ok(None);
    }
    let api: Objects<Secret> = Objects::namespaced(ctx.client.clone(), &namespace);
    let data = api.get_opt(&name).await?.and_then(|secret| secret.data);
    let texts = |data: BTreeMap<_, k8s_openapi::ByteString>| {
        data.into_iter().filter_map(|(key, value)| Some((key, String::from_utf8(value.0).ok()?))).collect()
    };
    Ok(data.map(texts))
}

/// The most bytes of a file with a token.
const LONGEST: u64 = 1 << 16;

/// The text of a file that the pod's environment names. Kubernetes renews what is in it.
async fn text(path: String) -> Result<Option<BTreeMap<String, String>>, BoxError> {
    let read = move || {
        let mut text = String::new();
        File::open(path)?.take(LONGEST).read_to_string(&mut text).map(|_| text)
    };
    let text = tokio::task::spawn_blocking(read).await??;
    Ok(Some(BTreeMap::from([(TEXT.to_owned(), text)])))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::json;
    use tower::ServiceExt;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn each_place_is_looked_at_where_it_is() {
        let (ctx, _, log) = testing::context(|(_, path, _)| {
            if path.contains("/secrets/there") {
                return (StatusCode::OK, json!({"metadata": {"name": "there"}, "data": {"key": "dmFsdWU="}}));
            }
            testing::nothing(&(String::new(), String::new(), json!(null)))
        });
        let found = async |keep| of(&ctx, "apps").oneshot(keep).await.unwrap();
        let value = Some(BTreeMap::from([("key".to_owned(), "value".to_owned())]));
        assert_eq!(found(Keep::Run("there".to_owned())).await, value);
        assert_eq!(found(Keep::Controller("there".to_owned())).await, value);
        assert_eq!(found(Keep::Controller("nowhere".to_owned())).await, None);
        assert_eq!(found(Keep::Controller("../configmaps/x".to_owned())).await, None);
        assert_eq!(found(Keep::Environment).await, Some(BTreeMap::new()));
        let paths: Vec<String> = log.take().into_iter().map(|(_, path, _)| path).collect();
        let there = ["apps", "sluice"].map(|namespace| format!("/api/v1/namespaces/{namespace}/secrets/there"));
        assert_eq!(paths, [&there[0], &there[1], "/api/v1/namespaces/sluice/secrets/nowhere"]);
    }
}
