//! Which objects belong together: kept by the caches, asked for every event and every pass.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use sluice_core::spec::LenderKind;
use sluice_crds::{CanaryStep, Experiment, Rollout};
use sluice_traffic::{Kind, Object, Router};

use crate::key::Key;

/// Links from members to what they name, readable from both ends.
#[derive(Debug)]
pub struct Links<Member, Named> {
    named_by: HashMap<Named, BTreeSet<Member>>,
    names: BTreeMap<Member, Vec<Named>>,
}

impl<Member, Named> Default for Links<Member, Named> {
    fn default() -> Self {
        Self { named_by: HashMap::new(), names: BTreeMap::new() }
    }
}

impl<Member: Clone + Eq + Hash + Ord, Named: Clone + Eq + Hash> Links<Member, Named> {
    /// Says all that the member names from now on.
    pub fn set(&mut self, member: &Member, named: Vec<Named>) {
        if self.names.get(member) == Some(&named) {
            return;
        }
        self.remove(member);
        for one in &named {
            self.named_by.entry(one.clone()).or_default().insert(member.clone());
        }
        if !named.is_empty() {
            self.names.insert(member.clone(), named);
        }
    }

    /// The member names nothing any more.
    pub fn remove(&mut self, member: &Member) {
        for one in self.names.remove(member).unwrap_or_default() {
            if let Some(members) = self.named_by.get_mut(&one) {
                members.remove(member);
                if members.is_empty() {
                    self.named_by.remove(&one);
                }
            }
        }
    }

    /// All that the member names.
    pub fn names_of(&self, member: &Member) -> &[Named] {
        self.names.get(member).map_or(&[], Vec::as_slice)
    }

    /// Everyone who names anything.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.names.keys()
    }

    /// Who names this.
    pub fn naming(&self, named: &Named) -> impl Iterator<Item = &Member> {
        self.named_by.get(named).into_iter().flatten()
    }
}

/// What a release may make beside a TraefikService.
const ADDED: [Kind; 2] = [Kind::TraefikService, Kind::IngressRoute];

/// What the watched objects name.
#[derive(Debug, Default)]
pub struct Index {
    /// Rollouts by the Services they name.
    pub services: Links<Key, Key>,
    /// Services by the Rollout whose they are, by their own note.
    pub managed: Links<Key, Key>,
    /// Rollouts by the objects of routers they name.
    pub routes: Links<Key, Object>,
    /// Rollouts by the workload that lends them its template.
    pub lenders: Links<Key, (LenderKind, Key)>,
    /// What a release looks at of each workload that lends, hashed.
    lender_prints: HashMap<(LenderKind, Key), u64>,
    /// TraefikServices by the Services they share traffic between, which a Rollout need not name itself.
    pub route_services: Links<Object, Key>,
    /// IngressRoutes by the TraefikServices they send to.
    pub entries: Links<Object, Object>,
    /// Objects of routers that a Rollout has made, by that Rollout.
    pub made: Links<Object, Key>,
    /// Rollouts with an analysis, by namespace.
    pub judged: Links<Key, String>,
    /// ReplicaSets by the uid of their owner.
    pub replica_sets: Links<Key, String>,
    /// AnalysisRuns by the uid of their owner.
    pub runs: Links<Key, String>,
    /// Pods by the uid of their ReplicaSet.
    pub pods: Links<Key, String>,
    /// What a release looks at of each pod, hashed: most of what becomes of a pod matters to none.
    pod_prints: HashMap<Key, u64>,
    /// Experiments by the uid of their owner.
    pub experiments: Links<Key, String>,
    /// Experiments with an analysis, by namespace.
    pub measured: Links<Key, String>,
    /// EndpointSlices by their Service.
    pub slices: Links<Key, Key>,
}

impl Index {
    /// Notes what a Rollout names, the objects of its routers and the workload whose template it borrows.
    pub fn rollout(&mut self, key: &Key, rollout: &Rollout, routes: Vec<Object>, lender: Option<(LenderKind, Key)>) {
        self.lenders.set(key, lender.into_iter().collect());
        self.services.set(key, services(rollout).map(|name| key.beside(name)).collect());
        self.routes.set(key, routes);
        self.judged.set(key, has_analysis(rollout).then(|| key.namespace.clone()).into_iter().collect());
    }

    /// Notes whose an Experiment is, and whether it waits for templates of analyses.
    pub fn experiment(&mut self, key: &Key, experiment: &Experiment, owner: Vec<String>) {
        let over = experiment.status.as_ref().is_some_and(|status| status.phase.is_completed());
        let waits = !over && !experiment.spec.analyses.is_empty();
        self.experiments.set(key, owner);
        self.measured.set(key, waits.then(|| key.namespace.clone()).into_iter().collect());
    }

    /// An Experiment is gone.
    pub fn experiment_gone(&mut self, key: &Key) {
        self.experiments.remove(key);
        self.measured.remove(key);
    }

