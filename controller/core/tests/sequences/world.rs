//! A small cluster for stories: the planner, a fake of the ReplicaSet controller, a router that takes a
//! moment to follow, and a clock that jumps.

use std::collections::BTreeMap;

use expect_test::Expect;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sluice_core::change::Change;
use sluice_core::fact::{Fact, Hold};
use sluice_core::guard::{Guard, Word};
use sluice_core::marks;
use sluice_core::observed::{
    Analysis, Aside, Handover, Hash, Loaded, Marks, Observed, Past, Pod, Revision, Role, Routed, Service, Sight,
};
use sluice_core::spec::{CanaryServices, ManagedRoute};
use sluice_core::weight::Weight;
use sluice_core::{hash, ping_pong, plan, status, validate};
use sluice_crds::{AnalysisPhase, Metadata, RolloutPhase, RolloutSpec, RolloutStatus};

use crate::fate::Fate;
use crate::handover::Deployment;

/// A Rollout, its surroundings, and what happened so far.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) spec: Value,
    pub(crate) version: String,
    pub(crate) status: RolloutStatus,
    pub(crate) revisions: BTreeMap<String, Revision>,
    /// What revisions were given for their roles, and their pods.
    pub(crate) marks: BTreeMap<Hash, Marks>,
    pub(crate) pods: Vec<Pod>,
    pub(crate) services: BTreeMap<String, Service>,
    /// What the router says, where there is one: `None` when it says what no release wrote.
    #[allow(clippy::option_option)]
    pub(crate) weight: Option<Option<Weight>>,
    /// The Service that this is the share of; the other one has the rest.
    pub(crate) weighed: String,
    /// What the router gives to Services of experiments.
    pub(crate) others: BTreeMap<String, Weight>,
    /// The routes by header that the router has.
    pub(crate) managed: Option<Vec<ManagedRoute>>,
    /// Why it cannot be given any.
    pub(crate) no_routes: Option<String>,
    pub(crate) analyses: Vec<Analysis>,
    /// The Deployment that lends the template, where one does.
    pub(crate) lender: Option<Deployment>,
    /// What the rollback policy asks.
    pub(crate) guard: Option<Guard>,
    sight: Sight,
    would: Option<String>,
    loaded: bool,
    sick: Vec<String>,
    /// No more pods of a version than these get ready.
    most: BTreeMap<String, u32>,
    /// Versions whose pods people took: with their ReplicaSets, or by asking for none.
    pub(crate) lost: Vec<String>,
    verdicts: BTreeMap<&'static str, AnalysisPhase>,
    /// Nothing is measured.
    silent: bool,
    /// What is said of analyses that cannot tell the versions apart.
    blind: Option<String>,
    pub(crate) now: Timestamp,
    pub(crate) transcript: String,
    last_hold: String,
    last_restart: String,
    last_beside: String,
    last_word: Option<Word>,
    fate: Fate,
}

/// Nothing moves any more until that time.
struct Rest(Option<Timestamp>);

/// Compares what happened with what was expected to.
pub(crate) fn check(world: World, expected: Expect) {
    expected.assert_eq(&world.transcript);
}

/// A Rollout that wants that many pods.
pub(crate) fn given(replicas: u32) -> World {
    World {
        spec: json!({
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web", "ports": [{"containerPort": 8080}]}]}},
            "strategy": {},
        }),
        version: "v1".to_owned(),
        status: RolloutStatus::default(),
        revisions: BTreeMap::new(),
        marks: BTreeMap::new(),
        pods: Vec::new(),
        services: BTreeMap::new(),
        weight: None,
        weighed: "canary".to_owned(),
        others: BTreeMap::new(),
        managed: Some(Vec::new()),
        no_routes: None,
        analyses: Vec::new(),
        lender: None,
        guard: None,
        sight: Sight::Good,
        would: None,
        loaded: true,
        sick: Vec::new(),
        most: BTreeMap::new(),
        lost: Vec::new(),
        verdicts: BTreeMap::new(),
        silent: false,
        blind: None,
        now: "2026-01-01T10:00:00Z".parse().unwrap(),
        transcript: String::new(),
        last_hold: String::new(),
        last_restart: String::new(),
        last_beside: String::new(),
        last_word: None,
        fate: Fate::kind(),
    }
}

pub(crate) fn weight(percent: u32) -> Value {
    json!({"setWeight": percent})
}

