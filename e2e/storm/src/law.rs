//! What must be so after every write, whatever goes wrong: the laws of a release.

mod aside;
mod balance;
mod measured;
mod pods;
mod sight;
mod steps;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;
use std::time::Duration;

use serde_json::Value;
use sluice_controller::clock::Clock;
use sluice_crds::names::{annotation, label};
use sluice_world::actors::{Fate, Traffic};
use sluice_world::api::{Store, Write, catalog};
use sluice_world::ending::{arms, hash, is_of_experiment, weight};
use sluice_world::scenario::{NAME, NAMESPACE};
use tokio::time::Instant;

use crate::fault::{Fault, Strikes};
use crate::script::Shared;
use aside::Aside;
use pods::Pods;
use sight::Sight;
use steps::Steps;
pub(crate) use told::told;

/// A write that was under way, to a slow server, when an abort was stored or pods were lost may still land; none takes
/// longer than this.
const UNDER_WAY: Duration = Duration::from_secs(5);
/// By then a watch that lost an event, or was cut again and again, has told what was to be told.
const NEWS_COME: Duration = Duration::from_mins(2);
/// Who the API server says wrote it.
const SLUICE: &str = "sluice";

/// Watches the writes of one run.
#[derive(Debug)]
pub(crate) struct Laws {
    clock: Clock,
    script: Shared,
    steps: Steps,
    pods: Pods,
    aside: Aside,
    sight: Sight,
    aborted_since: Option<Instant>,
    /// Since when no pod behind the canary Service has been ready.
    unready_since: Option<Instant>,
    generations: BTreeMap<String, i64>,
    /// What was broken, in the order it was found.
    pub(crate) broken: Vec<String>,
}

impl Laws {
    /// Nothing was written so far. `clock` is the true one.
    pub(crate) fn new(clock: Clock, script: Shared) -> Self {
        let (steps, pods, aside, sight) = (Steps::default(), Pods::default(), Aside::default(), Sight::default());
        let (generations, broken) = (BTreeMap::new(), Vec::new());
        Self { clock, script, steps, pods, aside, sight, aborted_since: None, unready_since: None, generations, broken }
    }

    /// Looks at one write, and at the store as it is now.
    pub(crate) fn look(&mut self, store: &Store, write: &Write) {
        if write.of.kind == "Rollout" {
            self.rollout(write);
        }
        self.pods.note(write);
        self.aside.note(write);
        self.blindly(store, write);
        self.sight.note(store, write);
        self.passed(store, write);
        if matches!(write.of.kind, "ReplicaSet" | "Service") {
            let since = self.unready_since.unwrap_or_else(Instant::now);
            self.unready_since = (ready_behind(store, &arms(store).0) == Some(0)).then_some(since);
        }
        // Whom others take pods from, or who is shown them as they were, cannot know how many are left.
        if write.of.kind == "Pod" && !self.struck(Fault::hides_pods) {
            self.broken.extend(self.pods.evicted(store, write));
        }
        if !pods::is_ours(write) {
            return;
        }
        match write.of.kind {
            "TraefikService" => self.route(store, write),
            "ReplicaSet" if write.after.as_ref().or(write.before.as_ref()).is_some_and(|set| is_of_experiment(set)) => {
                self.broken.extend(Aside::emptied(store, write));
            }
            "ReplicaSet" => self.replica_set(store, write),
            "Experiment" => self.experiment(store, write),
            "Service" => {
                self.broken.extend(self.pods.service(store, write));
                if self.is_aborted() {
                    self.broken.extend(Pods::given_users(store, write));
                }
                if !self.struck(Fault::hides_pods) && !self.struck(|fault| fault == Fault::WeightsEdited) {
                    self.broken.extend(self.pods.pointed_under_traffic(store, write));
                }
            }
            "Deployment" => self.broken.extend(self.pods.handed_over(store, write)),
            "AnalysisRun" => self.broken.extend(measured::analysis_run(write)),
            _ => {}
        }
    }

