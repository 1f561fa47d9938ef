//! What sources say beside what is in the cluster, object by object.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use sluice_crds::names::application::SYNC_OPTIONS;
use sluice_dashboard::view::Differing;
use sluice_gitops::application::change::Manner;
use sluice_gitops::application::observed::{Compared, Item, Seen, Tried};
use sluice_gitops::diff::Difference;
use sluice_gitops::health::{self, Health};
use sluice_gitops::waves::hook::{self, Role};
use sluice_gitops::{Key, Object};
use sluice_live::View;
use tokio::time::timeout;
use tracing::debug;

use super::observe::{Looking, Way};
use super::target::{Asked, Form, Ready};
use super::{claims, items};
use crate::gitops::differences::shown;

/// How long the API server is asked in one pass. What it has answered by then it is not asked again.
const PATIENCE: Duration = Duration::from_secs(30);

/// Compares what the sources say now, and what they say at the commit of the operation. `None`: there is more to ask.
pub(super) async fn both(looking: &Looking<'_>, way: &Way, view: &View, asked: &Asked) -> Option<(Seen, Option<Seen>)> {
    let comparing = Comparing { looking, way, view, asked, claims: claims::of(looking.ctx, way) };
    let work = async {
        let (target, differing) = comparing.seen(&asked.target).await;
        looking.ctx.gitops.differences.note(looking.key, differing);
        let pinned = match &asked.pinned {
            Some(pinned) => Some(comparing.seen(pinned).await.0),
            None => None,
        };
        (target, pinned)
    };
    timeout(PATIENCE, work).await.ok()
}

type Answer = (Tried, Option<Difference>);

struct Comparing<'a> {
    looking: &'a Looking<'a>,
    way: &'a Way,
    view: &'a View,
    asked: &'a Asked,
    /// Who else wants an object.
    claims: HashMap<Key, Vec<String>>,
}

impl Comparing<'_> {
    /// What is seen, and where objects differ, for people.
    async fn seen(&self, form: &Form) -> (Seen, Vec<Differing>) {
        let seen = match form {
            Form::Pending => Seen::Pending,
            Form::Failed(why) => Seen::Failed(why.clone()),
            Form::Lost(why) => Seen::Lost(why.clone()),
            Form::Ready(ready) => {
                let (compared, differing) = self.compared(ready).await;
                return (Seen::Ready(compared), differing);
            }
        };
        (seen, Vec::new())
    }

    async fn compared(&self, ready: &Ready) -> (Compared, Vec<Differing>) {
        let mut items = self.items(ready);
        let at_once = usize::from(self.looking.ctx.options.gitops.application_writes);
        let questions = items.iter().enumerate().filter(|(_, item)| self.is_tried(item));
        let questions: Vec<BoxFuture<'_, _>> = questions.map(|(at, item)| self.answer(at, item).boxed()).collect();
        let answers: Vec<(usize, Answer)> = futures::stream::iter(questions).buffer_unordered(at_once).collect().await;
        let mut differing = Vec::new();
        for (at, (tried, difference)) in answers {
            if let Some(item) = items.get_mut(at) {
                item.tried = tried;
                differing.extend(difference.map(|difference| shown(&item.key, &difference)));
            }
        }
        let (revision, sources) = (ready.revision.clone(), ready.sources.clone());
        (Compared { revision, sources, items, repeated: ready.prepared.repeated.clone() }, differing)
    }

    /// All objects, by key, with what is seen of them; those of generated names last.
    fn items(&self, ready: &Ready) -> Vec<Item> {
        let mut items: BTreeMap<Key, Item> = BTreeMap::new();
        for (key, desired) in &ready.prepared.objects {
            let live = self.view.named.get(key).cloned();
            items.insert(key.clone(), self.item(key, Some(desired.clone()), live));
        }
        let own_hooks = self.looking.spec.hooks.iter().map(|hook| items::own_hook(hook, self.looking.spec));
        for key in own_hooks {
            if let Some(live) = self.view.named.get(&key) {
                items.entry(key.clone()).or_insert_with(|| self.item(&key, None, Some(live.clone())));
            }
        }
        for live in &self.view.tracked {
            let key = live.key();
            items.entry(key.clone()).or_insert_with(|| self.item(&key, None, Some(live.clone())));
        }
        let unnamed = ready.prepared.unnamed.iter();
        items.into_values().chain(unnamed.map(|one| self.item(&one.key(), Some(one.clone()), None))).collect()
    }

    fn item(&self, key: &Key, desired: Option<Object>, live: Option<Object>) -> Item {
        let health = live.as_ref().and_then(|live| self.health(live));
        let owner = live.as_ref().and_then(|live| self.way.live.owner(live));
        let other_owner = owner.filter(|owner| *owner != self.way.instance);
        let tried = if desired.is_some() { self.unknown(key) } else { Tried::NotYet };
        let wanted_by = self.claims.get(key).cloned().unwrap_or_default();
        Item { key: key.clone(), desired, live, tried, health, other_owner, wanted_by }
    }

    fn health(&self, live: &Object) -> Option<Health> {
        let itself =
            live.key() == Key::new("argoproj.io", "Application", &self.looking.key.namespace, &self.looking.key.name);
        // One that keeps itself would be as it is because it is.
        if itself { None } else { health::judged(live, &self.looking.spec.health) }
    }

    /// What can be said of an object whose kind the cluster does not serve, without asking.
    fn unknown(&self, key: &Key) -> Tried {
        if self.way.api.resource(&key.group, &key.kind).is_some() {
            return Tried::NotYet;
        }
        let (kind, group) = (&key.kind, if key.group.is_empty() { "the core group" } else { &key.group });
        match self.way.api.trouble(&key.group) {
            Some(why) => Tried::Refused(format!("whether {kind} of {group} is served is not known: {why}")),
            None => Tried::unserved(key),
        }
    }

    /// Whether the API server is asked about an object: about those that are kept and there, and, before a sync begins, about those
    /// that it would make. What the project does not permit is not even asked.
    fn is_tried(&self, item: &Item) -> bool {
        let Some(desired) = &item.desired else { return false };
        let is_next = item.live.is_some() || self.asked.first_step;
        let home = self.looking.home;
        is_next
            && item.tried == Tried::NotYet
            && hook::role(desired) == Role::Ordinary
            && home.project.permits(&item.key, &home.place).is_ok()
    }

    async fn answer(&self, at: usize, item: &Item) -> (usize, Answer) {
        let Some(desired) = &item.desired else { return (at, (Tried::NotYet, None)) };
        let (live, by) = (&self.way.live, &self.way.by);
        let manner = self.manner(desired);
        let Some(there) = &item.live else { return (at, (live.tried_new(desired, manner, by).await, None)) };
        let (tried, difference) = live.tried(desired, there, &self.looking.spec.ignore, manner, by).await;
        if let Some(difference) = &difference {
            debug!(application = %self.looking.key, object = %item.key, %difference, "differs from git");
        }
        (at, (tried, difference))
    }

    /// How the object would be written.
    fn manner(&self, desired: &Object) -> Manner {
        let options = self.asked.options.of(desired.listed(SYNC_OPTIONS));
        Manner { dry_run: true, replace: options.replace, force: options.force, unchecked: options.skip_validation }
    }
}