pub(crate) fn pause() -> Value {
    json!({"pause": {}})
}

pub(crate) fn pause_for(length: &str) -> Value {
    json!({"pause": {"duration": length}})
}

/// An experiment with one set of pods of the new revision.
pub(crate) fn experiment() -> Value {
    json!({"experiment": {"duration": "10m", "templates": [{"name": "try", "specRef": "canary"}]}})
}

/// The same, with a share of the traffic.
pub(crate) fn weighted_experiment(percent: u32) -> Value {
    let template = json!({"name": "try", "specRef": "canary", "weight": percent});
    json!({"experiment": {"duration": "10m", "templates": [template]}})
}

pub(crate) fn analysis() -> Value {
    json!({"analysis": {"templates": [{"templateName": "errors"}]}})
}

impl World {
    /// A canary with a Traefik router.
    pub(crate) fn canary<const N: usize>(mut self, steps: [Value; N]) -> Self {
        self.spec["strategy"]["canary"] = json!({
            "canaryService": "canary", "stableService": "stable", "steps": steps.to_vec(),
            "trafficRouting": {"traefik": {"weightedTraefikServiceName": "web"}},
        });
        self.weight = Some(None);
        self.service("canary").service("stable")
    }

    /// A canary with a Traefik router whose two Services take turns.
    pub(crate) fn ping_pong<const N: usize>(self, steps: [Value; N]) -> Self {
        let both = json!({"pingService": "ping", "pongService": "pong"});
        let mut world = self.canary(steps).with("/strategy/canary/pingPong", both);
        let canary = world.spec["strategy"]["canary"].as_object_mut().unwrap();
        canary.retain(|field, _| !field.ends_with("Service"));
        world.services.clear();
        "pong".clone_into(&mut world.weighed);
        world.service("ping").service("pong")
    }

    /// A canary that shares traffic by number of pods.
    pub(crate) fn canary_by_pods<const N: usize>(mut self, steps: [Value; N]) -> Self {
        self.spec["strategy"]["canary"] = json!({"steps": steps.to_vec(), "maxSurge": 1, "maxUnavailable": 0});
        self
    }

    pub(crate) fn blue_green(mut self) -> Self {
        self.spec["strategy"]["blueGreen"] = json!({"activeService": "active", "previewService": "preview"});
        self.service("active").service("preview")
    }