    /// What the laws of steps look at.
    fn passed(&mut self, store: &Store, write: &Write) {
        let broken = match write.of.kind {
            "Rollout" => {
                let clock = self.true_clock();
                self.steps.rollout(store, write, clock.as_ref())
            }
            "Event" => self.steps.event(write),
            "TraefikService" => {
                self.steps.weighed(store);
                None
            }
            _ => None,
        };
        self.broken.extend(broken);
    }

    /// What users get of a version while the rollback policy cannot see it. Who gets no news, or old ones, cannot know that.
    fn blindly(&mut self, store: &Store, write: &Write) {
        let is_told = !self.struck(|fault| matches!(fault, Fault::Stale | Fault::Holes | Fault::WatchSilent));
        let news = if self.struck(|fault| fault.strikes() == Strikes::Watch) { NEWS_COME } else { Duration::ZERO };
        let late = news + self.under_way();
        let broken = match write.of.kind {
            "Rollout" => self.sight.rollout(write, late),
            "TraefikService" if pods::is_ours(write) => {
                let share =
                    |route: Option<&Value>| route.and_then(|route| part(route, &arms(store).0)).unwrap_or_default();
                let (was, is) = (share(write.before.as_deref()), share(write.after.as_deref()));
                if is > was { self.sight.raised(store, is, late) } else { None }
            }
            _ => None,
        };
        self.broken.extend(broken.filter(|_| is_told));
    }

    /// The clock, unless the controller's own was set to another time in this run.
    fn true_clock(&self) -> Option<Clock> {
        let set = self.struck(|fault| matches!(fault, Fault::ClockAhead | Fault::ClockBehind));
        (!set).then(|| self.clock.clone())
    }

    fn struck(&self, which: impl Fn(Fault) -> bool) -> bool {
        let script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.struck.keys().any(|fault| which(*fault))
    }

    fn broke(&mut self, law: &str, what: &str) {
        self.broken.push(format!("{law}: {what}"));
    }

    fn rollout(&mut self, write: &Write) {
        let Some(after) = &write.after else {
            self.aborted_since = None;
            return;
        };
        let is_aborted = after.pointer("/status/abort") == Some(&Value::Bool(true));
        self.aborted_since = is_aborted.then(|| self.aborted_since.unwrap_or_else(Instant::now));
        self.observed_generation(after);
        if let Some(before) = &write.before {
            self.steps_are_not_skipped(before, after, &write.by);
        }
    }

    fn observed_generation(&mut self, after: &Value) {
        let uid = after.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().to_owned();
        let observed = after.pointer("/status/observedGeneration").and_then(Value::as_str);
        let Some(observed) = observed.and_then(|text| text.parse::<i64>().ok()) else { return };
        let last = self.generations.insert(uid, observed).unwrap_or_default();
        if observed < last {
            self.broke("observedGeneration never goes back", &format!("{last} → {observed}"));
        }
    }

    /// The controller passes one step at a time, but for what a person skips and what begins anew.
    fn steps_are_not_skipped(&mut self, before: &Value, after: &Value, by: &str) {
        let step = |object: &Value| object.pointer("/status/currentStepIndex").and_then(Value::as_i64);
        let (Some(from), Some(to)) = (step(before), step(after)) else { return };
        let full = before.pointer("/status/promoteFull") == Some(&Value::Bool(true));
        let same = before.pointer("/status/currentPodHash") == after.pointer("/status/currentPodHash");
        let settled = after.pointer("/status/stableRS") == after.pointer("/status/currentPodHash");
        if by == SLUICE && to > from + 1 && same && !full && !settled {
            self.broke("no step is skipped", &format!("{from} → {to}"));
        }
    }