    /// A Rollout is gone.
    pub fn rollout_gone(&mut self, key: &Key) {
        self.services.remove(key);
        self.routes.remove(key);
        self.lenders.remove(key);
        self.judged.remove(key);
    }

    /// Notes a workload that may lend, and what a release looks at of it, hashed. Returns whether that matters to anybody.
    pub fn lender(&mut self, named: &(LenderKind, Key), print: u64) -> bool {
        if self.lenders.naming(named).next().is_none() {
            self.lender_prints.remove(named);
            return false;
        }
        self.lender_prints.insert(named.clone(), print) != Some(print)
    }

    /// Such a workload is gone, which matters to all that name it.
    pub fn lender_gone(&mut self, named: &(LenderKind, Key)) -> bool {
        self.lender_prints.remove(named);
        true
    }

    /// Rollouts that borrow from a workload of that kind.
    pub fn lenders_of(&self, kind: LenderKind) -> BTreeSet<Key> {
        let of_kind = self.lenders.named_by.iter().filter(|((of, _), _)| *of == kind);
        of_kind.flat_map(|(_, rollouts)| rollouts).cloned().collect()
    }

    /// Notes a pod, its ReplicaSet and what a release looks at of it, hashed. Returns whether any of it is new.
    pub fn pod(&mut self, key: &Key, owner: Vec<String>, print: u64) -> bool {
        self.pods.set(key, owner);
        self.pod_prints.insert(key.clone(), print) != Some(print)
    }

    /// A pod is gone.
    pub fn pod_gone(&mut self, key: &Key) {
        self.pods.remove(key);
        self.pod_prints.remove(key);
    }

    /// Notes an object of a router: what it sends to, and the Rollout that has made it.
    pub fn route(&mut self, named: &Object, entries: Vec<Object>, made_by: Vec<Key>) {
        self.entries.set(named, entries);
        self.made.set(named, made_by);
    }

    /// An object of a router is gone.
    pub fn route_gone(&mut self, named: &Object) {
        self.route(named, Vec::new(), Vec::new());
    }

    /// Rollouts that such an object matters to: those that name it, those whose object it sends to, and the one that has made it.
    pub fn of_route(&self, named: &Object) -> BTreeSet<Key> {
        let through = self.entries.names_of(named).iter().flat_map(|to| self.routes.naming(to));
        self.routes.naming(named).chain(through).chain(self.made.names_of(named)).cloned().collect()
    }

    /// Tells a router what stands around its own objects.
    pub fn surround(&self, key: &Key, router: &mut Router) {
        let made: BTreeSet<&Object> = self.made.naming(key).collect();
        if let Router::Apisix(route) = router {
            route.left = made.iter().filter(|object| object.kind == Kind::ApisixRoute).copied().cloned().collect();
        }
        let Router::Traefik(route) = router else { return };
        let object = route.object();
        let entries = self.entries.naming(&object).filter(|entry| !made.contains(entry));
        route.entries = entries.cloned().collect();
        route.left = made.into_iter().filter(|object| ADDED.contains(&object.kind)).cloned().collect();
    }

    /// Rollouts that name any object of that kind, or have to know it.
    pub fn routes_of(&self, kind: Kind) -> BTreeSet<Key> {
        // Whoever has to know IngressRoutes names a TraefikService.
        let kinds = [kind, if kind == Kind::IngressRoute { Kind::TraefikService } else { kind }];
        let of_kind = self.routes.named_by.iter().filter(|(object, _)| kinds.contains(&object.kind));
        of_kind.flat_map(|(_, rollouts)| rollouts).cloned().collect()
    }

    /// Rollouts that a Service matters to: those that name it, those whose route does, and the one whose it is.
    pub fn of_service(&self, service: &Key) -> BTreeSet<Key> {
        let through_routes = self.route_services.naming(service).flat_map(|route| self.routes.naming(route));
        let whose = self.managed.names_of(service);
        self.services.naming(service).chain(through_routes).chain(whose).cloned().collect()
    }
}

fn services(rollout: &Rollout) -> impl Iterator<Item = String> {
    let canary = rollout.spec.strategy.canary.as_ref();
    let both = canary.and_then(|canary| canary.ping_pong.as_ref());
    let blue_green = rollout.spec.strategy.blue_green.as_ref();
    [
        canary.and_then(|canary| canary.canary_service.clone()),
        canary.and_then(|canary| canary.stable_service.clone()),
        both.map(|both| both.ping_service.clone()),
        both.map(|both| both.pong_service.clone()),
        blue_green.map(|blue_green| blue_green.active_service.clone()),
        blue_green.and_then(|blue_green| blue_green.preview_service.clone()),
    ]
    .into_iter()
    .flatten()
}

