//! Who has to look when something was written or ordered.

use std::collections::BTreeSet;

use super::agenda::Job;
use super::cluster::Cluster;
use super::kubelet::{Life, Whom};
use super::order::{Order, Part};
use super::traefik::Trouble;
use super::view::{Deployment, Entry, Kind, Pod, ReplicaSet, Route, Service, Slice, Touch};
use super::{Key, Span};

impl Cluster {
    /// Notes a write, and puts on the agenda what follows from it. A write that changes nothing that an actor looks at
    /// has no consequences.
    pub(super) fn touched(&mut self, touch: &Touch) {
        let (key, after) = (&touch.key, touch.after.as_ref());
        match touch.kind {
            Kind::Deployment => self.deployment(key, after.map(Deployment::of)),
            Kind::ReplicaSet => self.replica_set(key, after.map(ReplicaSet::of)),
            Kind::Pod => self.pod(key, after.map(|object| Pod::of(object))),
            Kind::Service => self.service(key, after.map(|object| Service::of(object))),
            Kind::Slice => self.slice(key, after.map(|object| Slice::of(object))),
            Kind::Route => self.route(key, after.map(|object| Route::of(object))),
            Kind::Entry => self.entry(key, after.map(|object| Entry::of(object))),
        }
    }

    fn replica_set(&mut self, key: &Key, set: Option<ReplicaSet>) {
        let before = self.view.put_replica_set(key, set);
        let now = self.view.replica_sets.get(key);
        if now.is_some_and(|now| before.is_none_or(|before| !before.asks_the_same_as(now))) {
            self.soon(Job::ReplicaSet(key.clone()), self.settings.replica_sets);
            let owner = self.view.replica_sets.get(key).and_then(|set| Some(key.beside(&set.owner.as_ref()?.name)));
            if let Some(deployment) = owner.filter(|owner| self.view.deployments.contains_key(owner)) {
                self.soon(Job::Deployment(deployment), self.settings.replica_sets);
            }
        }
    }

    fn deployment(&mut self, key: &Key, deployment: Option<Deployment>) {
        let before = self.view.put_deployment(key, deployment);
        let asked = |one: &Deployment| (one.uid.clone(), one.generation, one.terminating);
        let now = self.view.deployments.get(key);
        if now.is_some() && before.as_ref().map(asked) != now.map(asked) {
            self.soon(Job::Deployment(key.clone()), self.settings.replica_sets);
        }
    }

    fn pod(&mut self, key: &Key, pod: Option<Pod>) {
        let before = self.view.put_pod(key, pod);
        let now = self.view.pods.get(key);
        if before.as_ref() == now {
            return;
        }
        self.traffic = None;
        let either = [before.as_ref(), now];
        let either = || either.into_iter().flatten();
        let owners: BTreeSet<Key> = either().filter_map(|pod| Some(key.beside(&pod.owner.as_ref()?.name))).collect();
        let services: BTreeSet<Key> = either().flat_map(|pod| self.view.services_of(key, pod)).cloned().collect();
        let wait = self.kubelet.hear(key, now, &self.settings, &mut self.rng);
        if let Some(wait) = wait {
            self.agenda.drop(&Job::Pod(key.clone()));
            self.after(Job::Pod(key.clone()), wait);
        }
        self.all_soon(owners.into_iter().map(Job::ReplicaSet), self.settings.replica_sets);
        self.all_soon(services.into_iter().map(Job::Slice), self.settings.endpoints);
    }

    fn service(&mut self, key: &Key, service: Option<Service>) {
        let before = self.view.put_service(key, service);
        if before.as_ref() != self.view.services.get(key) {
            self.soon(Job::Slice(key.clone()), self.settings.endpoints);
            self.routes_changed();
        }
    }

    fn slice(&mut self, key: &Key, slice: Option<Slice>) {
        let before = self.view.put_slice(key, slice);
        let now = self.view.slices.get(key);
        if before.as_ref() == now {
            return;
        }
        // One that somebody else changed or took away is put right.
        let services: BTreeSet<Key> =
            [before.as_ref(), now].into_iter().flatten().map(|s| key.beside(&s.service)).collect();
        self.all_soon(services.into_iter().map(Job::Slice), self.settings.endpoints);
        self.routes_changed();
    }

    fn route(&mut self, key: &Key, route: Option<Route>) {
        if self.view.put_route(key, route) != self.view.routes.get(key).cloned() {
            self.routes_changed();
        }
    }

    fn entry(&mut self, key: &Key, entry: Option<Entry>) {
        if self.view.put_entry(key, entry) != self.view.entries.get(key).cloned() {
            self.routes_changed();
        }
    }

    fn routes_changed(&mut self) {
        self.traffic = None;
        self.traefik.forget_newest();
        self.all_soon((0..self.settings.traefiks).map(Job::Build), self.settings.build);
    }

    fn all_soon(&mut self, jobs: impl IntoIterator<Item = Job>, span: Span) {
        for job in jobs {
            self.soon(job, span);
        }
    }

    fn soon(&mut self, job: Job, span: Span) {
        let wait = span.pick(&mut self.rng);
        self.after(job, wait);
    }

    /// Follows an order.
    pub(super) fn obey(&mut self, order: Order) {
        self.traffic = None;
        match order {
            Order::Sicken(whom, sickness) => {
                self.now(self.kubelet.in_life(&whom, Life::Ready));
                self.look_again(&whom);
                self.kubelet.sicken(whom, sickness);
            }
            Order::Heal(whom) => {
                self.kubelet.heal(&whom);
                self.look_again(&whom);
            }
            Order::Evict(whom, most) => {
                let pods = self.kubelet.evict(&whom, most);
                self.now(pods);
            }
            Order::LoseNode(node, loss) => {
                for pod in self.kubelet.lose(node, loss) {
                    self.agenda.drop(&Job::Pod(pod.clone()));
                    self.after(Job::Pod(pod), loss.unready_after);
                }
            }
            Order::Pace(part, span) => self.pace(part, span),
            Order::Scale { rollout, replicas, after } => self.after(Job::Scale(rollout, replicas), after),
            Order::Trouble(replica, trouble) => self.trouble(replica, trouble),
            Order::Restart(replica) => self.restart(replica),
        }
    }

    fn now(&mut self, pods: Vec<Key>) {
        self.all_soon(pods.into_iter().map(Job::Pod), Span::millis(0, 0));
    }

    /// Pods that are not ready may become so, or not any more: after the time that this takes.
    fn look_again(&mut self, whom: &Whom) {
        let pods = self.kubelet.in_life(whom, Life::Running);
        self.all_soon(pods.into_iter().map(Job::Pod), self.settings.ready);
    }

    fn pace(&mut self, part: Part, span: Span) {
        let settings = &mut self.settings;
        *match part {
            Part::ReplicaSets => &mut settings.replica_sets,
            Part::Endpoints => &mut settings.endpoints,
            Part::Start => &mut settings.start,
            Part::Ready => &mut settings.ready,
            Part::Build => &mut settings.build,
            Part::Answer => &mut settings.answer,
        } = span;
    }

    fn trouble(&mut self, replica: usize, trouble: Option<Trouble>) {
        let before = self.traefik.trouble(replica, trouble);
        match before {
            Some(Trouble::Down) if trouble != before => self.restart(replica),
            _ => self.soon(Job::Build(replica), self.settings.build),
        }
    }

    /// It reads everything before it makes its first configuration, which takes it a second or two.
    fn restart(&mut self, replica: usize) {
        self.traefik.empty(replica);
        self.soon(Job::Boot(replica), Span::millis(1200, 2700));
    }
}