    fn route(&mut self, store: &Store, write: &Write) {
        let Some(after) = write.after.as_ref().filter(|after| is_weighted(after)) else { return };
        self.broken.extend(self.aside.route(store, write, self.under_way()));
        let (canary, _) = arms(store);
        let was = write.before.as_ref().and_then(|before| part(before, &canary));
        let is = part(after, &canary);
        let total: i64 = weights(after).map(|(_, weight)| weight.unwrap_or_default()).sum();
        if total != 100 {
            self.broke("weights add up to 100", &format!("{total}"));
        }
        let Some(is) = is else { return };
        let excused = self.struck(Fault::hides_pods) || self.struck(|fault| fault == Fault::WeightsEdited);
        if !excused && was.is_some_and(|was| was != is) && is_over(store) {
            self.broke("where Services take turns, no traffic moves after a release", &format!("{was:?} → {is}"));
        }
        let raised = is > was.unwrap_or_default();
        let is_planned = planned(store).contains(&is) || is_of_the_turn_before(store, is);
        if raised && !is_planned && !follows_pods(store) && !self.is_mended(store) {
            self.broke("weights rise along the plan", &format!("{is} is no step's weight"));
        }
        if raised && self.is_aborted() && !means_nothing(store) {
            self.broke("an abort is law", &format!("weight {was:?} → {is} after the abort"));
        }
        if raised && ready_behind(store, &arms(store).0) == Some(0) && !self.was_under_way() {
            self.broke("no weight on a revision without ready pods", &format!("weight {was:?} → {is}"));
        }
        if raised {
            self.broken.extend(self.pods.carry(store, is));
        } else if !self.struck(|fault| fault == Fault::Holes) {
            self.broken.extend(self.pods.take_back(store, is));
        }
    }

    /// Whether a weight that somebody set is being mended while the stable side is as small as its share: then it comes back as far as
    /// there are pods for it.
    fn is_mended(&self, store: &Store) -> bool {
        let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME).unwrap_or_default();
        let is_dynamic = rollout.pointer("/spec/strategy/canary/dynamicStableScale") == Some(&Value::Bool(true));
        is_dynamic && self.struck(|fault| fault == Fault::WeightsEdited)
    }

    /// Whether an abort was stored before this write can have been sent.
    fn is_aborted(&self) -> bool {
        self.aborted_since.is_some_and(|since| since.elapsed() > self.under_way())
    }

    /// Whether this write may have been sent when there were ready pods yet.
    fn was_under_way(&self) -> bool {
        self.unready_since.is_some_and(|since| since.elapsed() < self.under_way())
    }

    /// How long a write may be under way in this run.
    fn under_way(&self) -> Duration {
        if self.struck(|fault| fault == Fault::Slow) { UNDER_WAY } else { Duration::ZERO }
    }

    fn replica_set(&mut self, store: &Store, write: &Write) {
        let clock = self.true_clock();
        self.broken.extend(Pods::deleted(write).or_else(|| Pods::emptied(store, write, clock.as_ref())));
        // Who is shown a list without a revision cannot count its pods.
        if !self.struck(|fault| fault.strikes() == Strikes::Others || fault == Fault::Holes) {
            self.broken.extend(self.pods.shared(store, write));
        }
        let Some(after) = &write.after else { return };
        self.one_of_each(store, after);
        let desired = |set: &Value| set.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or_default();
        let from = write.before.as_ref().map_or(0, |before| desired(before));
        let to = desired(after);
        if to < from {
            self.shrunk(store, after, from, to);
        }
    }

    /// One try of a step at a time: whoever is started while another goes on is one too many. One that somebody deletes does not.
    fn experiment(&mut self, store: &Store, write: &Write) {
        let (None, Some(started)) = (&write.before, &write.after) else { return };
        let all = store.list(&catalog::EXPERIMENT, NAMESPACE);
        let goes_on = |one: &Value| {
            let phase = one.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
            let over = matches!(phase, "Successful" | "Failed" | "Error" | "Inconclusive");
            let leaves = one.pointer("/metadata/deletionTimestamp").is_some_and(|at| !at.is_null());
            !over && !leaves && one.pointer("/spec/terminate") != Some(&Value::Bool(true))
        };
        let of = |one: &Value| one.pointer("/metadata/labels").cloned();
        let alike = all.iter().filter(|one| of(one) == of(started) && goes_on(one)).count();
        if alike > 1 {
            self.broke("one experiment of a step at a time", &format!("{alike}"));
        }
    }

    /// One ReplicaSet for each template of a Rollout.
    fn one_of_each(&mut self, store: &Store, set: &Value) {
        let sets = store.list(&catalog::REPLICA_SET, NAMESPACE);
        let alike = sets.iter().filter(|other| hash(other) == hash(set)).count();
        if alike > 1 {
            self.broke("one ReplicaSet for each template", &format!("{alike} of {:?}", hash(set)));
        }
    }

    fn shrunk(&mut self, store: &Store, set: &Value, from: i64, to: i64) {
        let Some(rollout) = store.get(&catalog::ROLLOUT, NAMESPACE, NAME) else { return };
        let Some(hash) = hash(set) else { return };
        let wanted = rollout.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
        let wanted = self.pods.asked(wanted, self.under_way());
        let is_stable = rollout.pointer("/status/stableRS").and_then(Value::as_str) == Some(hash);
        let is_routed = rollout.pointer("/spec/strategy/canary/trafficRouting").is_some();
        let least = balance::least_stable(store, &rollout, wanted);
        // Nobody sees a weight that a person takes away while the pods go that it needed.
        let edited = balance::may_shrink(&rollout) && self.struck(|fault| fault == Fault::WeightsEdited);
        if is_routed && is_stable && to < least && !edited {
            self.broke("stable stays whole until promotion is complete", &format!("{hash} {from} → {to} of {least}"));
        }
        if to == 0 && wanted > 0 && selected(store, hash) {
            self.broke("pods go only when no Service selects them", &format!("{hash} {from} → 0"));
        }
    }
}

