//! How the cluster compares with git, object by object.

use std::collections::BTreeSet;

use sluice_crds::ResourceStatus;
use sluice_crds::names::application::{COMPARE_OPTIONS, IGNORE_HEALTH, SYNC_OPTIONS};

use super::fact::{Fact, Trouble};
use super::observed::{Compared, Home, Item, Tried};
use crate::Key;
use crate::health::{self, Health, Status};
use crate::spec::Leave;
use crate::summary;
use crate::waves;
use crate::waves::hook::Role;

/// How one object compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is as git says.
    Synced,
    /// It is not.
    OutOfSync,
    /// The API server could not be asked.
    Unknown,
}

impl Standing {
    fn name(self) -> &'static str {
        match self {
            Self::Synced => "Synced",
            Self::OutOfSync => "OutOfSync",
            Self::Unknown => "Unknown",
        }
    }
}

/// Objects that count: kept ones that git has, and those that it has no more and the project permits.
///
/// What a project does not permit is never pruned: it is somebody else's.
pub(super) fn counted<'a>(compared: &'a Compared, home: &'a Home) -> impl Iterator<Item = &'a Item> {
    let permitted = |item: &&Item| home.project.permits(&item.key, &home.place).is_ok();
    compared.items.iter().filter(move |item| match &item.desired {
        Some(_) => item.role() == Role::Ordinary,
        None => item.is_extra() && permitted(item),
    })
}

pub(super) fn standing(item: &Item) -> Standing {
    match (&item.desired, &item.live) {
        (None, Some(live)) if live.listed(COMPARE_OPTIONS).any(|word| word == "IgnoreExtraneous") => Standing::Synced,
        (None, _) | (Some(_), None) => Standing::OutOfSync,
        (Some(_), Some(_)) => match item.tried {
            Tried::Same => Standing::Synced,
            Tried::Differs => Standing::OutOfSync,
            Tried::NotYet | Tried::UnknownKind(_) | Tried::Refused(_) => Standing::Unknown,
        },
    }
}

/// What is so.
pub(super) fn facts(compared: &Compared, home: &Home) -> Vec<Fact> {
    let items: Vec<&Item> = counted(compared, home).collect();
    let resources: Vec<ResourceStatus> = items.iter().map(|item| resource(item)).collect();
    let synced = items.iter().all(|item| standing(item) == Standing::Synced);
    let healths: Vec<Option<Health>> = items.iter().map(|item| counted_health(item)).collect();
    let health = health::worst(healths.iter().map(Option::as_ref));
    let mut facts = warnings(compared, home);
    facts.push(Fact::Compared {
        revision: compared.revision.clone(),
        sources: compared.sources.clone(),
        synced,
        resources,
        health,
        ailing: ailing(health, items.iter().zip(&healths)),
        summary: summary::of(items.iter().filter_map(|item| item.live.as_ref())),
    });
    facts
}

/// The first of the objects that are as bad as the worst, and how many there are: whoever is called has to know where to look.
fn ailing<'a>(worst: Status, each: impl Iterator<Item = (&'a &'a Item, &'a Option<Health>)>) -> Option<String> {
    if !matches!(worst, Status::Missing | Status::Degraded | Status::Unknown) {
        return None;
    }
    let mut those = each.filter_map(|(item, health)| Some((item, health.as_ref().filter(|one| one.status == worst)?)));
    let (item, health) = those.next()?;
    let why = match (worst, health.message.as_str()) {
        (Status::Missing, "") => " is not there".to_owned(),
        (_, "") => String::new(),
        (_, why) => format!(": {why}"),
    };
    let more = those.count();
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Some(format!("{}{why}{more}", item.key))
}

/// The health of one object. What git has no more does not count, and neither does what says so itself.
fn counted_health(item: &Item) -> Option<Health> {
    let desired = item.desired.as_ref()?;
    if [Some(desired), item.live.as_ref()]
        .into_iter()
        .flatten()
        .any(|one| one.annotation(IGNORE_HEALTH) == Some("true"))
    {
        return None;
    }
    health(item)
}

/// How one object is: missing if it is not there.
fn health(item: &Item) -> Option<Health> {
    if item.live.is_none() { Some(Health::new(Status::Missing, "")) } else { item.health.clone() }
}

