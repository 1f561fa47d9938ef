//! Kinds come and go: the definitions of kinds are watched, their names alone.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::debug;

use super::Discovery;
use crate::server::{Ask, Failure, Server, next};
use crate::watch::lines::Lines;

/// How long to wait after trouble. Without this watch kinds are found too, later: when they are missed.
const PAUSE: Duration = Duration::from_secs(30);
/// How long to wait after it was not allowed.
const REFUSED: Duration = Duration::from_mins(10);
/// How far apart watches begin, if something ends them as soon as they do.
const APART: Duration = Duration::from_secs(1);
/// How long a watch lasts before it is begun anew, in seconds.
const LASTS: &str = "290";
/// Only the metadata: the definitions of a cluster may be many megabytes.
const NAMES: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
/// The longest event.
const LONGEST: usize = 1024 * 1024;

/// What defines kinds: custom ones, and those of other API servers.
pub(crate) const SOURCES: [&str; 2] =
    ["/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "/apis/apiregistration.k8s.io/v1/apiservices"];

/// Watches one of the sources for ever, and tells of each change.
pub(crate) async fn follow(server: &Server, discovery: &Discovery, source: &str) {
    let mut versions = HashMap::new();
    loop {
        let began = Instant::now();
        match watch(server, discovery, source, &mut versions).await {
            Ok(()) => sleep_until(began + APART).await,
            Err(failure) => {
                debug!(source, error = %failure, "definitions of kinds cannot be watched");
                sleep(if failure.code() == 403 { REFUSED } else { PAUSE }).await;
            }
        }
    }
}

#[derive(Deserialize)]
struct Event {
    r#type: String,
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    name: String,
    resource_version: String,
}

/// Watches from what is there now, so that no version is too old. What is known already is no news.
async fn watch(
    server: &Server,
    discovery: &Discovery,
    source: &str,
    versions: &mut HashMap<String, String>,
) -> Result<(), Failure> {
    let ask = Ask::get(source.to_owned()).query("watch", "1").query("timeoutSeconds", LASTS).accept(NAMES);
    let mut body = server.open(ask).await?;
    let mut lines = Lines::new(LONGEST);
    while let Some(piece) = next(&mut body).await? {
        lines.feed(&piece);
        while let Some(line) = lines.next().transpose()? {
            let event: Event = serde_json::from_slice(&line).map_err(|error| Failure::Odd(error.to_string()))?;
            let Metadata { name, resource_version } = event.object.metadata;
            let is_news = match event.r#type.as_str() {
                "DELETED" => versions.remove(&name).is_some(),
                "ERROR" => return Err(Failure::Odd("the watch ended".to_owned())),
                _ => versions.insert(name, resource_version.clone()).as_ref() != Some(&resource_version),
            };
            if is_news {
                discovery.changed();
            }
        }
    }
    Ok(())
}
