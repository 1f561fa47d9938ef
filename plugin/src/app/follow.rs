//! Watches one Application until something is so.

use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::{Result, bail};
use futures::{StreamExt, TryStreamExt};
use kube_runtime::WatchStreamExt;
use sluice_crds::Application;

use super::names::{self, Named};
use super::standing;
use crate::client::Cluster;

/// Looks at it until `look` breaks, and returns what it breaks with; `None` is an Application that is gone. At most for `limit`,
/// zero being for ever; what it was then is told.
pub(crate) async fn until<T>(
    cluster: &Cluster,
    named: &Named,
    limit: Duration,
    mut look: impl FnMut(Option<&Application>) -> Result<ControlFlow<T>>,
) -> Result<T> {
    let mut last = String::new();
    let watch = async {
        let mut news = names::objects(cluster, &named.namespace).watch_one(&named.name).default_backoff().boxed();
        loop {
            match news.try_next().await {
                Ok(Some(app)) => {
                    last = app.as_ref().map(told).unwrap_or_default();
                    if let ControlFlow::Break(end) = look(app.as_ref())? {
                        return Ok(end);
                    }
                }
                Ok(None) => bail!("the watch of application '{named}' ended"),
                Err(error) => anstream::eprintln!("watch: {}; trying again", crate::clean::clean(&error.to_string())),
            }
        }
    };
    if limit.is_zero() {
        return watch.await;
    }
    let watched = tokio::time::timeout(limit, watch).await;
    match watched {
        Ok(end) => end,
        Err(_) => bail!("timed out ({}s) waiting for application '{named}': {last}", limit.as_secs()),
    }
}

/// How it stands, in a line.
pub(crate) fn told(app: &Application) -> String {
    let operation = match (standing::running(app), &app.operation) {
        (Some(state), _) => {
            let message = state.message.as_deref().filter(|text| !text.is_empty());
            format!(", sync {}{}", state.phase, message.map(|text| format!(": {text}")).unwrap_or_default())
        }
        (None, Some(_)) => ", a sync is asked for and not begun: look whether the controller runs".to_owned(),
        (None, None) => String::new(),
    };
    format!("{}, {}{operation}", standing::sync(app), standing::health(app))
}