/// The weights that the steps ask for now.
fn planned(store: &Store) -> BTreeSet<i64> {
    let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME).unwrap_or_default();
    let steps = rollout.pointer("/spec/strategy/canary/steps").and_then(Value::as_array);
    let asked = steps.into_iter().flatten().filter_map(|step| step.get("setWeight")?.as_i64());
    asked.chain([0, 100]).collect()
}

/// Whether a weight on its way to that of a step may be what the pods that are there carry.
fn follows_pods(store: &Store) -> bool {
    let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME).unwrap_or_default();
    let canary = rollout.pointer("/spec/strategy/canary");
    canary.is_some_and(|canary| canary.get("replicaProgressThreshold").is_some() || canary.get("maxSurge").is_some())
}

/// Whether the other Service would have a planned weight: a process that has not seen the last turn yet gives the new revision's
/// weight to the Service that it takes for the canary's, and the rest to the other one. Both show ready pods.
fn is_of_the_turn_before(store: &Store, is: i64) -> bool {
    let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME).unwrap_or_default();
    rollout.pointer("/spec/strategy/canary/pingPong").is_some() && planned(store).contains(&(100 - is))
}

/// Whether a weight changes nothing: both Services show the same pods.
fn means_nothing(store: &Store) -> bool {
    let (canary, stable) = arms(store);
    let (canary, stable) = (balance::shown(store, &canary), balance::shown(store, &stable));
    canary.is_some() && canary == stable
}

/// Whether a TraefikService shares traffic out, rather than copying it.
fn is_weighted(route: &Value) -> bool {
    route.pointer("/spec/mirroring").is_none()
}

/// Whether a release whose Services take turns is over: both show the stable version, which is the newest.
fn is_over(store: &Store) -> bool {
    let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME).unwrap_or_default();
    let status = |field: &str| rollout.pointer(&format!("/status/{field}")).and_then(Value::as_str);
    let (canary, stable) = arms(store);
    let shown = [canary, stable].map(|service| balance::shown(store, &service));
    let stable = status("stableRS");
    let turns = rollout.pointer("/spec/strategy/canary/pingPong").is_some();
    turns && stable == status("currentPodHash") && shown.iter().all(|shown| shown.as_deref() == stable)
}

/// A Service's weight in a TraefikService.
fn part(route: &Value, service: &str) -> Option<i64> {
    weights(route).find(|(name, _)| *name == Some(service))?.1
}

fn weights(route: &Value) -> impl Iterator<Item = (Option<&str>, Option<i64>)> {
    let entries = route.pointer("/spec/weighted/services").and_then(Value::as_array);
    entries
        .into_iter()
        .flatten()
        .map(|entry| (entry.get("name").and_then(Value::as_str), entry.get("weight").and_then(Value::as_i64)))
}