fn resource(item: &Item) -> ResourceStatus {
    let object = item.desired.as_ref().or(item.live.as_ref());
    let health = health(item).map(|health| sluice_crds::HealthStatus {
        status: Some(health.status.name().to_owned()),
        message: Some(health.message).filter(|message| !message.is_empty()),
        last_transition_time: None,
    });
    let confirm = |object: &crate::Object| {
        let options = crate::spec::Options::default().of(object.listed(SYNC_OPTIONS));
        options.prune == Leave::Asked || options.delete == Leave::Asked
    };
    ResourceStatus {
        group: item.key.group.clone(),
        version: object.map(|object| object.version().to_owned()).unwrap_or_default(),
        kind: item.key.kind.clone(),
        namespace: item.key.namespace.clone(),
        name: item.key.name.clone(),
        status: Some(standing(item).name().to_owned()),
        health,
        hook: false,
        requires_pruning: item.desired.is_none(),
        sync_wave: object.map(waves::wave).unwrap_or_default(),
        requires_deletion_confirmation: object.is_some_and(confirm),
    }
}

/// What is to be done about objects of several Applications.
const SHARED: &str = ". Take what is shared out of the sources of one of them";

/// What a person should know of the objects. The first few are named, and how many there are.
fn warnings(compared: &Compared, home: &Home) -> Vec<Fact> {
    let shared = compared.items.iter().filter_map(|item| {
        let owner = item.other_owner.as_ref().filter(|_| item.desired.is_some());
        let other = owner.or(item.wanted_by.first()).filter(|_| item.desired.is_some() || item.is_extra())?;
        let kept = if item.is_held_elsewhere() { ", which has it" } else { "" };
        Some(format!("{} is part of application {other} too{kept}", item.key))
    });
    let blocked = compared
        .items
        .iter()
        .filter(|item| item.desired.is_some())
        .filter_map(|item| home.project.permits(&item.key, &home.place).err().map(|refusal| refusal.to_string()));
    let repeated =
        compared.repeated.iter().map(|key| format!("{key} is described more than once; the last one counts"));
    let refused = compared.items.iter().filter_map(|item| match &item.tried {
        Tried::Refused(why) => Some(format!("{}: {why}", item.key)),
        _ => None,
    });
    // Of a kind that is not served at all, its sync tells. One that is served in other versions may stay as it is for ever.
    let outdated = compared.items.iter().filter_map(|item| match &item.tried {
        Tried::UnknownKind(why) if item.tried != Tried::unserved(&item.key) => Some(format!("{}: {why}", item.key)),
        _ => None,
    });
    let misspelt = compared.items.iter().filter_map(|item| {
        let words = waves::hook::misspelt(item.desired.as_ref()?).join(", ");
        (!words.is_empty()).then(|| format!("{} has the hook annotation {words:?}, which names no phase", item.key))
    });
    [
        named(shared).map(|text| Fact::Trouble(Trouble::SharedResourceWarning, text + SHARED)),
        listed(Trouble::ExcludedResourceWarning, blocked.chain(misspelt)),
        listed(Trouble::RepeatedResourceWarning, repeated),
        listed(Trouble::ComparisonError, refused.chain(outdated)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Objects in the Application's namespace that belong to nobody, where its project asks for a word about them.
pub(super) fn orphans(orphans: &[Key], home: &Home) -> Option<Fact> {
    let rules = home.project.orphans.as_ref().filter(|rules| rules.warn)?;
    let counts = |key: &&Key| rules.counts(key) && home.project.permits(key, &home.place).is_ok();
    let those: Vec<&Key> = orphans.iter().filter(counts).collect();
    let those_named = named(those.iter().map(ToString::to_string))?;
    let (namespace, count) = (&home.place.namespace, those.len());
    let text = format!("objects that belong to no application in namespace {namespace}: {count} ({those_named})");
    Some(Fact::Trouble(Trouble::OrphanedResourceWarning, text))
}

/// How many are named.
const NAMED: usize = 5;

fn listed(trouble: Trouble, each: impl Iterator<Item = String>) -> Option<Fact> {
    named(each).map(|text| Fact::Trouble(trouble, text))
}

/// The first few by name, and how many more there are; none of none.
fn named(each: impl Iterator<Item = String>) -> Option<String> {
    let all: BTreeSet<String> = each.collect();
    let first: Vec<&str> = all.iter().take(NAMED).map(String::as_str).collect();
    let more = all.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    (!all.is_empty()).then(|| first.join("; ") + &more)
}
