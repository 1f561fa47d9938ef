//! Projects that are deleted and have the established finalizer: they stay as long as an Application names them, and go with the last.
//! An Application that cannot be read may be of any: it keeps them too, which is said on them. One in a namespace whose Applications
//! are not kept here is of no project of ours.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use kube::api::Patch;
use kube::{Resource, ResourceExt};
use serde_json::json;
use sluice_crds::names::application::RESOURCES_FINALIZER;
use sluice_crds::{AppProject, Application};
use sluice_gitops::project;
use sluice_read::Objects;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::apply::hand;
use crate::caches::Guarded;
use crate::context::Context;
use crate::key::Key;
use crate::told::Told;

/// How long a write that failed is left alone.
const RETRY: Duration = Duration::from_secs(10);
/// The event's reason.
const HELD: &str = "DeletionHeld";

/// Lets go of them, again each time that a project or an Application changed.
pub(crate) async fn run(ctx: Arc<Context>) {
    let told = Told::default();
    loop {
        let changed = ctx.gitops.farewell.notified();
        if let_go(&ctx, &told).await {
            changed.await;
        } else {
            sleep(RETRY).await;
        }
    }
}

/// Takes the finalizer off those that no Application names, and says what else keeps one. Says whether all writes were made.
async fn let_go(ctx: &Context, told: &Told) -> bool {
    let projects = ctx.caches.projects.state();
    let leaving: Vec<&Arc<Guarded<AppProject>>> = projects.iter().filter(|one| stays(one)).collect();
    if leaving.is_empty() {
        return true;
    }
    let mut applications = ctx.caches.applications.state();
    applications.retain(|one| ctx.gitops.is_home(&Key::of(&**one).namespace));
    let unread = unread(&applications);
    let free = leaving.into_iter().filter(|project| {
        let name = project.name_any();
        let names_it = |one: &Arc<Guarded<Application>>| one.0.as_ref().is_ok_and(|one| project_of(one) == name);
        if project.namespace().as_deref() != Some(&ctx.gitops.control) || applications.iter().any(names_it) {
            return false;
        }
        if let Some(unread) = &unread {
            hold(ctx, told, project, unread);
        }
        unread.is_none()
    });
    join_all(free.map(|project| release(ctx, told, project))).await.into_iter().all(|made| made)
}

/// The first Application that cannot be read, and why; none where all can.
fn unread(applications: &[Arc<Guarded<Application>>]) -> Option<String> {
    let of_one =
        |one: &Arc<Guarded<Application>>| Some(format!("{} ({})", Key::of(&**one), one.0.as_ref().err()?.error));
    applications.iter().filter_map(of_one).min()
}

/// Says why it stays, where that was not the last that was said.
fn hold(ctx: &Context, told: &Told, project: &Guarded<AppProject>, unread: &str) {
    let note = format!(
        "It is deleted and stays, as it may be the project of application {unread}, which cannot be read: mend that \
         application, or delete it"
    );
    if told.is_news(&Key::of(project), &note) {
        warn!(project = %Key::of(project), note);
        ctx.events.warning(project, HELD, &note);
    }
}

/// Whether only the finalizer keeps it.
fn stays(project: &Guarded<AppProject>) -> bool {
    project.meta().deletion_timestamp.is_some() && project.finalizers().iter().any(|one| one == RESOURCES_FINALIZER)
}

/// The project that an Application names.
fn project_of(application: &Application) -> &str {
    project::name(&application.spec)
}