/// The hash of the pods that a Service selects; `None` where it selects none in particular.
fn selected_by(store: &Store, service: &str) -> Option<String> {
    let service = store.get(&catalog::SERVICE, NAMESPACE, service)?;
    Some(service.pointer("/spec/selector")?.get(label::POD_TEMPLATE_HASH)?.as_str()?.to_owned())
}

/// Ready pods of the revision that a Service selects; `None` where it selects none in particular.
fn ready_behind(store: &Store, service: &str) -> Option<i64> {
    let wanted = selected_by(store, service)?;
    let sets = store.list(&catalog::REPLICA_SET, NAMESPACE);
    let set = sets.iter().find(|set| hash(set) == Some(&wanted));
    Some(set.and_then(|set| set.pointer("/status/readyReplicas")?.as_i64()).unwrap_or_default())
}

fn selected(store: &Store, hash: &str) -> bool {
    store.list(&catalog::SERVICE, NAMESPACE).iter().any(|service| {
        let selects = service.pointer("/spec/selector").and_then(|selector| selector.get(label::POD_TEMPLATE_HASH));
        selects.and_then(Value::as_str) == Some(hash)
    })
}

/// Requests to a route that nobody answers, where nothing is wrong but the controller.
pub(crate) fn unanswered(traffic: &Traffic) -> Option<String> {
    let flows = traffic.routes.values().flatten().filter(|flow| flow.is_well());
    let mut lost = flows.flat_map(|flow| &flow.shares).filter(|share| share.part > 0.0 && share.fate != Fate::Answered);
    lost.next().map(|share| format!("every request is answered: {} of all get {:?}", share.part, share.fate))
}

/// What the run's end must not show: traffic that the router's object still sends to an aborted revision.
pub(crate) fn at_rest(store: &Store) -> Vec<String> {
    let Some(rollout) = store.get(&catalog::ROLLOUT, NAMESPACE, NAME) else { return Vec::new() };
    let aborted = rollout.pointer("/status/abort") == Some(&Value::Bool(true));
    let numbered = rollout.pointer("/metadata/annotations").is_some_and(|all| all.get(annotation::REVISION).is_some());
    let mut broken = Vec::new();
    if aborted && weight(store).is_some_and(|weight| weight > 0) {
        broken.push("an abort is law: the aborted revision has weight at the end".to_owned());
    }
    if !numbered {
        broken.push("the Rollout tells its revision's number: it has none".to_owned());
    }
    broken.extend(restarted(store, &rollout));
    broken.extend(left_beside(store, &rollout));
    broken.extend(aside::at_rest(store));
    broken
}

/// What steps added is gone with the release.
fn left_beside(store: &Store, rollout: &Value) -> Option<String> {
    let phase = rollout.pointer("/status/phase").and_then(Value::as_str)?;
    let is_over = phase == "Healthy" || rollout.pointer("/status/abort") == Some(&Value::Bool(true));
    let entries = store.list(&catalog::INGRESS_ROUTE, NAMESPACE);
    let left = entries.iter().find(|entry| entry.pointer("/metadata/ownerReferences").is_some())?;
    let name = left.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    is_over.then(|| format!("what steps added goes with the release: {name} is left"))
}

/// What a restart leaves: pods that are all new.
fn restarted(store: &Store, rollout: &Value) -> Option<String> {
    let at = rollout.pointer("/spec/restartAt").and_then(Value::as_str)?;
    let made = |pod: &Value| pod.pointer("/metadata/creationTimestamp").and_then(Value::as_str).map(str::to_owned);
    let pods = store.list(&catalog::POD, NAMESPACE);
    let old = pods.iter().filter(|pod| pods::is_ready(pod) && made(pod).is_some_and(|made| *made < *at)).count();
    let noted = rollout.pointer("/status/restartedAt").and_then(Value::as_str);
    (old > 0 || noted != Some(at))
        .then(|| format!("all pods are restarted: {old} are older than {at}, {noted:?} is noted"))
}
