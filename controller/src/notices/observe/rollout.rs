//! What a pass over a Rollout's notices looks at: caches, and what this process has in mind.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use serde_json::{Map, Value, json};
use sluice_crds::names::label;
use sluice_crds::{AnalysisRun, Rollout, RolloutStatus, Violation};
use sluice_notify::config::{Config, Service, Subject};
use sluice_notify::note::{self, Note};
use sluice_notify::plan::{self, is_young};
use sluice_notify::release::Release;
use sluice_notify::release::read::{self, Beside, Images};
use sluice_notify::story::{self, Occurrence};
use sluice_notify::subscribe::{Subscription, asked, subscriptions};

use super::{About, Nobody, Seen, desk};
use crate::context::Context;
use crate::key::Key;
use crate::notices::configured::namespace;
use crate::observe::policy;

/// The release that a Rollout is at.
pub(in crate::notices) struct OfRelease {
    /// Its identifier.
    pub(in crate::notices) id: String,
    step: usize,
    over: Option<Timestamp>,
    news: Vec<Occurrence>,
    before: Images,
    after: Images,
}

/// Looks at a Rollout, if there is somebody to tell, or something to tell of.
pub(in crate::notices) fn rollout(ctx: &Context, key: &Key) -> Result<(Seen, OfRelease), Nobody> {
    let cached = ctx.caches.rollout(key).ok_or(Nobody::IsThere)?;
    let own = cached.0.as_ref().map_err(|_| Nobody::IsThere)?;
    let config = ctx.notices.configured.config().or_else(|| unconfigured(ctx, key, own)).ok_or(Nobody::IsThere)?;
    let rollout = Box::new(own.clone());
    let (annotations, labels) = (rollout.annotations(), rollout.labels());
    let (mut subscriptions, mut violations) = subscriptions(&config, annotations, labels);
    let (of_policy, wrong) = by_policy(ctx, key, &rollout, &config);
    subscriptions.extend(of_policy.into_iter().filter(|one| !subscriptions.contains(one)).collect::<Vec<_>>());
    violations.extend(wrong);
    let status = rollout.status.clone().unwrap_or_default();
    let (id, uid) = story::release(&status).zip(rollout.uid()).ok_or(Nobody::IsThere)?;
    let noted = annotations.get(note::ANNOTATION).and_then(|text| Note::read(text));
    if subscriptions.is_empty() && violations.is_empty() && noted.as_ref().is_none_or(Note::is_settled) {
        // What is wrong for a moment is no reason to take what happens meanwhile for past.
        let is_missed = config.is_whole && noted.is_some_and(|noted| noted.release != id);
        return Err(if is_missed { Nobody::HearsOf { uid } } else { Nobody::IsThere });
    }
    let desk = desk(&ctx.notices.desks, key, &uid, noted);
    let cached = ctx.caches.analysis_runs_of(&uid);
    let runs: Vec<&AnalysisRun> = cached.iter().filter_map(|run| run.0.as_ref().ok()).collect();
    let mut news = story::news(&rollout, &runs, &desk.note);
    news.extend(ctx.notices.desks.heard(key));
    let variables = variables(&rollout, &runs);
    let now = ctx.clock.now();
    let is_young = rollout.creation_timestamp().is_some_and(|made| is_young(made.0, now));
    let (before, after) = images(ctx, &uid, &status);
    let release = OfRelease { id, step: story::step(&status), over: story::over(&status), news, before, after };
    let about = About::Rollout(rollout);
    Ok((Seen { about, uid, config, subscriptions, violations, variables, now, is_young, desk }, release))
}

/// What the rollback policy's `notification_channels` hear of.
const OF_POLICY: [&str; 8] = [
    "on-rollout-aborted",
    "on-rollback",
    "on-rollback-checks-failed",
    "on-would-roll-back",
    "on-notify-only",
    "on-not-by-this-version",
    "on-not-rolled-back",
    "on-rollback-policy-unmeasurable",
];

fn by_policy(ctx: &Context, key: &Key, rollout: &Rollout, config: &Config) -> (Vec<Subscription>, Vec<Violation>) {
    let channels = policy::channels(ctx, key, rollout).into_iter();
    let recipients: Vec<_> = channels.map(|channel| (channel.service, channel.recipient)).collect();
    let (namespace, map) = (namespace(ctx, Subject::Rollout), Subject::Rollout.config_map());
    let from = format!("notification_channels of the rollback policy (ConfigMap {map} in namespace {namespace})");
    asked(config, &from, &OF_POLICY, &recipients)
}

/// What there is without anything configured, where the rollback policy names channels all the same: that nobody is told there is
/// something to say.
fn unconfigured(ctx: &Context, key: &Key, rollout: &Rollout) -> Option<Arc<Config>> {
    let is_asked = ctx.notices.configured.is_absent() && !policy::channels(ctx, key, rollout).is_empty();
    is_asked.then(|| Arc::new(Config::read(Subject::Rollout, &BTreeMap::new(), &BTreeMap::new()).0))
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

impl OfRelease {
    /// What the decision looks at.
    pub(in crate::notices) fn asked<'s>(&'s self, seen: &'s Seen) -> plan::Seen<'s> {
        plan::Seen {
            config: &seen.config,
            subscriptions: &seen.subscriptions,
            release: &self.id,
            step: self.step,
            over: self.over,
            news: &self.news,
            note: seen.note(),
            is_young: seen.is_young,
            variables: &seen.variables,
            now: seen.now,
            before: &self.before,
            after: &self.after,
        }
    }

    /// What was heard, and is told by no status.
    pub(in crate::notices) fn heard(self) -> impl Iterator<Item = Occurrence> {
        self.news.into_iter().filter(Occurrence::is_event)
    }

    /// The release, for people: where somebody has a thread of it, or is to have one.
    pub(in crate::notices) fn shown(&self, seen: &Seen, note: &Note) -> Option<Release> {
        let About::Rollout(rollout) = &seen.about else { return None };
        let is_slack = |to: &Subscription| seen.config.services.get(&to.service).is_some_and(Service::is_slack);
        if note.threads.is_empty() && !seen.subscriptions.iter().any(is_slack) {
            return None;
        }
        let before = if self.before.is_empty() { note.before.clone() } else { self.before.clone() };
        let beside = Beside {
            before,
            after: self.after.clone(),
            context: Some(&seen.config.context),
            was_promoted: note.told.contains("completed"),
        };
        Some(read::read(rollout, &beside))
    }
}
