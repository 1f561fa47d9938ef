//! The lines above the table: the Rollout in figures.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use sluice_crds::{CanaryStrategy, Rollout, RolloutStatus};
use sluice_orders::own::{hash, is_owned};
use sluice_orders::role::Role;
use sluice_orders::standing::{Standing, is_complete, newest, stable};

use super::icon::Icon;
use super::role;
use super::text::Text;
use crate::seen::Seen;

pub(super) type Line = (&'static str, Text);

/// Labels and what stands behind them.
pub(crate) fn of(seen: &Seen, standing: &Standing) -> Vec<Line> {
    let rollout = &seen.rollout;
    let phase = Icon::of_phase(standing.phase).text().and(Text::plain(format!(" {:?}", standing.phase)));
    let mut lines = vec![
        ("Name:", Text::plain(rollout.name_any())),
        ("Namespace:", Text::plain(rollout.namespace().unwrap_or_default())),
        ("Status:", phase),
    ];
    if !standing.message.is_empty() {
        lines.push(("Message:", Text::plain(&standing.message)));
    }
    lines.extend(strategy(seen));
    lines.extend(images(seen));
    lines.extend(replicas(rollout));
    lines
}

fn strategy(seen: &Seen) -> Vec<Line> {
    let strategy = &seen.rollout.spec.strategy;
    match (&strategy.canary, &strategy.blue_green) {
        (Some(canary), _) => self::canary(seen, canary),
        (None, Some(_)) => vec![("Strategy:", Text::plain("BlueGreen"))],
        (None, None) => vec![("Strategy:", Text::plain("none"))],
    }
}

fn canary(seen: &Seen, canary: &CanaryStrategy) -> Vec<Line> {
    let status = seen.rollout.status.clone().unwrap_or_default();
    let step = status.current_step_index.filter(|_| !canary.steps.is_empty());
    let step = step.map(|step| format!("{step}/{}", canary.steps.len())).unwrap_or_default();
    vec![
        ("Strategy:", Text::plain("Canary")),
        ("  Step:", Text::plain(step)),
        ("  SetWeight:", Text::plain(set_weight(&seen.rollout, canary, &status).to_string())),
        ("  ActualWeight:", Text::plain(actual_weight(seen, canary, &status).to_string())),
    ]
}

/// The share that the steps ask for: that of the last setWeight up to the step in force.
pub(crate) fn set_weight(rollout: &Rollout, canary: &CanaryStrategy, status: &RolloutStatus) -> i32 {
    let step = usize::try_from(status.current_step_index.unwrap_or(0)).unwrap_or(0);
    match canary.steps.get(..=step) {
        _ if status.abort => 0,
        _ if is_alone(rollout) || status.promote_full => full(canary),
        Some(passed) => passed.iter().rev().find_map(|step| step.set_weight).unwrap_or(0),
        None => full(canary),
    }
}

/// The share that the newest revision has: at the router, or of the available pods.
fn actual_weight(seen: &Seen, canary: &CanaryStrategy, status: &RolloutStatus) -> i32 {
    if is_alone(&seen.rollout) {
        return full(canary);
    }
    if canary.traffic_routing.is_some() {
        return status.canary.weights.as_ref().map_or(0, |weights| weights.canary.weight);
    }
    let new = seen.revisions().find(|replica_set| hash(*replica_set) == newest(&seen.rollout));
    let new = new.map_or(0, available);
    (new * 100).checked_div(status.available_replicas).unwrap_or(0)
}

/// Whether there is no other revision to share with: the first one, or one that is stable.
fn is_alone(rollout: &Rollout) -> bool {
    is_complete(rollout) || stable(rollout).is_none()
}

fn full(canary: &CanaryStrategy) -> i32 {
    canary.traffic_routing.as_ref().and_then(|routing| routing.max_traffic_weight).unwrap_or(100)
}

fn available(replica_set: &ReplicaSet) -> i32 {
    replica_set.status.as_ref().and_then(|status| status.available_replicas).unwrap_or(0)
}

/// The images that run, with the roles of the revisions that run them, and the sets of experiments that do.
fn images(seen: &Seen) -> Vec<Line> {
    let mut images = Images::default();
    for replica_set in seen.revisions().filter(|replica_set| has_pods(replica_set)) {
        let roles = Role::of(&seen.rollout, hash(replica_set).unwrap_or_default());
        images.run(images_of(replica_set), &roles.into_iter().map(role::text).collect::<Vec<_>>());
    }
    for experiment in seen.experiments.iter().filter(|one| is_owned(*one, &seen.rollout)) {
        let sets = experiment.status.iter().flat_map(|status| &status.template_statuses);
        for set in sets.filter(|set| set.replicas > 0) {
            let template = experiment.spec.templates.iter().find(|template| template.name == set.name);
            let all = template.map(|template| template.template.images()).unwrap_or_default();
            images.run(all.values().map(String::as_str), &[Text::plain(format!("Σ:{}", set.name))]);
        }
    }
    images.lines()
}

pub(super) fn has_pods(replica_set: &ReplicaSet) -> bool {
    replica_set.status.as_ref().is_some_and(|status| status.replicas > 0)
}

/// Images with who runs them.
#[derive(Default)]
pub(super) struct Images(BTreeMap<String, Vec<Text>>);

impl Images {
    /// Notes that these are run by whom the tags name.
    pub(super) fn run<'a>(&mut self, images: impl Iterator<Item = &'a str>, tags: &[Text]) {
        for image in images {
            let known = self.0.entry(image.to_owned()).or_default();
            known.extend(tags.iter().filter(|tag| !known.contains(tag)).cloned().collect::<Vec<_>>());
        }
    }

    /// The lines of the summary.
    pub(super) fn lines(self) -> Vec<Line> {
        let labels = std::iter::once("Images:").chain(std::iter::repeat(""));
        labels.zip(self.0).map(|(label, (image, tags))| (label, tagged(&image, tags))).collect()
    }
}

pub(super) fn images_of(replica_set: &ReplicaSet) -> impl Iterator<Item = &str> {
    let template = replica_set.spec.as_ref().and_then(|spec| spec.template.as_ref());
    let containers = template.and_then(|template| template.spec.as_ref()).into_iter().flat_map(|pod| &pod.containers);
    containers.filter_map(|container| container.image.as_deref())
}

fn tagged(image: &str, mut tags: Vec<Text>) -> Text {
    if tags.is_empty() {
        return Text::plain(image);
    }
    tags.sort_by_key(Text::bare);
    let tags = Text::joined(tags, ", ");
    Text::plain(format!("{image} (")).and(tags).and(Text::plain(")"))
}

fn replicas(rollout: &Rollout) -> Vec<Line> {
    let status = rollout.status.clone().unwrap_or_default();
    let count = |count: i32| Text::plain(count.to_string());
    vec![
        ("Replicas:", Text::default()),
        ("  Desired:", count(rollout.spec.replicas.unwrap_or(1))),
        ("  Current:", count(status.replicas)),
        ("  Updated:", count(status.updated_replicas)),
        ("  Ready:", count(status.ready_replicas)),
        ("  Available:", count(status.available_replicas)),
    ]
}
