//! All kinds, each group asked by itself: what every API server can.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::api::{Api, Resource, Verbs};
use crate::server::{Ask, Failure, Server};

#[derive(Deserialize)]
struct CoreVersions {
    #[serde(default)]
    versions: Vec<String>,
}

#[derive(Deserialize)]
struct Groups {
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    #[serde(default)]
    versions: Vec<GroupVersion>,
    preferred_version: Option<GroupVersion>,
}

#[derive(Clone, Deserialize)]
struct GroupVersion {
    version: String,
}

#[derive(Deserialize)]
struct Resources {
    #[serde(default)]
    resources: Vec<Described>,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    kind: String,
    #[serde(default)]
    namespaced: bool,
    #[serde(default)]
    verbs: Vec<String>,
}

/// Asks for all kinds. A group that cannot be described is broken, and the rest is known.
pub(super) async fn discover(server: &Server) -> Result<Api, Failure> {
    let mut api = Api::default();
    let core: CoreVersions = ask(server, "/api".to_owned()).await?;
    for version in core.versions {
        describe(server, &mut api, "", &version).await;
    }
    let groups: Groups = ask(server, "/apis".to_owned()).await?;
    for group in groups.groups {
        let first = group.preferred_version.map(|preferred| preferred.version);
        let others = group.versions.into_iter().map(|one| one.version).filter(|one| Some(one) != first.as_ref());
        for version in first.clone().into_iter().chain(others.collect::<Vec<_>>()) {
            describe(server, &mut api, &group.name, &version).await;
        }
    }
    Ok(api)
}

async fn describe(server: &Server, api: &mut Api, group: &str, version: &str) {
    let (path, called) = match group {
        "" => (format!("/api/{version}"), version.to_owned()),
        group => (format!("/apis/{group}/{version}"), format!("{group}/{version}")),
    };
    match ask::<Resources>(server, path).await {
        Ok(described) => read(group, version, described).into_iter().for_each(|resource| api.add(resource)),
        Err(failure) => {
            api.broken.insert(called, failure.to_string());
        }
    }
}

fn read(group: &str, version: &str, described: Resources) -> Vec<Resource> {
    let (parts, kinds): (Vec<Described>, Vec<Described>) =
        described.resources.into_iter().partition(|one| one.name.contains('/'));
    let has_status = |plural: &str| parts.iter().any(|part| part.name == format!("{plural}/status"));
    let resource = |one: Described| Resource {
        group: group.to_owned(),
        status: has_status(&one.name),
        kind: one.kind,
        plural: one.name,
        namespaced: one.namespaced,
        versions: vec![version.to_owned()],
        verbs: Verbs::read(&one.verbs),
    };
    kinds.into_iter().map(resource).collect()
}

async fn ask<T: DeserializeOwned>(server: &Server, path: String) -> Result<T, Failure> {
    let answer = server.ask(Ask::get(path)).await?;
    serde_json::from_slice(&answer).map_err(|error| Failure::Odd(error.to_string()))
}
