//! A small cluster and a small repository: the planner, an API server that takes everything it is not told to refuse, objects that
//! are healthy at once unless they are told not to be, and a clock that jumps.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::Expect;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sluice_crds::names::application::HOOK_FINALIZER;
use sluice_crds::{
    AppProjectSpec, ApplicationCondition, ApplicationSource, ApplicationSpec, ApplicationStatus, Operation,
};
use sluice_gitops::application::change::Change;
use sluice_gitops::application::fact::Fact;
use sluice_gitops::application::observed::{Compared, Home, Homeless, Item, Observed, Rejection, Seen, Tried, Words};
use sluice_gitops::application::plan;
use sluice_gitops::application::prune;
use sluice_gitops::application::release;
use sluice_gitops::application::revision::Revision;
use sluice_gitops::application::status::{self, Done};
use sluice_gitops::application::subject::Subject;
use sluice_gitops::health::{self, Health, Status};
use sluice_gitops::project::{Place, Project};
use sluice_gitops::{Key, Object, validate};

/// An Application, its surroundings, and what happened so far.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) spec: Value,
    pub(crate) status: ApplicationStatus,
    pub(crate) words: Words,
    /// The rule by which it does not sync by itself.
    pub(crate) denied: Option<String>,
    pub(crate) project: Value,
    /// What each commit describes; `None`: it cannot be rendered.
    commits: BTreeMap<String, Option<Vec<Object>>>,
    head: String,
    /// A commit that cannot be had.
    lost: Option<(String, Seen)>,
    cluster: BTreeMap<Key, Object>,
    ours: BTreeSet<Key>,
    health: BTreeMap<String, Health>,
    refused: BTreeMap<String, String>,
    unserved: BTreeSet<String>,
    outdated: BTreeMap<String, String>,
    failing: BTreeSet<String>,
    stuck: BTreeSet<String>,
    operation: Option<Operation>,
    deleting: Option<Timestamp>,
    finalizers: Vec<String>,
    homeless: Option<Homeless>,
    rejections: Vec<Rejection>,
    pub(crate) orphans: Vec<Key>,
    pub(crate) other_owners: BTreeMap<String, String>,
    /// Other Applications whose git has an object of that name.
    pub(crate) wanted_by: BTreeMap<String, String>,
    now: Timestamp,
    told: BTreeSet<String>,
    pub(crate) transcript: String,
    /// The pass that dies, counted from now on, and how many of its changes are made before.
    dies: Option<(usize, usize)>,
    /// How often each hook was run.
    pub(crate) runs: BTreeMap<String, usize>,
}

/// Compares what happened with what was expected to.
pub(crate) fn check(world: World, expected: Expect) {
    expected.assert_eq(&world.transcript);
}

