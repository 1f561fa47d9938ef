//! One Application: its objects, the operation, its past.

mod differing;
mod operation;
mod past;
mod words;

use std::sync::Arc;

use jiff::Timestamp;
use kube::ResourceExt;
use sluice_crds::{Application, ApplicationCondition, ApplicationStatus, RejectedRevision, ResourceStatus, Rollout};
use sluice_orders::application::{is_automated, is_busy};

pub use self::differing::{Differing, Field};
pub use self::operation::{OperationView, ResultView};
pub use self::past::Past;
pub(crate) use self::words::{destination, is_here, sources};
use self::words::{kind, revision, short, time};
use super::{Link, Row, links};

/// The most objects, and results of an operation, that are shown.
const MOST: usize = 500;

/// An Application as its page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplicationView {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its project.
    pub project: String,
    /// How it is.
    pub state: AppState,
    /// Where it comes from, source by source.
    pub sources: Vec<String>,
    /// Where it goes.
    pub destination: String,
    /// Whether it syncs when git or the cluster changes.
    pub is_automated: bool,
    /// When it was last compared.
    pub compared: Option<Timestamp>,
    /// What is wrong.
    pub conditions: Vec<Wrong>,
    /// Commits that are not deployed by themselves, because a release of theirs was taken back.
    pub rejected: Vec<Wrong>,
    /// Links of its annotations and of what it runs.
    pub links: Vec<Link>,
    /// Images of its pods.
    pub images: Vec<String>,
    /// Its objects by wave.
    pub waves: Vec<(i64, Vec<ObjectView>)>,
    /// How many objects it has beyond those.
    pub more_objects: usize,
    /// What is asked for, under way, or was done last.
    pub operation: Option<OperationView>,
    /// Whether an operation is in progress.
    pub is_busy: bool,
    /// Which one: see [`operation_in_progress`].
    pub place: String,
    /// Past deployments, newest first.
    pub history: Vec<Past>,
    /// Whether it is being deleted.
    pub is_leaving: bool,
}

/// How an Application or an object is: in words that the API has for it, empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppState {
    /// Synced, OutOfSync or Unknown.
    pub sync: String,
    /// Healthy, Suspended, Progressing, Missing, Degraded or Unknown.
    pub health: String,
    /// Why it is not healthy.
    pub message: String,
    /// The commit or version that was compared.
    pub revision: String,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What.
    pub what: String,
    /// Why, and what to do.
    pub why: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// One object.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectView {
    /// Its kind, with the group behind it.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// How it is.
    pub state: AppState,
    /// What is peculiar about it.
    pub notes: Vec<&'static str>,
    /// The fields that are not as git says, as far as they are told.
    pub fields: Vec<Field>,
    /// How many more there are.
    pub more_fields: usize,
    /// The release of a Rollout that the viewer may see.
    pub release: Option<Row>,
}

impl ObjectView {
    /// Whether it is not as git says.
    fn differs(&self) -> bool {
        self.state.sync == "OutOfSync"
    }
}

/// The place of an operation that has not begun.
const ASKED: &str = "asked";

/// Which operation is in progress: an order to end it that was meant for another is turned away.
pub(crate) fn operation_in_progress(application: &Application) -> String {
    let state = application.status.as_ref().and_then(|status| status.operation_state.as_ref());
    let running = state.filter(|state| matches!(state.phase.as_str(), "Running" | "Terminating"));
    let began = running.and_then(|state| state.started_at.as_ref()).map(|time| time.0.to_string());
    match (began, &application.operation) {
        (Some(began), _) => began,
        (None, Some(_)) => ASKED.to_owned(),
        (None, None) => String::new(),
    }
}

