//! What one pass over a Rollout's notices looks at.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use serde_json::{Map, Value, json};
use sluice_crds::names::label;
use sluice_crds::{AnalysisRun, Rollout, RolloutStatus, Violation};
use sluice_notify::config::Config;
use sluice_notify::note::{self, Note};
use sluice_notify::plan::{self, is_young};
use sluice_notify::release::Release;
use sluice_notify::release::read::{self, Beside, Images};
use sluice_notify::story::{self, Occurrence};
use sluice_notify::subscribe::{Subscription, asked, subscriptions};

use crate::context::Context;
use crate::key::Key;
use crate::notices::desk::Desk;
use crate::observe::policy;

/// What one pass saw.
pub(super) struct Seen {
    pub(super) rollout: Rollout,
    pub(super) uid: String,
    pub(super) config: Arc<Config>,
    pub(super) subscriptions: Vec<Subscription>,
    /// What is wrong with annotations.
    pub(super) violations: Vec<Violation>,
    /// What templates and conditions find.
    pub(super) variables: Map<String, Value>,
    now: Timestamp,
    /// The release that it is at.
    release: String,
    news: Vec<Occurrence>,
    desk: Desk,
    is_young: bool,
    before: Images,
    after: Images,
}

/// Looks at a Rollout: at caches, and at what this process has in mind. `None` where there is nobody to tell, and nothing to tell
/// of.
pub(super) fn rollout(ctx: &Context, key: &Key) -> Option<Seen> {
    let config = ctx.configured.config()?;
    let cached = ctx.caches.rollout(key)?;
    let rollout = cached.0.as_ref().ok()?.clone();
    let (annotations, labels) = (rollout.annotations(), rollout.labels());
    let (mut subscriptions, mut violations) = subscriptions(&config, annotations, labels);
    let (of_policy, wrong) = by_policy(ctx, key, &rollout, &config);
    subscriptions.extend(of_policy.into_iter().filter(|one| !subscriptions.contains(one)).collect::<Vec<_>>());
    violations.extend(wrong);
    let noted = annotations.get(note::ANNOTATION).and_then(|text| Note::read(text));
    if subscriptions.is_empty() && violations.is_empty() && noted.as_ref().is_none_or(|note| note.owed.is_empty()) {
        return None;
    }
    let status = rollout.status.clone().unwrap_or_default();
    let (release, uid) = (story::release(&status)?, rollout.uid()?);
    let desk = desk(ctx, key, &uid, noted);
    let cached = ctx.caches.analysis_runs_of(&uid);
    let runs: Vec<&AnalysisRun> = cached.iter().filter_map(|run| run.0.as_ref().ok()).collect();
    let mut news = story::news(&rollout, &runs, &desk.note);
    news.extend(ctx.desks.heard(key));
    let variables = variables(&rollout, &runs);
    let now = ctx.clock.now();
    let made = rollout.creation_timestamp().map_or(Timestamp::MIN, |time| time.0);
    let (before, after) = images(ctx, &uid, &status);
    let is_young = is_young(made, now);
    Some(Seen {
        rollout,
        uid,
        config,
        subscriptions,
        violations,
        variables,
        now,
        release,
        news,
        desk,
        is_young,
        before,
        after,
    })
}

/// What the rollback policy's `notification_channels` hear of.
const OF_POLICY: [&str; 3] = ["on-rollout-aborted", "on-rollback", "on-rollback-checks-failed"];

fn by_policy(ctx: &Context, key: &Key, rollout: &Rollout, config: &Config) -> (Vec<Subscription>, Vec<Violation>) {
    let channels = policy::channels(ctx, key, rollout).into_iter();
    let recipients: Vec<_> = channels.map(|channel| (channel.service, channel.recipient)).collect();
    asked(config, "notification_channels of the rollback policy", &OF_POLICY, &recipients)
}

/// What this process has in mind; the first time, what the Rollout says.
fn desk(ctx: &Context, key: &Key, uid: &str, noted: Option<Note>) -> Desk {
    if let Some(desk) = ctx.desks.get(key, uid) {
        return desk;
    }
    let desk = Desk {
        uid: uid.to_owned(),
        note: noted.clone().unwrap_or_default(),
        is_taken_over: true,
        noted,
        waits: std::collections::BTreeMap::default(),
    };
    ctx.desks.open(key, desk.clone());
    desk
}

fn variables(rollout: &Rollout, runs: &[&AnalysisRun]) -> Map<String, Value> {
    let runs: Vec<Value> = runs.iter().map(|run| json!(run)).collect();
    Map::from_iter([("rollout".to_owned(), json!(rollout)), ("analysisRuns".to_owned(), Value::Array(runs))])
}

/// What the stable and the new version run.
fn images(ctx: &Context, uid: &str, status: &RolloutStatus) -> (Images, Images) {
    let sets = ctx.caches.replica_sets_of(uid);
    let of = |hash: Option<&String>| {
        let set = sets.iter().find(|set| hash.is_some() && set.labels().get(label::POD_TEMPLATE_HASH) == hash);
        set.map(|set| containers(set)).unwrap_or_default()
    };
    let is_other = status.stable_rs != status.current_pod_hash;
    (of(status.stable_rs.as_ref().filter(|_| is_other)), of(status.current_pod_hash.as_ref()))
}

fn containers(set: &ReplicaSet) -> Images {
    let pods = set.spec.as_ref().and_then(|spec| spec.template.as_ref()).and_then(|template| template.spec.as_ref());
    let containers = pods.into_iter().flat_map(|pods| &pods.containers);
    containers.filter_map(|one| Some((one.name.clone(), one.image.clone()?))).collect()
}

impl Seen {
    /// What the decision looks at.
    pub(super) fn asked(&self) -> plan::Seen<'_> {
        plan::Seen {
            config: &self.config,
            subscriptions: &self.subscriptions,
            release: &self.release,
            step: self.rollout.status.as_ref().map(story::step).unwrap_or_default(),
            news: &self.news,
            note: self.desk.noted.as_ref().map(|_| &self.desk.note).or(self.in_mind()),
            is_young: self.is_young,
            variables: &self.variables,
            now: self.now,
            before: &self.before,
        }
    }

    /// The note of this process, where it has made one that is not written yet.
    fn in_mind(&self) -> Option<&Note> {
        Some(&self.desk.note).filter(|note| !note.release.is_empty())
    }

    /// The release that it is at, by its identifier.
    pub(super) fn release_id(&self) -> &str {
        &self.release
    }

    /// Whether an earlier process may have sent what is owed.
    pub(super) fn is_taken_over(&self) -> bool {
        self.desk.is_taken_over
    }

    /// The release, for people.
    pub(super) fn release(&self, note: &Note) -> Release {
        let before = if self.before.is_empty() { note.before.clone() } else { self.before.clone() };
        let beside = Beside {
            before,
            after: self.after.clone(),
            context: Some(&self.config.context),
            was_promoted: note.told.contains("completed"),
        };
        read::read(&self.rollout, &beside)
    }
}