/// An object `KIND NAME` in namespace shop (or of the cluster, for kinds of that), with annotations.
pub(crate) fn object(what: &str, annotations: Value) -> Object {
    let (kind, name) = what.split_once(' ').unwrap();
    let api_version = match kind {
        "Deployment" => "apps/v1",
        "Job" => "batch/v1",
        "Rollout" | "Application" => "argoproj.io/v1alpha1",
        "CustomResourceDefinition" => "apiextensions.k8s.io/v1",
        _ => "v1",
    };
    let mut metadata = json!({"name": name, "annotations": annotations});
    if !["Namespace", "CustomResourceDefinition"].contains(&kind) {
        metadata["namespace"] = json!("shop");
    }
    Object::from(json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": {"is": "as in git"}}))
}

pub(crate) fn plain(what: &str) -> Object {
    object(what, json!({}))
}

/// The same, with another image than it has in git at first: a Rollout releases it.
pub(crate) fn image(what: &str, image: &str) -> Object {
    let mut value = plain(what).to_value();
    value["spec"] = json!({"is": image, "template": {"spec": {"containers": [{"name": "app", "image": image}]}}});
    value.into()
}

pub(crate) fn wave(what: &str, wave: &str) -> Object {
    object(what, json!({"argocd.argoproj.io/sync-wave": wave}))
}

/// A hook that gets its name when it is made.
pub(crate) fn unnamed(what: &str, when: &str) -> Object {
    let mut value = hook(what, when).to_value();
    let prefix = value["metadata"]["name"].take();
    value["metadata"].as_object_mut().unwrap().remove("name");
    value["metadata"]["generateName"] = prefix;
    value.into()
}

pub(crate) fn hook(what: &str, when: &str) -> Object {
    object(what, json!({"argocd.argoproj.io/hook": when}))
}

/// An Application of these objects, at commit r1, that a person syncs.
pub(crate) fn given<const N: usize>(objects: [Object; N]) -> World {
    World {
        spec: json!({
            "project": "p",
            "source": source(),
            "destination": {"name": "in-cluster", "namespace": "shop"},
            "syncPolicy": {},
        }),
        status: ApplicationStatus::default(),
        words: Words::default(),
        denied: None,
        project: json!({
            "sourceRepos": ["*"],
            "destinations": [{"server": "*", "namespace": "*"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        }),
        commits: BTreeMap::from([("r1".to_owned(), Some(objects.to_vec()))]),
        head: "r1".to_owned(),
        lost: None,
        cluster: BTreeMap::new(),
        ours: BTreeSet::new(),
        health: BTreeMap::new(),
        refused: BTreeMap::new(),
        unserved: BTreeSet::new(),
        outdated: BTreeMap::new(),
        failing: BTreeSet::new(),
        stuck: BTreeSet::new(),
        operation: None,
        deleting: None,
        finalizers: Vec::new(),
        homeless: None,
        rejections: Vec::new(),
        orphans: Vec::new(),
        other_owners: BTreeMap::new(),
        wanted_by: BTreeMap::new(),
        now: "2026-01-01T10:00:00Z".parse().unwrap(),
        told: BTreeSet::new(),
        transcript: String::new(),
        dies: None,
        runs: BTreeMap::new(),
    }
}

/// The same, synced by itself: with prune and selfHeal.
pub(crate) fn automated<const N: usize>(objects: [Object; N]) -> World {
    given(objects).with("/syncPolicy/automated", json!({"prune": true, "selfHeal": true}))
}

fn source() -> Value {
    json!({"repoURL": "https://git.example.com/shop", "path": "web"})
}

impl World {
    /// Sets a field of the spec, by JSON pointer below `spec`.
    pub(crate) fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        self.spec.pointer_mut(parent).unwrap()[key] = value;
        self
    }

    /// The branch moves on.
    pub(crate) fn commit<const N: usize>(self, revision: &str, objects: [Object; N]) -> Self {
        self.commit_all(revision, objects.to_vec())
    }

    pub(crate) fn commit_all(mut self, revision: &str, objects: Vec<Object>) -> Self {
        self.say(&format!("— commit {revision}"));
        self.now += SignedDuration::from_secs(1);
        self.commits.insert(revision.to_owned(), Some(objects));
        revision.clone_into(&mut self.head);
        self
    }

    /// Somebody lets the Application look at another folder, with these objects.
    pub(crate) fn moves<const N: usize>(mut self, path: &str, objects: [Object; N]) -> Self {
        self.say(&format!("— source.path is {path}"));
        self.commits.insert(format!("{} {path}", self.head), Some(objects.to_vec()));
        self.with("/source/path", json!(path))
    }

    /// The branch moves on to what cannot be rendered.
    pub(crate) fn broken_commit(mut self, revision: &str) -> Self {
        self.say(&format!("— commit {revision}, broken"));
        self.commits.insert(revision.to_owned(), None);
        revision.clone_into(&mut self.head);
        self
    }

    /// A commit is not in the repository any more.
    pub(crate) fn loses(mut self, revision: &str) -> Self {
        self.say(&format!("— {revision} is gone"));
        self.lost = Some((revision.to_owned(), Seen::Lost(format!("commit {revision} is not in the repository"))));
        self
    }

    /// A commit cannot be fetched for now.
    pub(crate) fn cannot_reach(mut self, revision: &str) -> Self {
        self.say(&format!("— {revision} cannot be fetched"));
        self.lost = Some((revision.to_owned(), Seen::Failed("the repository does not answer".into())));
        self
    }

    /// Whether such an object is there.
    pub(crate) fn has(&self, what: &str) -> bool {
        self.cluster.contains_key(&plain(what).key())
    }

    /// Whether an operation runs.
    pub(crate) fn runs(&self) -> bool {
        self.status.operation_state.as_ref().is_some_and(|state| state.phase == "Running")
    }

    /// Whether somebody may ask for an operation.
    pub(crate) fn is_idle(&self) -> bool {
        self.operation.is_none() && !self.runs()
    }

    /// Somebody changes an object in the cluster.
    pub(crate) fn drift(mut self, what: &str) -> Self {
        self.say(&format!("— somebody changes {what}"));
        self.now += SignedDuration::from_secs(1);
        let key = plain(what).key();
        let mut value = self.cluster[&key].to_value();
        value["spec"]["is"] = json!("as somebody wants");
        self.cluster.insert(key, value.into());
        self
    }

    /// An object that nobody tracks is there.
    pub(crate) fn stands(mut self, object: &Object) -> Self {
        self.say(&format!("— {} is there", object.key()));
        self.cluster.insert(object.key(), object.clone());
        self
    }

    /// An object is there that another controller made for this Application.
    pub(crate) fn was_made(self, object: &Object) -> Self {
        let mut made = self.stands(object);
        made.ours.insert(object.key());
        made
    }

    /// From now on objects of that name are so.
    pub(crate) fn health(mut self, name: &str, status: Status, message: &str) -> Self {
        self.say(&format!("— {name} is {}", status.name()));
        self.health.insert(name.to_owned(), Health::new(status, message));
        self
    }

    /// The API server says no when it is asked whether it would take an object of that name.
    pub(crate) fn refuses(mut self, name: &str, why: &str) -> Self {
        self.refused.insert(name.to_owned(), why.to_owned());
        self
    }

    /// Objects of that name are written in a version that the API server does not serve any more.
    pub(crate) fn outdates(mut self, name: &str, why: &str) -> Self {
        self.outdated.insert(name.to_owned(), why.to_owned());
        self
    }

    /// The controller before said so.
    pub(crate) fn was_told(mut self, kind: &str) -> Self {
        self.status
            .conditions
            .push(ApplicationCondition { r#type: kind.to_owned(), ..ApplicationCondition::default() });
        self
    }

    /// The API server does not serve that kind, or does so now.
    pub(crate) fn lacks(mut self, kind: &str) -> Self {
        self.say(&format!("— {kind} is not served"));
        self.unserved.insert(kind.to_owned());
        self
    }

    pub(crate) fn serves(mut self, kind: &str) -> Self {
        self.say(&format!("— {kind} is served"));
        self.unserved.remove(kind);
        self
    }

    /// Writes of objects of that name fail, or no longer.
    pub(crate) fn fails(mut self, name: &str) -> Self {
        self.say(&format!("— writes of {name} fail"));
        self.failing.insert(name.to_owned());
        self
    }

    pub(crate) fn works(mut self, name: &str) -> Self {
        self.say(&format!("— writes of {name} work"));
        self.failing.remove(name);
        self
    }

    /// Objects of that name do not go when they are deleted.
    pub(crate) fn stuck(mut self, name: &str) -> Self {
        self.stuck.insert(name.to_owned());
        self
    }

    pub(crate) fn unstuck(mut self, name: &str) -> Self {
        self.say(&format!("— {name} goes"));
        self.stuck.remove(name);
        self.cluster.retain(|key, _| key.name != name);
        self
    }

    /// The time to live of a finished hook is over: it is deleted, and held by its finalizer.
    pub(crate) fn expires(mut self, name: &str) -> Self {
        self.say(&format!("— {name} expires"));
        let hook = self.cluster.values_mut().find(|object| object.name() == name).unwrap();
        let mut value = hook.to_value();
        value["metadata"]["deletionTimestamp"] = json!(self.now.to_string());
        *hook = value.into();
        self
    }

    /// Somebody asks for a sync.
    pub(crate) fn sync(mut self, sync: Value) -> Self {
        self.say(&format!("— sync {sync}"));
        self.now += SignedDuration::from_secs(1);
        self.operation =
            Some(serde_json::from_value(json!({"sync": sync, "initiatedBy": {"username": "ann"}})).unwrap());
        self
    }

    pub(crate) fn retrying(mut self, retry: Value) -> Self {
        self.operation.as_mut().unwrap().retry = serde_json::from_value(retry).unwrap();
        self
    }

    pub(crate) fn terminate(mut self) -> Self {
        self.say("— terminate");
        "Terminating".clone_into(&mut self.status.operation_state.as_mut().unwrap().phase);
        self
    }

    pub(crate) fn delete(mut self, finalizers: &[&str]) -> Self {
        self.say("— delete");
        self.deleting = Some(self.now);
        self.finalizers.extend(finalizers.iter().map(|&one| one.to_owned()));
        self
    }

    pub(crate) fn homeless(mut self, why: &str, no_cluster: bool) -> Self {
        self.say(&format!("— {why}"));
        self.homeless = Some(Homeless { why: vec![why.to_owned()], no_cluster });
        self
    }

    pub(crate) fn at_home_again(mut self) -> Self {
        self.say("— its project is back");
        self.homeless = None;
        self
    }

    pub(crate) fn approve_deletion(mut self) -> Self {
        self.say("— deletion approved");
        self.words.deletion_approved = Some(self.now);
        self
    }

    pub(crate) fn approve_prune(mut self, revision: &str) -> Self {
        self.say(&format!("— prune of {revision} approved"));
        self.words.prune_approved = Some(revision.to_owned());
        self
    }

    /// How rejected commits are to be taken back in git.
    pub(crate) fn reverts(mut self, how: &str) -> Self {
        self.words.revert = Some(how.to_owned());
        self
    }

    /// Its project lets commits be taken back in git in these ways.
    pub(crate) fn lets_revert(mut self, how: &[&str]) -> Self {
        self.say(&format!("— its project allows {how:?}"));
        self.project["reverts"] = json!(how);
        self
    }

    /// Its project allows these kinds of the whole cluster.
    pub(crate) fn allows(mut self, kinds: Value) -> Self {
        self.project["clusterResourceWhitelist"] = kinds;
        self
    }

    /// Its project refuses a kind from now on.
    pub(crate) fn refuses_kind(mut self, group: &str, kind: &str) -> Self {
        self.say(&format!("— its project refuses {kind}"));
        self.project["namespaceResourceBlacklist"] = json!([{"group": group, "kind": kind}]);
        self
    }

    /// The release of a Rollout is taken back.
    pub(crate) fn rejects(mut self, rollout: &str, why: &str) -> Self {
        self.say(&format!("— {rollout} is taken back"));
        let key = plain(&format!("Rollout {rollout}")).key();
        let revision = release::brought_by(&self.status, &key).unwrap().revision.clone();
        self.rejections.push(Rejection { rollout: release::named(&key), revision, why: why.to_owned() });
        self
    }

    /// Somebody retries its release.
    pub(crate) fn retries(mut self, rollout: &str) -> Self {
        self.say(&format!("— {rollout} is retried"));
        self.rejections.retain(|one| one.rollout != format!("shop/{rollout}"));
        self
    }

    pub(crate) fn window(mut self, window: Value) -> Self {
        let windows = self.project["syncWindows"].take();
        let mut windows = windows.as_array().cloned().unwrap_or_default();
        windows.push(window);
        self.project["syncWindows"] = json!(windows);
        self
    }

    /// A pass to come dies after so many changes, before it has recorded anything; 0 is the next pass.
    pub(crate) fn dies(mut self, pass: usize, changes: usize) -> Self {
        self.dies = Some((pass, changes));
        self
    }

    /// Lets time pass, up to the next thing that is due within it, again and again.
    pub(crate) fn wait(mut self, length: &str) -> Self {
        let length: SignedDuration = sluice_crds::duration::parse(length).unwrap();
        let end = self.now + length;
        while let Some(wake) = self.settle().filter(|wake| *wake <= end) {
            self.now = wake.max(self.now + SignedDuration::from_millis(1));
        }
        self.now = end;
        self.run()
    }

    /// The machine's clock is set back.
    pub(crate) fn set_back(mut self, length: &str) -> Self {
        self.say(&format!("— the clock is set back by {length}"));
        self.now -= sluice_crds::duration::parse(length).unwrap();
        self
    }

    /// Runs until nothing more happens by itself without time passing.
    pub(crate) fn run(mut self) -> Self {
        self.settle();
        self
    }

    /// Tells how it stands.
    pub(crate) fn ending(mut self) -> Self {
        self.settle();
        let sync = self.status.sync.as_ref().map(|sync| sync.status.clone()).unwrap_or_default();
        let health = self.status.health.clone().unwrap_or_default();
        let why = health.message.map(|why| format!(" ({why})")).unwrap_or_default();
        let health = health.status.unwrap_or_default() + &why;
        let history: Vec<_> = self.status.history.iter().map(|one| format!("{}:{}", one.id, one.revision)).collect();
        let there: Vec<_> = self.cluster.keys().map(|key| format!("{} {}", key.kind, key.name)).collect();
        self.say(&format!("= {sync} {health}, history {history:?}, there {there:?}"));
        for condition in self.status.conditions.clone() {
            self.say(&format!("  ! {}: {}", condition.r#type, condition.message));
        }
        self
    }

    /// Hooks that cannot go, because this controller has yet to see how they end.
    fn kept(&self) -> Vec<&str> {
        let kept =
            self.cluster.values().filter(|one| one.list("/metadata/finalizers").contains(&json!(HOOK_FINALIZER)));
        kept.map(Object::name).collect()
    }

    /// Tells them.
    pub(crate) fn kept_hooks(mut self) -> Self {
        let line = format!("= kept hooks {:?}", self.kept());
        self.say(&line);
        self
    }

    /// Tells what somebody wants in an object that is there.
    pub(crate) fn tell_spec(mut self, what: &str) -> Self {
        let is = self.cluster[&plain(what).key()].text("/spec/is").to_owned();
        self.say(&format!("= {what} is {is}"));
        self
    }

    /// What the last operation came to.
    pub(crate) fn results(mut self) -> Self {
        let state = self.status.operation_state.clone().unwrap();
        let results = state.sync_result.unwrap_or_default().resources;
        for one in results {
            let shown =
                [one.sync_phase, one.status, one.hook_phase, one.message].map(Option::unwrap_or_default).join(" ");
            self.say(&format!("  · {} {} {shown}", one.kind, one.name));
        }
        self
    }

    fn settle(&mut self) -> Option<Timestamp> {
        for _ in 0..200 {
            if let Some(wake) = self.pass() {
                return wake;
            }
        }
        panic!("never comes to rest:\n{}", self.transcript);
    }

    /// One pass; at rest, when the next one is due.
    #[allow(clippy::option_option)]
    fn pass(&mut self) -> Option<Option<Timestamp>> {
        let seen = self.observed();
        let plan = plan(&seen, self.now);
        self.laws(&seen, &plan.changes);
        let dies = self.dies.filter(|(pass, _)| *pass == 0).map(|(_, changes)| changes);
        self.dies = self.dies.and_then(|(pass, changes)| Some((pass.checked_sub(1)?, changes)));
        let made = plan.changes.iter().take(dies.unwrap_or(usize::MAX)).cloned().collect::<Vec<_>>();
        let before = self.cluster.clone();
        let done: Vec<Done> = made.into_iter().map(|change| self.apply(change)).collect();
        if dies.is_some() {
            self.say("— dies");
            return None;
        }
        for done in &done {
            if let Change::ClearOperation = done.change {
                self.operation = None;
            }
        }
        if self.deleting.is_some() && self.finalizers.is_empty() {
            assert_eq!(self.kept(), [""; 0], "the application is gone, and its hooks never will:\n{}", self.transcript);
        }
        let status = status::fold(&seen, &plan.facts, &done, self.now);
        self.tell(&plan.facts);
        let still = status == self.status && self.cluster == before && plan.changes.is_empty();
        self.status = status;
        still.then_some(plan.wake)
    }

    fn laws(&self, seen: &Observed, changes: &[Change]) {
        for change in changes {
            if let Change::Prune { key, why, .. } = change {
                assert!(self.ours.contains(key), "{key} is nobody's to delete");
                assert_eq!(prune::stays(seen, *why, &self.cluster[key], &[]), None, "{key} would not be deleted");
                let rendered =
                    matches!(seen.target, Seen::Ready(_)) || seen.pinned.is_some() || seen.deleting.is_some();
                assert!(rendered, "{key} is deleted on a source that failed");
            }
        }
        let applies = changes.iter().any(|change| matches!(change, Change::Apply { .. }));
        let results = self.status.operation_state.iter().filter_map(|state| state.sync_result.as_ref());
        for one in results.flat_map(|result| &result.resources).filter(|_| applies) {
            let written = one.status.as_deref() == Some("Synced");
            let waits = written && one.kind == "Deployment" && one.hook_phase.as_deref() == Some("Running");
            let progressing = self.health.get(&one.name).is_some_and(|health| health.status == Status::Progressing);
            assert!(!waits || !progressing, "a wave begins before {} of the one before is healthy", one.name);
        }
        let writes = changes.iter().any(|change| matches!(change, Change::Apply { .. } | Change::Prune { .. }));
        let records = self.status.operation_state.is_some() || seen.deleting.is_some();
        assert!(!writes || records, "something is written before it is recorded that a sync began");
    }

    /// Each thing once, unless something else was said about it since.
    fn tell(&mut self, facts: &[Fact]) {
        for fact in facts {
            let line = fact.to_string();
            match fact {
                Fact::Compared { .. } | Fact::Unknown | Fact::Result(_) => continue,
                Fact::Held(_) | Fact::Waiting(_) | Fact::Trouble(..) if !self.told.insert(line.clone()) => continue,
                Fact::Started { .. } => self.told.clear(),
                _ => {}
            }
            self.say(&line);
        }
    }

    fn say(&mut self, line: &str) {
        self.transcript.push_str(line.trim_end());
        self.transcript.push('\n');
    }

    fn apply(&mut self, change: Change) -> Done {
        let (key, dry) = match &change {
            Change::Apply { object, manner, .. } => (object.key(), manner.dry_run),
            Change::Run { object, .. } => (object.key(), false),
            Change::Prune { key, .. } | Change::DeleteHook { key, .. } => (key.clone(), false),
            Change::ReleaseHook { .. } | Change::ClearOperation | Change::ClearRefresh | Change::Revert(_) => {
                (Key::default(), false)
            }
            Change::Hold { finalizer } => {
                self.finalizers.push(finalizer.clone());
                (Key::default(), false)
            }
            Change::Release { finalizer } => {
                self.finalizers.retain(|one| one != finalizer);
                (Key::default(), false)
            }
        };
        let failed = self.failing.contains(&key.name);
        self.say(&format!("  {change}{}", if failed { ": fails" } else { "" }));
        if failed {
            return Done { change, result: Err("the server is busy".to_owned()) };
        }
        match &change {
            Change::Apply { object, .. } if !dry => self.write(&key, object.to_value()),
            Change::Run { object, .. } => {
                assert!(!self.cluster.contains_key(&key), "{key} is there already:\n{}", self.transcript);
                *self.runs.entry(key.name.clone()).or_default() += 1;
                let mut value = object.to_value();
                value["metadata"]["finalizers"] = json!([HOOK_FINALIZER]);
                self.write(&key, value);
            }
            Change::Prune { .. } | Change::DeleteHook { .. } if self.stuck.contains(&key.name) => {
                let mut value = self.cluster[&key].to_value();
                value["metadata"]["deletionTimestamp"] = json!("2026-01-01T10:00:00Z");
                value["metadata"]["finalizers"] = json!(["somebody/else"]);
                self.cluster.insert(key, value.into());
            }
            Change::Prune { .. } | Change::DeleteHook { .. } => {
                self.cluster.remove(&key);
            }
            Change::ReleaseHook { key } => {
                if self.cluster.get(key).is_some_and(Object::is_deleting) {
                    self.cluster.remove(key);
                } else if let Some(hook) = self.cluster.get_mut(key) {
                    let mut value = hook.to_value();
                    value["metadata"]["finalizers"] = json!([]);
                    *hook = value.into();
                }
            }
            _ => {}
        }
        Done { change, result: Ok(()) }
    }

    fn write(&mut self, key: &Key, mut value: Value) {
        if key.kind == "Rollout" {
            // What differs is another release.
            if self.cluster.get(key).is_none_or(|live| live.value()["spec"] != value["spec"]) {
                self.rejections.retain(|one| one.rollout != release::named(key));
            }
            value["metadata"]["generation"] = json!(1);
            value["status"] = json!({"observedGeneration": "1"});
        }
        value["metadata"]["creationTimestamp"] = json!(self.now.to_string());
        self.cluster.insert(key.clone(), value.into());
        // The namespace that a sync makes belongs to nobody.
        let described = self.commits.values().flatten().flatten().any(|object| object.key() == *key);
        if described || key.kind != "Namespace" {
            self.ours.insert(key.clone());
        }
    }

    /// An object as it is, a Job with the conditions that it has by now.
    fn live(&self, key: &Key) -> Option<Object> {
        let live = self.cluster.get(key)?;
        if key.kind != "Job" {
            return Some(live.clone());
        }
        let health = self.health.get(&key.name).cloned().unwrap_or_default();
        let condition = match health.status {
            Status::Healthy => "Complete",
            Status::Degraded => "Failed",
            _ => return Some(live.clone()),
        };
        let mut value = live.to_value();
        value["status"] = json!({"conditions": [{"type": condition, "status": "True", "message": health.message}]});
        Some(value.into())
    }

    pub(crate) fn observed(&self) -> Observed {
        let spec: ApplicationSpec = serde_json::from_value(self.spec.clone()).unwrap();
        let project: AppProjectSpec = serde_json::from_value(self.project.clone()).unwrap();
        let place = Place {
            server: "https://kubernetes.default.svc".into(),
            name: "in-cluster".into(),
            namespace: "shop".into(),
            project: None,
        };
        let home = Home { project: Project::read("p", &project).unwrap().0, place };
        let sources = vec![spec.source.clone().unwrap()];
        let spec = validate::spec(&spec).map(|(spec, _)| spec);
        let hooks = spec.as_ref().map(|spec| spec.hooks.clone()).unwrap_or_default();
        let target = self.seen(&self.head, &sources, &hooks);
        Observed {
            name: "web".into(),
            called: "argocd/web".into(),
            spec,
            status: self.status.clone(),
            operation: self.operation.clone(),
            deleting: self.deleting,
            finalizers: self.finalizers.clone(),
            words: self.words.clone(),
            denied: self.denied.clone(),
            home: self.homeless.clone().map_or(Ok(home), Err),
            pinned: self.pinned(&sources, &target, &hooks),
            target,
            namespace: self.cluster.get(&Key::new("", "Namespace", "", "shop")).cloned(),
            tracked: self.ours.iter().filter_map(|key| self.live(key)).collect(),
            orphans: self.orphans.clone(),
            rejections: self.rejections.clone(),
        }
    }

    /// What the operation is about, where that is not what the sources say now.
    fn pinned(&self, sources: &[ApplicationSource], target: &Seen, hooks: &[Object]) -> Option<Seen> {
        let state = self.status.operation_state.as_ref();
        let state = state.filter(|state| state.runs());
        let operation = state.map(|state| &state.operation).or(self.operation.as_ref())?;
        let subject = Subject::of(operation, state, sources);
        let now = match target {
            Seen::Ready(target) => Some(&target.revision),
            Seen::Pending | Seen::Failed(_) | Seen::Lost(_) => None,
        };
        let revision = subject.revision.as_ref().map_or(self.head.clone(), Revision::to_string);
        (!subject.is_target(sources, now)).then(|| self.seen(&revision, &subject.sources, hooks))
    }

    fn seen(&self, revision: &str, sources: &[ApplicationSource], hooks: &[Object]) -> Seen {
        let path = sources[0].path.as_deref().filter(|path| *path != "web");
        let place = path.map_or(revision.to_owned(), |path| format!("{revision} {path}"));
        if let Some((lost, seen)) = &self.lost
            && lost == revision
        {
            return seen.clone();
        }
        let Some(objects) = &self.commits[&place] else {
            return Seen::Failed("cannot render r: bad indentation".into());
        };
        let (unnamed, named): (Vec<&Object>, Vec<&Object>) = objects.iter().partition(|one| one.name().is_empty());
        let desired: BTreeMap<Key, Object> = named.into_iter().map(|object| (object.key(), object.clone())).collect();
        let unnamed = unnamed.into_iter().map(|object| {
            let desired = BTreeMap::from([(object.key(), object.clone())]);
            self.item(object.key(), &desired)
        });
        let hooks = hooks.iter().map(Object::key);
        let keys: BTreeSet<Key> = desired.keys().cloned().chain(self.ours.iter().cloned()).chain(hooks).collect();
        let items = keys
            .into_iter()
            .map(|key| self.item(key, &desired))
            .filter(|item| item.desired.is_some() || item.live.is_some());
        Seen::Ready(Compared {
            revision: Revision(vec![revision.to_owned()]),
            sources: sources.to_vec(),
            items: items.chain(unnamed).collect(),
            repeated: Vec::new(),
        })
    }

    fn item(&self, key: Key, desired: &BTreeMap<Key, Object>) -> Item {
        let (desired, live) = (desired.get(&key).cloned(), self.live(&key));
        let tried = match (&desired, &live) {
            _ if self.unserved.contains(&key.kind) => Tried::unserved(&key),
            _ if self.outdated.contains_key(&key.name) => Tried::UnknownKind(self.outdated[&key.name].clone()),
            _ if self.refused.contains_key(&key.name) => Tried::Refused(self.refused[&key.name].clone()),
            (Some(desired), Some(live)) if desired.value()["spec"] == live.value()["spec"] => Tried::Same,
            _ => Tried::Differs,
        };
        let is_judged = live.as_ref().is_some_and(|live| live.is_deleting() || key.kind == "Job");
        let health = match &live {
            None => None,
            Some(live) if is_judged => health::of(live),
            Some(_) => match key.kind.as_str() {
                "Deployment" | "Rollout" => Some(self.health.get(&key.name).cloned().unwrap_or_default()),
                _ => self.health.get(&key.name).cloned(),
            },
        };
        let other_owner = self.other_owners.get(&key.name).cloned();
        let wanted_by = self.wanted_by.get(&key.name).cloned().into_iter().collect();
        Item { key, desired, live, tried, health, other_owner, wanted_by }
    }
}
