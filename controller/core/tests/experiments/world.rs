//! A small cluster for experiments: the planner, pods that come and go at once, analyses that end as they are told to, and a
//! clock that jumps.

use std::collections::BTreeMap;

use expect_test::Expect;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sluice_core::experiment::change::Change;
use sluice_core::experiment::fact::{Fact, Standing};
use sluice_core::experiment::observed::{Deletion, Observed, PodSet, Run, Service};
use sluice_core::experiment::{plan, status, validate};
use sluice_crds::{AnalysisPhase, ExperimentStatus};

/// An Experiment, its surroundings, and what happened so far.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) spec: Value,
    pub(crate) status: ExperimentStatus,
    sets: BTreeMap<String, PodSet>,
    services: BTreeMap<String, Service>,
    runs: Vec<Run>,
    sick: Vec<String>,
    verdicts: BTreeMap<String, AnalysisPhase>,
    silent: Vec<String>,
    now: Timestamp,
    pub(crate) transcript: String,
    /// Changes of one pass that are made before it dies, once.
    dies_after: Option<usize>,
    is_kept: bool,
    deletion: Deletion,
}

/// Compares what happened with what was expected to.
pub(crate) fn check(world: World, expected: Expect) {
    expected.assert_eq(&world.transcript);
}

/// An Experiment with these templates, of one pod each.
pub(crate) fn given<const N: usize>(templates: [&str; N]) -> World {
    let template = |name: &str| {
        json!({
            "name": name,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "web", "image": "web", "ports": [{"containerPort": 80}]}]}},
        })
    };
    World {
        spec: json!({"templates": templates.map(template).to_vec()}),
        status: ExperimentStatus::default(),
        sets: BTreeMap::new(),
        services: BTreeMap::new(),
        runs: Vec::new(),
        sick: Vec::new(),
        verdicts: BTreeMap::new(),
        silent: Vec::new(),
        now: "2026-01-01T10:00:00Z".parse().unwrap(),
        transcript: String::new(),
        dies_after: None,
        is_kept: false,
        deletion: Deletion::None,
    }
}

pub(crate) fn analysis(name: &str) -> Value {
    json!({"name": name, "templateName": name})
}

pub(crate) fn required(name: &str) -> Value {
    json!({"name": name, "templateName": name, "requiredForCompletion": true})
}

