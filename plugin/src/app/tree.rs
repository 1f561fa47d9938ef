//! An Application as a tree: its objects in the order of their waves, and the hooks of the last sync. Pure.

use clap::builder::styling::AnsiColor;
use kube::ResourceExt;
use sluice_crds::{Application, HealthStatus, ResourceResult, ResourceStatus};

use super::releases::{Release, Releases};
use super::standing;
use crate::tree::icon::Icon;
use crate::tree::node::{Info, Node, Status};
use crate::tree::text::Text;

/// The tree of what its status says, and of the releases that were read.
pub(crate) fn node(app: &Application, releases: &Releases) -> Node {
    let home = app.spec.destination.namespace.as_deref().unwrap_or_default();
    let mut objects: Vec<&ResourceStatus> = app.status.iter().flat_map(|status| &status.resources).collect();
    objects.sort_by_key(|object| object.sync_wave);
    let objects = objects.into_iter().map(|one| {
        let release = releases.get(&(one.namespace.clone(), one.name.clone()));
        object(one, home, release.filter(|_| one.kind == "Rollout"))
    });
    let results = standing::state(app).and_then(|state| state.sync_result.as_ref());
    let hooks = results.iter().flat_map(|result| &result.resources).filter(|one| one.hook_type.is_some());
    let sync = (standing::sync(app) != "Synced").then(|| out_of_sync(standing::sync(app)));
    Node {
        glyph: '◆',
        name: Text::plain(app.name_any()),
        kind: "Application".into(),
        status: Some(health(standing::health(app))),
        created: app.metadata.creation_timestamp.as_ref().map(|time| time.0),
        info: sync.into_iter().collect(),
        children: objects.chain(hooks.map(hook)).collect(),
    }
}

fn object(one: &ResourceStatus, home: &str, release: Option<&Release>) -> Node {
    let sync = one.status.as_deref().unwrap_or("Unknown");
    let known = one.health.as_ref().and_then(|health| health.status.as_deref());
    let status = release.map_or_else(|| known.map(health), |release| Some(of_release(release)));
    let mut info = Vec::new();
    info.extend((sync != "Synced").then(|| out_of_sync(sync)));
    info.extend(one.requires_pruning.then(|| said("git has it no more")));
    info.extend((one.sync_wave != 0).then(|| said(format!("wave {}", one.sync_wave))));
    info.extend((!one.namespace.is_empty() && one.namespace != home).then(|| said(format!("in {}", one.namespace))));
    info.extend(release.iter().flat_map(|release| &release.far).map(said));
    let message = release.map_or_else(|| message(one.health.as_ref()), |release| release.message.clone());
    info.extend((!message.is_empty()).then(|| said(message)));
    let glyph = if one.kind == "Rollout" { '⟳' } else { '◇' };
    let name = Text::plain(one.name.clone());
    Node { glyph, name, kind: one.kind.clone().into(), status, created: None, info, children: Vec::new() }
}

fn hook(one: &ResourceResult) -> Node {
    let phase = one.hook_phase.as_deref().unwrap_or_default();
    let icon = match phase {
        "Succeeded" => Icon::Ok,
        "Failed" => Icon::Bad,
        "Error" => Icon::Warning,
        "Running" => Icon::Progressing,
        _ => Icon::Waiting,
    };
    let when = one.hook_type.as_deref().unwrap_or_default();
    let message = one.message.as_deref().filter(|text| !text.is_empty());
    Node {
        glyph: '↯',
        name: Text::plain(one.name.clone()),
        kind: one.kind.clone().into(),
        status: Some(Status { icon, text: phase.to_owned() }),
        created: None,
        info: std::iter::once(said(format!("{when} hook"))).chain(message.map(said)).collect(),
        children: Vec::new(),
    }
}

/// A health in the sign that goes with it.
pub(crate) fn health(status: &str) -> Status {
    let icon = match status {
        "Healthy" => Icon::Ok,
        "Suspended" => Icon::Paused,
        "Progressing" => Icon::Progressing,
        "Missing" => Icon::Waiting,
        "Degraded" => Icon::Bad,
        _ => Icon::Unknown,
    };
    Status { icon, text: status.to_owned() }
}

fn of_release(release: &Release) -> Status {
    Status { icon: Icon::of_phase(release.phase), text: format!("{:?}", release.phase) }
}

fn message(health: Option<&HealthStatus>) -> String {
    health.and_then(|health| health.message.clone()).unwrap_or_default()
}

fn out_of_sync(status: &str) -> Info {
    Info::Text(Text::coloured(status, Some(AnsiColor::Yellow)))
}

fn said(text: impl AsRef<str>) -> Info {
    Info::Text(Text::plain(text.as_ref()))
}