impl ApplicationView {
    /// What is shown of an Application; `release` finds the Rollouts that its viewer may see.
    pub fn of(application: &Application, release: impl Fn(&str, &str) -> Option<Arc<Rollout>>) -> Self {
        let status = application.status.clone().unwrap_or_default();
        let spec = &application.spec;
        let mut objects: Vec<_> = status.resources.iter().map(|one| (one.sync_wave, object(one, &release))).collect();
        objects.sort_by_key(|(wave, _)| *wave);
        let more_objects = objects.len().saturating_sub(MOST);
        objects.truncate(MOST);
        let mut waves: Vec<(i64, Vec<ObjectView>)> = Vec::new();
        for (wave, object) in objects {
            match waves.last_mut().filter(|(last, _)| *last == wave) {
                Some((_, all)) => all.push(object),
                None => waves.push((wave, vec![object])),
            }
        }
        Self {
            namespace: application.namespace().unwrap_or_default(),
            name: application.name_any(),
            project: if spec.project.is_empty() { "default".to_owned() } else { spec.project.clone() },
            state: AppState::of(application),
            sources: sources(spec.source.as_ref(), &spec.sources),
            destination: destination(&spec.destination),
            is_automated: is_automated(application),
            compared: time(status.reconciled_at.as_ref()),
            conditions: conditions(&status),
            rejected: rejected(&status),
            links: all_links(application, &status),
            images: status.summary.as_ref().map(|summary| summary.images.clone()).unwrap_or_default(),
            waves,
            more_objects,
            operation: status.operation_state.as_ref().map(|state| OperationView::of(state, &status.resources)),
            is_busy: is_busy(application),
            place: operation_in_progress(application),
            history: past::of(&status.history),
            is_leaving: application.metadata.deletion_timestamp.is_some(),
        }
    }

    /// Whether something is asked for that has not begun.
    pub fn is_asked(&self) -> bool {
        self.place == ASKED
    }

    /// The objects that are not as git says.
    pub fn differing(&self) -> impl Iterator<Item = &ObjectView> {
        self.waves.iter().flat_map(|(_, all)| all).filter(|one| one.differs())
    }
}

impl AppState {
    /// How an Application is.
    pub fn of(application: &Application) -> Self {
        let status = application.status.clone().unwrap_or_default();
        let (sync, health) = (status.sync.unwrap_or_default(), status.health.unwrap_or_default());
        let unknown =
            |text: Option<String>| text.filter(|text| !text.is_empty()).unwrap_or_else(|| "Unknown".to_owned());
        Self {
            revision: short(&revision(&sync.revision.unwrap_or_default(), &sync.revisions)),
            sync: unknown(Some(sync.status)),
            health: unknown(health.status),
            message: health.message.unwrap_or_default(),
        }
    }
}

fn object(one: &ResourceStatus, release: impl Fn(&str, &str) -> Option<Arc<Rollout>>) -> ObjectView {
    let health = one.health.clone().unwrap_or_default();
    let notes = [
        (one.hook, "hook"),
        (one.requires_pruning, "git has it no more"),
        (one.requires_deletion_confirmation, "deleted only when a person says so"),
    ];
    let is_rollout = one.group == sluice_crds::names::GROUP && one.kind == "Rollout";
    ObjectView {
        kind: kind(&one.group, &one.kind),
        namespace: one.namespace.clone(),
        name: one.name.clone(),
        state: AppState {
            sync: one.status.clone().unwrap_or_default(),
            health: health.status.unwrap_or_default(),
            message: health.message.unwrap_or_default(),
            revision: String::new(),
        },
        notes: notes.into_iter().filter(|(is_so, _)| *is_so).map(|(_, note)| note).collect(),
        fields: Vec::new(),
        more_fields: 0,
        release: release(&one.namespace, &one.name).filter(|_| is_rollout).map(|rollout| Row::of(&rollout)),
    }
}

fn conditions(status: &ApplicationStatus) -> Vec<Wrong> {
    let wrong = |one: &ApplicationCondition| Wrong {
        what: one.r#type.clone(),
        why: one.message.clone(),
        since: time(one.last_transition_time.as_ref()),
    };
    status.conditions.iter().map(wrong).collect()
}

fn rejected(status: &ApplicationStatus) -> Vec<Wrong> {
    let wrong = |one: &RejectedRevision| Wrong {
        what: short(&one.revision),
        why: format!("taken back by Rollout {}: {}", one.by, one.message),
        since: time(one.at.as_ref()),
    };
    status.rejected.iter().map(wrong).collect()
}

fn all_links(application: &Application, status: &ApplicationStatus) -> Vec<Link> {
    let reached = status.summary.iter().flat_map(|summary| &summary.external_urls);
    let reached = reached.map(|url| (url.clone(), url.clone())).collect();
    links::of(application.annotations()).into_iter().chain(links::of(&reached)).collect()
}

#[cfg(test)]
pub(crate) mod tests;