impl World {
    /// Sets a field of the spec, by JSON pointer below `spec`.
    pub(crate) fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        self.spec.pointer_mut(parent).unwrap()[key] = value;
        self
    }

    pub(crate) fn sick(mut self, template: &str) -> Self {
        self.say(&format!("— pods of {template} are not ready"));
        self.sick.push(template.to_owned());
        self.surroundings();
        self
    }

    pub(crate) fn well(mut self, template: &str) -> Self {
        self.say(&format!("— pods of {template} get ready"));
        self.sick.retain(|sick| sick != template);
        self.surroundings();
        self
    }

    /// From now on the runs of that analysis end so.
    pub(crate) fn verdict(mut self, analysis: &str, phase: AnalysisPhase) -> Self {
        self.say(&format!("— {analysis} comes to {phase:?}"));
        self.verdicts.insert(analysis.to_owned(), phase);
        self.surroundings();
        self
    }

    /// That analysis never gets an answer.
    pub(crate) fn silent(mut self, analysis: &str) -> Self {
        self.silent.push(analysis.to_owned());
        self
    }

    pub(crate) fn terminate(mut self) -> Self {
        self.say("— terminate");
        self.spec["terminate"] = json!(true);
        self
    }

    pub(crate) fn retry(mut self) -> Self {
        self.say("— retry");
        self.status = ExperimentStatus::default();
        self
    }

    /// A route sends to that template's Service, or no longer.
    pub(crate) fn routed(mut self, template: &str, by: Option<&str>) -> Self {
        self.say(&format!("— route of {template}: {by:?}"));
        self.services.get_mut(template).unwrap().routed_by = by.map(str::to_owned);
        self
    }

    /// It is one whose pods have a share of the traffic.
    pub(crate) fn kept(mut self) -> Self {
        self.is_kept = true;
        self
    }

    pub(crate) fn delete(mut self, deletion: Deletion) -> Self {
        self.say(&format!("— deleted, {deletion:?}"));
        self.deletion = deletion;
        self
    }

    /// The next pass dies after so many changes, before it has recorded anything.
    pub(crate) fn dies_after(mut self, changes: usize) -> Self {
        self.dies_after = Some(changes);
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

    /// Runs until nothing more happens by itself without time passing.
    pub(crate) fn run(mut self) -> Self {
        self.settle();
        self
    }

    /// Tells how it stands.
    pub(crate) fn ending(mut self) -> Self {
        let pods = self.sets.iter().filter(|(_, set)| set.desired > 0);
        let pods: Vec<_> = pods.map(|(name, set)| format!("{name} {}", set.desired)).collect();
        let message = self.status.message.clone().unwrap_or_default();
        let line = format!("= {:?} {message} [{}]", self.status.phase, pods.join(", "));
        self.say(&line);
        self
    }

    pub(crate) fn observed(&self) -> Observed {
        Observed {
            name: "exp".to_owned(),
            spec: validate::spec("exp", &serde_json::from_value(self.spec.clone()).unwrap()),
            status: self.status.clone(),
            sets: self.sets.clone(),
            services: self.services.clone(),
            runs: self.runs.clone(),
            is_kept: self.is_kept,
            deletion: self.deletion,
        }
    }

    /// Passes until one changes nothing; the time at which the next is due.
    fn settle(&mut self) -> Option<Timestamp> {
        for _ in 0..200 {
            if let Some(rest) = self.pass() {
                return rest;
            }
        }
        panic!("never comes to rest:\n{}", self.transcript);
    }

    /// One pass, and what everybody else does meanwhile; at rest, when the next one is due.
    #[allow(clippy::option_option)]
    fn pass(&mut self) -> Option<Option<Timestamp>> {
        if self.deletion != Deletion::None && !self.is_kept {
            return Some(None);
        }
        let seen = self.observed();
        let plan = plan(&seen, self.now);
        self.laws(&plan.changes);
        let dies = self.dies_after.take();
        let done: Vec<_> = plan.changes.iter().take(dies.unwrap_or(usize::MAX)).cloned().collect();
        for change in &done {
            self.apply(change);
        }
        if dies.is_some() {
            self.say("— dies");
            self.surroundings();
            return None;
        }
        let status = status::fold(&seen, &plan.facts, &done, self.now);
        self.tell(&plan.facts);
        let still = status == self.status && plan.changes.is_empty();
        self.status = status;
        let moved = self.surroundings();
        (still && !moved).then_some(plan.wake)
    }

    /// What no plan may do.
    fn laws(&self, changes: &[Change]) {
        for change in changes {
            let over = self.status.phase.is_completed();
            match change {
                Change::Scale { template, to: 0, .. } => {
                    assert!(over, "pods of {template} go before the end is recorded");
                    let routed = self.services.get(template).is_some_and(|service| service.routed_by.is_some());
                    assert!(!routed, "pods of {template} go while a route names them");
                }
                Change::StartAnalysis { run, .. } => {
                    assert!(
                        self.status.available_at.is_some(),
                        "{run} starts before it is recorded that pods are there"
                    );
                }
                Change::DeleteService { service } => assert!(over, "{service} goes before the end"),
                Change::LetGo if self.deletion != Deletion::Abandoned => {
                    let mut services = self.services.values();
                    assert!(services.all(|one| one.routed_by.is_none()), "it goes while a route names its pods");
                }
                _ => {}
            }
        }
    }

    fn tell(&mut self, facts: &[Fact]) {
        for fact in facts {
            match fact {
                Fact::Available | Fact::Ended(..) | Fact::Template(_, Standing::Failed(_)) => {
                    let line = fact.to_string();
                    if !self.transcript.contains(&format!("{line}\n")) || matches!(fact, Fact::Available) {
                        self.say(&line);
                    }
                }
                _ => {}
            }
        }
    }

    fn say(&mut self, line: &str) {
        self.transcript.push_str(line.trim_end());
        self.transcript.push('\n');
    }

    fn apply(&mut self, change: &Change) {
        self.say(&format!("  {change}"));
        match change.clone() {
            Change::CreateSet { template } => {
                let empty = PodSet {
                    hash: format!("hash-{template}"),
                    desired: 0,
                    current: 0,
                    ready: 0,
                    available: 0,
                    shrink_after: None,
                };
                self.sets.entry(template).or_insert(empty);
            }
            Change::Scale { template, to, .. } => self.sets.get_mut(&template).unwrap().desired = to,
            Change::ShrinkAfter { template, at } => self.sets.get_mut(&template).unwrap().shrink_after = at,
            Change::CreateService { template, service } => {
                self.services.insert(template, Service { name: service, routed_by: None });
            }
            Change::DeleteService { service } => self.services.retain(|_, one| one.name != service),
            Change::StartAnalysis { run, analysis } => self.runs.push(Run {
                name: run,
                of_try: self.status.available_at.as_ref().map(|time| time.0),
                phase: AnalysisPhase::Running,
                message: String::new(),
                stopped: false,
                measured: !self.silent.contains(&analysis),
            }),
            Change::StopAnalysis { run, .. } => {
                self.runs.iter_mut().find(|one| one.name == run).unwrap().stopped = true;
            }
            Change::LetGo => self.is_kept = false,
        }
    }

    /// The ReplicaSet controller, the kubelet and the loop of AnalysisRuns; true when something moved.
    fn surroundings(&mut self) -> bool {
        let before = (self.sets.clone(), self.runs.clone());
        for (name, set) in &mut self.sets {
            set.current = set.desired;
            set.ready = if self.sick.contains(name) { 0 } else { set.desired };
            set.available = set.ready;
        }
        for run in self.runs.iter_mut().filter(|run| run.phase == AnalysisPhase::Running) {
            let told = self.verdicts.iter().find(|(analysis, _)| run.name.starts_with(&format!("exp-{analysis}")));
            match told {
                Some((_, phase)) => run.phase = *phase,
                None if run.stopped => run.phase = AnalysisPhase::Successful,
                None => {}
            }
        }
        before != (self.sets.clone(), self.runs.clone())
    }
}