    /// Sets a field of the spec, by JSON pointer below `spec`.
    pub(crate) fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = self.spec.pointer_mut(parent).unwrap();
        parent[key] = value;
        self
    }

    fn service(mut self, name: &str) -> Self {
        self.services.insert(name.to_owned(), Service { selects: None });
        self
    }

    /// Lets version v1 go out, and forgets the story so far.
    pub(crate) fn installed(self) -> Self {
        let mut world = self.run();
        world.transcript.clear();
        world.last_hold.clear();
        assert_eq!(world.status.phase, RolloutPhase::Healthy, "{:?}", world.status.message);
        world
    }

    /// Applies a template with another version.
    pub(crate) fn update(mut self, version: &str) -> Self {
        self.say(&format!("— {version} is applied"));
        version.clone_into(&mut self.version);
        self
    }

    pub(crate) fn promote(mut self) -> Self {
        self.say("— promote");
        if self.status.pause_conditions.is_empty() {
            self.status.current_step_index = self.status.current_step_index.map(|index| index + 1);
        }
        self.status.pause_conditions.clear();
        self
    }

    pub(crate) fn promote_full(mut self) -> Self {
        self.say("— promote --full");
        self.status.promote_full = true;
        self
    }

    pub(crate) fn abort(mut self) -> Self {
        self.say("— abort");
        self.status.abort = true;
        self
    }

    /// Aborts, and says why.
    pub(crate) fn abort_because(mut self, why: &str) -> Self {
        self.status.abort_reason = Some(why.to_owned());
        self.abort()
    }

    pub(crate) fn retry(mut self) -> Self {
        self.say("— retry");
        self.status.abort = false;
        self
    }

    /// From now on no pod of that version is ready.
    pub(crate) fn sick(mut self, version: &str) -> Self {
        self.say(&format!("— pods of {version} are not ready"));
        self.sick.push(version.to_owned());
        self.kubelet();
        self
    }

    /// From now on so many pods of that version find a node.
    pub(crate) fn room_for(mut self, version: &str, pods: u32) -> Self {
        self.say(&format!("— there is room for {pods} pods of {version}"));
        self.most.insert(version.to_owned(), pods);
        self.kubelet();
        self
    }

    /// From now on its pods get ready again.
    /// Somebody deletes its ReplicaSet, and its pods go with that.
    pub(crate) fn loses(mut self, version: &str) -> Self {
        self.say(&format!("— the ReplicaSet of {version} is deleted"));
        self.revisions.remove(version);
        self.lost.push(version.to_owned());
        self
    }

    pub(crate) fn well(mut self, version: &str) -> Self {
        self.say(&format!("— pods of {version} get ready"));
        self.sick.retain(|sick| sick != version);
        self
    }

    /// Every analysis of that role ("experiment", "step", "background", "pre", "post") ends so once it runs.
    pub(crate) fn verdict(mut self, role: &'static str, phase: AnalysisPhase) -> Self {
        self.verdicts.insert(role, phase);
        self
    }

    /// Analyses that start from now on go on until they are stopped.
    pub(crate) fn forget_verdicts(mut self) -> Self {
        self.verdicts.clear();
        self
    }

    /// The rollback policy watches each version, for so long after its promotion.
    pub(crate) fn guarded(mut self, bake: &str) -> Self {
        let bake = sluice_crds::duration::parse(bake).unwrap();
        self.guard = Some(Guard {
            bake,
            asks: "as at first".to_owned(),
            decides: ["errors".to_owned()].into(),
            ..Guard::default()
        });
        self
    }

    /// As above, and this too.
    pub(crate) fn policy(mut self, more: impl FnOnce(&mut Guard)) -> Self {
        more(self.guard.as_mut().unwrap());
        self
    }

    /// Somebody changes the policy: another watch is asked for, that takes versions back for these metrics.
    pub(crate) fn policy_changes<const N: usize>(mut self, to: &str, decides: [&str; N]) -> Self {
        self.say(&format!("— the policy is changed: {to}"));
        let decides = decides.map(str::to_owned).into();
        self.policy(|guard| (guard.asks, guard.decides) = (to.to_owned(), decides))
    }

    /// Somebody deletes the policy.
    pub(crate) fn without_policy(mut self) -> Self {
        self.say("— the policy is deleted");
        self.guard = None;
        self
    }

    /// Analyses of that role that run have just failed, and no pass has looked yet.
    pub(crate) fn fails_unseen(mut self, role: &'static str) -> Self {
        self.say(&format!("— the {role} analysis fails"));
        self.verdicts.insert(role, AnalysisPhase::Failed);
        self.judge();
        self.forget_verdicts()
    }

    /// What all analyses come to by their newest measurements, from now on.
    pub(crate) fn sees(mut self, sight: Sight) -> Self {
        self.analyses.iter_mut().for_each(|run| run.sight = sight.clone());
        self.sight = sight;
        self
    }

    /// What analyses come to that start from now on.
    pub(crate) fn repaired(mut self, sight: Sight) -> Self {
        self.sight = sight;
        self
    }

    /// What metrics that decide nothing would fail analyses for that start from now on.
    pub(crate) fn would(mut self, why: &str) -> Self {
        self.would = Some(why.to_owned());
        self
    }

    /// Analyses that start from now on cannot tell the new version from the stable one.
    pub(crate) fn blind(mut self, warning: &str) -> Self {
        self.blind = Some(warning.to_owned());
        self
    }

    /// Tells what a condition says.
    pub(crate) fn condition(mut self, kind: &str) -> Self {
        let found = self.status.conditions.iter().find(|condition| condition.r#type == kind);
        let line = found.map_or_else(
            || format!("= no condition {kind}"),
            |found| format!("= {kind} {}: {}", found.status, found.message),
        );
        self.say(&line);
        self
    }

    /// Runs of that role that have ended are deleted, as their ttlStrategy has it.
    pub(crate) fn expired(mut self, role: &str) -> Self {
        self.say(&format!("— the {role} analysis is deleted"));
        self.analyses.retain(|run| role_name(run.role) != role || !run.phase.is_completed());
        self
    }

    /// From now on metrics answer nothing but errors.
    pub(crate) fn silent(mut self) -> Self {
        self.say("— nothing can be measured");
        self.silent = true;
        self
    }

    /// From now on metrics answer.
    pub(crate) fn measured(mut self) -> Self {
        self.say("— every metric is measured");
        self.silent = false;
        self.analyses.iter_mut().for_each(|run| run.measured = true);
        self
    }

    /// A person edits the weights.
    pub(crate) fn drift(mut self, percent: Option<u32>) -> Self {
        self.say(&format!("— somebody sets the weight to {percent:?}"));
        self.weight = Some(percent.and_then(Weight::new));
        self
    }

    pub(crate) fn scale(mut self, replicas: u32) -> Self {
        self.say(&format!("— replicas: {replicas}"));
        self.lost.extend(self.status.stable_rs.clone().filter(|_| self.spec["replicas"] == 0));
        self.spec["replicas"] = json!(replicas);
        self
    }

    /// A person asks for a restart of all pods older than so much from now.
    pub(crate) fn restart_in(self, length: &str) -> Self {
        let at = self.now + sluice_crds::duration::parse(length).unwrap();
        let mut world = self.with("/restartAt", json!(at.to_string()));
        world.say(&format!("— restartAt {at}"));
        world
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

    /// Runs until nothing more happens by itself without time passing.
    pub(crate) fn run(mut self) -> Self {
        self.settle();
        self
    }

    /// From now on passes die half-way, status writes get lost and writes conflict, by that seed.
    pub(crate) fn storm(mut self, seed: u64) -> Self {
        self.fate = Fate::cruel(seed);
        self
    }

    /// The storm is over.
    pub(crate) fn calm(mut self) -> Self {
        self.fate = Fate::kind();
        self
    }

    pub(crate) fn observed(&self) -> Observed {
        let spec: RolloutSpec = serde_json::from_value(self.spec.clone()).unwrap();
        let steps = spec.strategy.canary.as_ref().map(|canary| hash::steps(&canary.steps));
        Observed {
            name: "web".to_owned(),
            generation: 1,
            spec: validate::spec(&spec, ping_pong::arms(&spec, &self.status)),
            status: self.status.clone(),
            loan: self.lender.as_ref().map(Deployment::loan),
            hash: Hash::from(self.version.as_str()),
            steps_hash: steps.unwrap_or(Hash::from("none")),
            selector: "app=web".to_owned(),
            revisions: self.revisions.values().cloned().collect(),
            marks: self.marks.clone(),
            pods: Some(self.pods.clone()),
            services: self.services.clone(),
            routed: self.weight.map(|_| Routed::Live {
                canary: self.share_of(&self.arms().canary),
                others: self.others.clone(),
                managed: self.managed.clone(),
                no_routes: self.no_routes.clone(),
                loaded: self.loaded(),
            }),
            analyses: self.analyses.clone(),
            aside: self.aside(),
            guard: self.guard.clone(),
        }
    }

    /// The Services of the two arms as they are called now.
    pub(crate) fn arms(&self) -> CanaryServices {
        let spec: RolloutSpec = serde_json::from_value(self.spec.clone()).unwrap();
        ping_pong::arms(&spec, &self.status).unwrap_or_else(|| {
            let name = |field: &str| self.spec["strategy"]["canary"][field].as_str().unwrap_or_default().to_owned();
            CanaryServices { canary: name("canaryService"), stable: name("stableService") }
        })
    }

    /// What the router gives that Service.
    pub(crate) fn share_of(&self, service: &str) -> Option<Weight> {
        let weight = self.weight.flatten()?;
        Some(if service == self.weighed { weight } else { weight.rest() })
    }

    /// Each set of pods of an experiment that runs, or gets traffic yet, has a Service, and ready pods behind it unless somebody
    /// made them sick.
    pub(crate) fn aside(&self) -> Vec<Aside> {
        let steps = self.spec.pointer("/strategy/canary/steps").and_then(Value::as_array);
        let steps: Vec<Value> = steps.cloned().unwrap_or_default();
        let of = |run: &Analysis| {
            let Role::Experiment(step) = run.role else { return Vec::new() };
            let templates = steps.get(step).and_then(|step| step.pointer("/experiment/templates")?.as_array().cloned());
            let names =
                templates.unwrap_or_default().into_iter().filter_map(|one| Some(one["name"].as_str()?.to_owned()));
            let one = |template: String| Aside {
                experiment: run.name.clone(),
                service: format!("{}-{template}", run.name),
                hash: Hash::from(format!("hash-{template}").as_str()),
                is_ready: !self.sick.contains(&template),
                template,
            };
            let names = names.map(one);
            names.filter(|one| !run.phase.is_completed() || self.others.contains_key(&one.service)).collect()
        };
        self.analyses.iter().flat_map(of).collect()
    }

    fn loaded(&self) -> Loaded {
        if self.loaded { Loaded::Yes } else { Loaded::NotYet("reloading".to_owned()) }
    }

    /// Runs until it has just said that line.
    pub(crate) fn run_until(mut self, line: &str) -> Self {
        while !self.transcript.trim_end().ends_with(line) {
            assert!(self.pass().is_none(), "comes to rest before {line:?}:\n{}", self.transcript);
        }
        self
    }

    /// Passes until one changes nothing; the time at which the next is due.
    fn settle(&mut self) -> Option<Timestamp> {
        let rest = (0..500).find_map(|_| self.pass());
        rest.unwrap_or_else(|| panic!("never comes to rest:\n{}", self.transcript)).0
    }

    /// One pass, and what everybody else does meanwhile; at rest, when the next one is due.
    fn pass(&mut self) -> Option<Rest> {
        let seen = self.observed();
        let plan = plan(&seen, self.now);
        crate::invariants::hold(self, &plan);
        let (kept, status_kept) = self.fate.pass(plan.changes.len());
        let done: Vec<_> = plan.changes.iter().take(kept).cloned().collect();
        self.tell(&plan.facts);
        for change in &done {
            self.apply(change);
        }
        crate::invariants::users_are_taken_back_by_one_change(self, &seen, &done);
        let status = status::fold(&seen, &plan.facts, &done, self.now);
        let still = status == self.status && plan.changes.is_empty();
        if status_kept {
            self.status = status;
        }
        let moved = self.surroundings();
        (still && !moved).then_some(Rest(plan.wake))
    }

    fn tell(&mut self, facts: &[Fact]) {
        for fact in facts {
            match fact {
                Fact::Held(Hold::Router(_)) => {}
                Fact::Restarting(how) if self.last_restart != *how => {
                    self.last_restart.clone_from(how);
                    self.say(&fact.to_string());
                }
                Fact::Held(hold) if self.last_hold != hold.to_string() => {
                    self.last_hold = hold.to_string();
                    self.say(&fact.to_string());
                }
                Fact::Policy(word) if self.last_word.as_ref() != Some(word) => {
                    self.say(&fact.to_string());
                    self.last_word = Some(word.clone());
                }
                Fact::Beside(text) if self.last_beside != *text => {
                    self.last_beside.clone_from(text);
                    self.say(text);
                }
                Fact::Held(_)
                | Fact::Restarting(_)
                | Fact::Beside(_)
                | Fact::Policy(_)
                | Fact::Analysis { .. }
                | Fact::DeadlineExceeded(_)
                | Fact::InvalidSpec(_) => {}
                fact => self.say(&fact.to_string()),
            }
        }
    }

    /// The router is a Gateway, where steps may add these routes by header.
    pub(crate) fn by_header(self, names: &[&str]) -> Self {
        self.routed(json!({"gatewayAPI": {"httpRoute": "web"}}), names)
    }

    /// The router is a VirtualService, to which steps may add these routes.
    pub(crate) fn mesh(self, names: &[&str]) -> Self {
        self.routed(json!({"istio": {"virtualService": {"name": "web"}}}), names)
    }

    fn routed(mut self, mut routing: Value, names: &[&str]) -> Self {
        routing["managedRoutes"] = names.iter().map(|name| json!({"name": name})).collect();
        self.spec["strategy"]["canary"]["trafficRouting"] = routing;
        self
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.transcript.push_str(line);
        self.transcript.push('\n');
    }

    fn apply(&mut self, change: &Change) {
        self.say(&format!("  {change}"));
        match change.clone() {
            Change::CreateRevision { hash, number } => {
                let empty = Revision {
                    hash: hash.clone(),
                    number,
                    desired: 0,
                    current: 0,
                    ready: 0,
                    available: 0,
                    shrink_after: None,
                    created: Some(self.now),
                    past: Past::Unfinished,
                    record: None,
                };
                self.mark_new(&hash);
                self.revisions.entry(hash.0).or_insert(empty);
            }
            Change::Renumber { hash, number } => self.revision(&hash).number = number,
            Change::Scale { hash, to, .. } => self.revision(&hash).desired = to,
            Change::ScaleLender { to, instead, had, .. } => self.scale_lender(to, instead, had),
            Change::NoteHandover { from, .. } => {
                self.lender.as_mut().unwrap().handover = Some(Handover { from, over: false });
            }
            Change::ShrinkAfter { hash, at, .. } => self.revision(&hash).shrink_after = at,
            Change::Remember { hash, past } => self.revision(&hash).past = past,
            Change::Record { hash, record } => self.revision(&hash).record = Some(*record),
            Change::Mark { hash, labels, annotations, record, .. } => {
                let marks = self.marks.get_mut(&hash).unwrap();
                edit(&mut marks.template, &labels, &annotations);
                marks.recorded = record;
            }
            Change::MarkPods { pods, labels, annotations, .. } => {
                let those = self.pods.iter_mut().filter(|pod| pods.contains(&pod.name));
                those.for_each(|pod| edit(&mut pod.marks, &labels, &annotations));
            }
            Change::Evict { pod, uid, .. } => self.pods.retain(|one| one.name != pod || one.uid != uid),
            Change::DeleteRevision { hash, .. } => {
                self.marks.remove(&hash);
                self.revisions.remove(&hash.0);
            }
            Change::PointService { service, to, .. } => {
                self.services.get_mut(&service).unwrap().selects = Some(to);
                self.loaded = false;
            }
            Change::Route { to, aside, .. } => {
                self.weight = Some(Some(to));
                self.weighed = self.arms().canary;
                self.others = aside;
                self.loaded = false;
            }
            Change::SetRoutes { routes, .. } => {
                self.managed = Some(routes);
                self.loaded = false;
            }
            Change::StartAnalysis { name, role, hash, .. } => self.start(name, role, hash),
            Change::StartExperiment { name, step, hash, .. } => self.start(name, Role::Experiment(step), hash),
            Change::StopAnalysis { name, .. } | Change::StopExperiment { name, .. } => {
                let run = self.analysis(&name);
                (run.stopped, run.cut_short) = (true, true);
            }
            Change::DeleteAnalysis { name } | Change::DeleteExperiment { name } => {
                self.analyses.retain(|run| run.name != name);
            }
        }
    }

    /// A new revision has from the start what its role gives.
    fn mark_new(&mut self, hash: &Hash) {
        let seen = self.observed();
        let Ok(spec) = &seen.spec else { return };
        let (given, _) = marks::of_role(spec, &seen, hash);
        let marks = Marks { recorded: given.clone(), template: given, own: Metadata::default() };
        self.marks.entry(hash.clone()).or_insert(marks);
    }

    fn start(&mut self, name: String, role: Role, hash: Hash) {
        if self.analyses.iter().all(|run| run.name != name) {
            let created = Some(self.now);
            let phase = AnalysisPhase::Running;
            self.analyses.push(Analysis {
                name,
                hash,
                role,
                phase,
                message: String::new(),
                measured: !self.silent,
                stopped: false,
                cut_short: false,
                cannot_tell: self.blind.clone(),
                sight: self.sight.clone(),
                would: self.would.clone(),
                failed: Vec::new(),
                asked: self.guard.as_ref().map(|guard| guard.asks.clone()),
                created,
            });
        }
    }

    fn revision(&mut self, hash: &Hash) -> &mut Revision {
        self.revisions.get_mut(&hash.0).unwrap()
    }

    fn analysis(&mut self, name: &str) -> &mut Analysis {
        self.analyses.iter_mut().find(|run| run.name == name).unwrap()
    }

    /// Everything but Sluice does its part; true when something moved.
    fn surroundings(&mut self) -> bool {
        let reloaded = !std::mem::replace(&mut self.loaded, true);
        let judged = self.judge();
        self.kubelet() || reloaded || judged
    }

    /// The ReplicaSet controller and the kubelet: pods come and go at once, and the sick are not ready.
    fn kubelet(&mut self) -> bool {
        let before = self.revisions.clone();
        for revision in self.revisions.values_mut() {
            let healthy = !self.sick.contains(&revision.hash.0);
            let room = self.most.get(&revision.hash.0).copied().unwrap_or(u32::MAX);
            revision.current = revision.desired;
            revision.ready = if healthy { revision.desired.min(room) } else { 0 };
            revision.available = revision.ready;
        }
        let pods = self.pods.clone();
        self.settle_pods();
        self.replace_pods();
        before != self.revisions || pods != self.pods
    }

    /// Pods that came in the pass before are available now, unless they are sick.
    fn settle_pods(&mut self) {
        for pod in &mut self.pods {
            pod.available = !self.sick.contains(&pod.hash.0);
        }
    }

    /// As many pods as there should be, each as its template was when it came.
    fn replace_pods(&mut self) {
        for revision in self.revisions.values() {
            let mut kept = 0;
            self.pods.retain(|pod| {
                kept += u32::from(pod.hash == revision.hash);
                pod.hash != revision.hash || kept <= revision.current
            });
            let template = self.marks.get(&revision.hash).map(|marks| marks.template.clone()).unwrap_or_default();
            for _ in kept.min(revision.current)..revision.current {
                let names = (0..).map(|at| format!("{}-{at}", revision.hash));
                let name = { names }.find(|name| self.pods.iter().all(|pod| pod.name != *name)).unwrap();
                self.pods.push(Pod {
                    hash: revision.hash.clone(),
                    uid: format!("{name} of {}", self.now),
                    name,
                    created: self.now,
                    available: false,
                    marks: template.clone(),
                    leaving: false,
                });
            }
        }
    }

    fn judge(&mut self) -> bool {
        let mut moved = false;
        for run in self.analyses.iter_mut().filter(|run| run.phase == AnalysisPhase::Running) {
            let told = self.verdicts.get(role_name(run.role));
            let verdict = if run.stopped { Some(&AnalysisPhase::Successful) } else { told };
            if let Some(phase) = verdict {
                run.phase = *phase;
                if *phase == AnalysisPhase::Failed {
                    "errors 0.08 > 0.05".clone_into(&mut run.message);
                    run.failed = vec!["errors".to_owned()];
                }
                moved = true;
            }
        }
        moved
    }

    /// Tells what the pods of each revision have for their role.
    pub(crate) fn marked(mut self) -> Self {
        let lines: BTreeMap<String, usize> = self.pods.iter().fold(BTreeMap::new(), |mut lines, pod| {
            *lines.entry(format!("{} {:?} {:?}", pod.hash, pod.marks.labels, pod.marks.annotations)).or_default() += 1;
            lines
        });
        for (line, pods) in lines {
            self.say(&format!("= {pods} pods of {line}"));
        }
        self
    }

    /// Tells how it ended: phase, message, pods, Services, weight.
    pub(crate) fn ending(mut self) -> Self {
        let message = self.status.message.clone().unwrap_or_default();
        let pods: Vec<_> = self
            .revisions
            .values()
            .filter(|revision| revision.desired > 0)
            .map(|revision| format!("{} {}", revision.hash, revision.desired))
            .collect();
        let line = format!("= {:?} {message} [{}]", self.status.phase, pods.join(", "));
        self.say(line.trim_end());
        self
    }

    /// Tells what each Service selects and gets, and which one is stable by the status.
    pub(crate) fn served(mut self) -> Self {
        let lines = self.services.iter().map(|(name, service)| {
            let selects = service.selects.as_ref().map_or("every pod", |hash| &hash.0);
            format!("{name} → {selects} {}", self.share_of(name).map_or("?".to_owned(), |share| share.to_string()))
        });
        let turn = self.status.canary.stable_ping_pong.as_deref().unwrap_or("neither");
        let line = format!("= {}; stable is {turn}", lines.collect::<Vec<_>>().join(", "));
        self.say(&line);
        self
    }
}

fn edit(marks: &mut Metadata, labels: &marks::Edits, annotations: &marks::Edits) {
    for (map, edits) in [(&mut marks.labels, labels), (&mut marks.annotations, annotations)] {
        for (key, value) in edits {
            match value {
                Some(value) => drop(map.insert(key.clone(), value.clone())),
                None => drop(map.remove(key)),
            }
        }
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Step(_) => "step",
        Role::Experiment(_) => "experiment",
        Role::Background => "background",
        Role::PrePromotion => "pre",
        Role::Policy => "policy",
        Role::Bake => "bake",
        Role::Checks => "checks",
        Role::PostPromotion | Role::Other => "post",
    }
}