fn has_analysis(rollout: &Rollout) -> bool {
    let strategy = &rollout.spec.strategy;
    let in_canary = strategy
        .canary
        .as_ref()
        .is_some_and(|canary| canary.analysis.is_some() || canary.steps.iter().any(step_has_analysis));
    let in_blue_green = strategy.blue_green.as_ref().is_some_and(|blue_green| {
        blue_green.pre_promotion_analysis.is_some() || blue_green.post_promotion_analysis.is_some()
    });
    in_canary || in_blue_green
}

fn step_has_analysis(step: &CanaryStep) -> bool {
    step.analysis.is_some() || step.experiment.as_ref().is_some_and(|experiment| !experiment.analyses.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;
    use crate::routing;

    fn indexed(strategies: &[(&str, Value)]) -> Index {
        let mut index = Index::default();
        for (name, strategy) in strategies {
            let rollout = json!({"metadata": {"name": name, "namespace": "ns"}, "spec": {"strategy": strategy}});
            let (key, rollout) = (Key::new("ns", *name), serde_json::from_value(rollout).unwrap());
            index.rollout(&key, &rollout, routing::named(&key, &rollout), None);
        }
        index
    }

    fn names(keys: impl IntoIterator<Item = Key>) -> Vec<String> {
        keys.into_iter().map(|key| key.name).collect()
    }

    fn traefik_service() -> Object {
        Object::new(Kind::TraefikService, "ns", "route")
    }

    fn traefik() -> Value {
        json!({"canary": {"trafficRouting": {"traefik": {"weightedTraefikServiceName": "route"}}}})
    }

    #[test]
    fn a_service_matters_to_all_that_name_it() {
        let index = indexed(&[
            ("canary", json!({"canary": {"canaryService": "new", "stableService": "shared"}})),
            ("blue", json!({"blueGreen": {"activeService": "shared", "previewService": "preview"}})),
            ("turns", json!({"canary": {"pingPong": {"pingService": "ping", "pongService": "pong"}}})),
        ]);
        assert_eq!(names(index.of_service(&Key::new("ns", "ping"))), ["turns"]);
        assert_eq!(names(index.of_service(&Key::new("ns", "pong"))), ["turns"]);
        assert_eq!(names(index.of_service(&Key::new("ns", "shared"))), ["blue", "canary"]);
        assert_eq!(names(index.of_service(&Key::new("ns", "preview"))), ["blue"]);
        assert_eq!(names(index.of_service(&Key::new("other", "shared"))), [""; 0]);
    }

    #[test]
    fn a_service_matters_to_a_rollout_that_names_only_the_route_to_it() {
        let mut index = indexed(&[("shop", traefik())]);
        index.route_services.set(&traefik_service(), vec![Key::new("ns", "shop-canary")]);
        assert_eq!(names(index.of_service(&Key::new("ns", "shop-canary"))), ["shop"]);
    }

    #[test]
    fn an_ingress_route_matters_to_whose_traefik_service_it_sends_to_and_to_who_made_it() {
        let mut index = indexed(&[("shop", traefik())]);
        let entry = |name: &str| Object::new(Kind::IngressRoute, "ns", name);
        index.route(&entry("users"), vec![traefik_service()], Vec::new());
        index.route(&entry("made"), Vec::new(), vec![Key::new("ns", "shop")]);
        index.route(&entry("other"), Vec::new(), vec![Key::new("ns", "other")]);
        for name in ["users", "made"] {
            assert_eq!(names(index.of_route(&entry(name))), ["shop"]);
        }
        assert_eq!(names(index.routes_of(Kind::IngressRoute)), ["shop"]);
        index.route_gone(&entry("users"));
        assert_eq!(names(index.of_route(&entry("users"))), [""; 0]);
    }

    #[test]
    fn a_changed_spec_drops_the_names_it_had() {
        let mut index = indexed(&[("shop", traefik()), ("shop", json!({"canary": {"stableService": "stable"}}))]);
        assert_eq!(index.routes.naming(&traefik_service()).count(), 0);
        index.rollout_gone(&Key::new("ns", "shop"));
        assert_eq!(names(index.of_service(&Key::new("ns", "stable"))), [""; 0]);
        assert!(index.services.names.is_empty() && index.services.named_by.is_empty());
    }

    #[test]
    fn templates_matter_to_rollouts_with_an_analysis_anywhere() {
        let analysis = json!({"templates": [{"templateName": "t"}]});
        let index = indexed(&[
            ("none", json!({"canary": {"steps": [{"setWeight": 5}]}})),
            ("step", json!({"canary": {"steps": [{"analysis": analysis}]}})),
            (
                "trial",
                json!({"canary": {"steps": [{"experiment": {"templates": [], "analyses": [
                    {"name": "a", "templateName": "t"},
                ]}}]}}),
            ),
            ("beside", json!({"canary": {"analysis": analysis}})),
            ("before", json!({"blueGreen": {"activeService": "a", "prePromotionAnalysis": analysis}})),
        ]);
        assert_eq!(names(index.judged.naming(&"ns".to_owned()).cloned()), ["before", "beside", "step", "trial"]);
    }
}