async fn release(ctx: &Context, told: &Told, project: &Guarded<AppProject>) -> bool {
    let key = Key::of(project);
    told.forget(&key);
    let others: Vec<&String> = project.finalizers().iter().filter(|one| *one != RESOURCES_FINALIZER).collect();
    let patch = json!({"metadata": {"finalizers": others, "resourceVersion": project.resource_version()}});
    let api: Objects<AppProject> = Objects::namespaced(ctx.client.clone(), &key.namespace);
    match api.patch_metadata(&key.name, &hand::params(), &Patch::Merge(&patch)).await {
        Ok(_) => info!(project = %key, "is let go: it is deleted, and no application names it"),
        Err(kube::Error::Api(status)) if status.is_not_found() => {}
        Err(error) => {
            warn!(project = %key, %error, "is deleted, and cannot be let go; tried again in {} s", RETRY.as_secs());
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::StatusCode;
    use kube_runtime::watcher::Event;
    use serde_json::Value;

    use super::*;
    use crate::testing::context;

    fn project(name: &str) -> Guarded<AppProject> {
        let metadata = json!({
            "name": name, "namespace": "sluice", "resourceVersion": "7", "deletionTimestamp": "2026-01-01T00:00:00Z",
            "finalizers": [RESOURCES_FINALIZER, "somebody/else"],
        });
        serde_json::from_value(json!({"metadata": metadata, "spec": {}})).unwrap()
    }

    fn application(project: &str) -> Guarded<Application> {
        let spec = json!({"project": project, "destination": {}});
        serde_json::from_value(json!({"metadata": {"name": "web", "namespace": "sluice"}, "spec": spec})).unwrap()
    }

    #[tokio::test]
    async fn a_project_that_is_deleted_goes_once_no_application_names_it() {
        let (ctx, mut writers, log) = context(|(_, _, body)| (StatusCode::OK, body.clone()));
        writers.projects.apply_watcher_event(&Event::Apply(project("team")));
        writers.projects.apply_watcher_event(&Event::Apply(project("default")));
        writers.applications.apply_watcher_event(&Event::Apply(application("team")));
        assert!(let_go(&ctx, &Told::default()).await);
        let released = |log: Vec<(String, String, Value)>| -> Vec<(String, Value)> {
            log.into_iter().map(|(_, path, body)| (path, body["metadata"]["finalizers"].clone())).collect()
        };
        let path = |name: &str| format!("/apis/argoproj.io/v1alpha1/namespaces/sluice/appprojects/{name}");
        let [(at, left)] = released(log.take()).try_into().unwrap();
        assert!(at.starts_with(&path("default")), "{at}");
        assert_eq!(left, json!(["somebody/else"]), "the finalizers of others stay");
        // An Application without a project is in the one called default.
        writers.applications.apply_watcher_event(&Event::Apply(application("")));
        assert!(let_go(&ctx, &Told::default()).await);
        let [(at, _)] = released(log.take()).try_into().unwrap();
        assert!(at.starts_with(&path("team")), "{at}");
    }

    #[tokio::test]
    async fn an_application_that_is_not_kept_here_keeps_no_project() {
        let (ctx, mut writers, log) = context(|(_, _, body)| (StatusCode::OK, body.clone()));
        let mut elsewhere = application("team");
        elsewhere.0.as_mut().unwrap().metadata.namespace = Some("elsewhere".to_owned());
        writers.projects.apply_watcher_event(&Event::Apply(project("team")));
        writers.applications.apply_watcher_event(&Event::Apply(elsewhere));
        assert!(let_go(&ctx, &Told::default()).await);
        assert_eq!(log.take().len(), 1, "nobody would ever let go of it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_project_that_stays_for_an_application_that_cannot_be_read_says_so_once() {
        let (ctx, mut writers, log) = context(|(_, _, body)| (StatusCode::OK, body.clone()));
        let broken = json!({"metadata": {"name": "broken", "namespace": "sluice"}, "spec": {"project": 5}});
        writers.projects.apply_watcher_event(&Event::Apply(project("team")));
        writers.applications.apply_watcher_event(&Event::Apply(serde_json::from_value(broken).unwrap()));
        let told = Told::default();
        assert!(let_go(&ctx, &told).await && let_go(&ctx, &told).await);
        sleep(Duration::from_secs(1)).await;
        let said: Vec<Value> = log.events().into_iter().map(|(_, _, event)| event).collect();
        let [event] = &said[..] else { panic!("{said:?}") };
        assert_eq!((&event["regarding"]["name"], &event["type"]), (&json!("team"), &json!("Warning")));
        let note = event["note"].as_str().unwrap();
        assert!(note.contains("sluice/broken (spec.project: ") && note.contains("mend that application"), "{note}");
        // It is mended, and of another project.
        let mended = json!({"metadata": {"name": "broken", "namespace": "sluice"}, "spec": {"project": "other", "destination": {}}});
        writers.applications.apply_watcher_event(&Event::Apply(serde_json::from_value(mended).unwrap()));
        assert!(let_go(&ctx, &told).await);
        assert_eq!(log.take().len(), 1, "it is let go");
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_tried_again() {
        let status = json!({"kind": "Status", "status": "Failure", "code": 409, "reason": "Conflict"});
        let (ctx, mut writers, _) = context(move |_| (StatusCode::CONFLICT, status.clone()));
        writers.projects.apply_watcher_event(&Event::Apply(project("team")));
        assert!(!let_go(&ctx, &Told::default()).await);
    }
}
