//! What the router was told, and whether it does it.
//!
//! Asks nothing in a settled world: what every replica was once seen to do stays confirmed until one of the objects
//! that it follows from changes.

pub mod ask;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use kube::core::DynamicObject;
use serde_json::{Value, json};
use sluice_core::observed::{Loaded, Revision, Routed};
use sluice_core::spec::CanaryServices;
use sluice_core::weight::Weight;
use sluice_crds::Rollout;
use sluice_traffic::traefik::loaded::{Arm, Wanted, service_name, weighted_name};
use sluice_traffic::traefik::{self, Arms, Mismatch};
use sluice_traffic::waited;
use tokio::time::Instant;

use crate::context::Context;
use crate::key::Key;
use crate::observe::endpoints::Endpoints;
use crate::surroundings::Routers;

/// What is known of each Rollout's router, in memory only: after a restart it is found out anew.
pub struct Routes {
    known: Mutex<HashMap<Key, Known>>,
    routers: Routers,
}

/// What is known of one state of the objects that a route follows from.
#[derive(Clone)]
struct Known {
    /// The resource versions of those objects.
    state: String,
    /// When that state was first seen.
    since: Timestamp,
    /// The same on a clock that nobody sets.
    begun: Instant,
    /// Whether every replica was seen to do it.
    confirmed: bool,
    /// How often replicas were asked.
    asked: u32,
}

impl Known {
    /// Keeps to the time that has truly passed, should somebody set the machine's clock meanwhile: `now` is what it shows.
    fn follow(&mut self, now: Timestamp) {
        let passed = SignedDuration::try_from(self.begun.elapsed()).unwrap_or(SignedDuration::MAX);
        let since = now.checked_sub(passed).unwrap_or(Timestamp::MIN);
        // Less is the time between two looks at two clocks; keeping it out keeps what is told of `since` the same.
        if since.duration_since(self.since).abs() > SignedDuration::from_secs(1) {
            self.since = since;
        }
    }
}

impl Routes {
    /// Nothing is known; routers are asked by these ways.
    pub fn new(routers: Routers) -> Self {
        Self { known: Mutex::default(), routers }
    }

    /// Drops what is known of a Rollout that is gone.
    pub fn forget(&self, key: &Key) {
        self.lock().remove(key);
    }

    /// What is known of that state; a new one is known from now on.
    fn enter(&self, key: &Key, state: &str, now: Timestamp) -> Known {
        let mut known = self.lock();
        let begun = Instant::now();
        let fresh = || Known { state: state.to_owned(), since: now, begun, confirmed: false, asked: 0 };
        let entry = known.entry(key.clone()).or_insert_with(fresh);
        if entry.state != state {
            *entry = fresh();
        }
        entry.follow(now);
        entry.clone()
    }

    /// Notes what an asking found, unless the state has changed meanwhile.
    fn note(&self, key: &Key, state: &str, confirmed: bool) {
        if let Some(known) = self.lock().get_mut(key).filter(|known| known.state == state) {
            known.confirmed = confirmed;
            known.asked = known.asked.saturating_add(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The Services of the two arms as the router's entries tell them, for a spec that names none.
pub(super) fn derived(ctx: &Context, key: &Key, rollout: &Rollout) -> Option<CanaryServices> {
    let canary = rollout.spec.strategy.canary.as_ref()?;
    if canary.canary_service.is_some() || canary.stable_service.is_some() {
        return None;
    }
    let name = &canary.traffic_routing.as_ref()?.traefik.as_ref()?.weighted_traefik_service_name;
    let live = ctx.caches.traefik_service(&key.beside(name))?;
    let arms = traefik::arms(&as_value(&live)).ok()?;
    Some(CanaryServices { canary: arms.canary, stable: arms.stable })
}

/// The object as `sluice_traffic` reads it.
pub(crate) fn as_value(live: &DynamicObject) -> Value {
    let namespace = live.metadata.namespace.clone().unwrap_or_default();
    json!({"metadata": {"namespace": namespace}, "spec": live.data.get("spec")})
}

/// One look at a route.
pub(super) struct Look<'a> {
    pub(super) ctx: &'a Context,
    pub(super) key: &'a Key,
    pub(super) route: &'a str,
    pub(super) arms: &'a CanaryServices,
    pub(super) endpoints: &'a BTreeMap<String, Endpoints>,
    pub(super) revisions: &'a [Revision],
    pub(super) now: Timestamp,
}

impl Look<'_> {
    /// What the route says and whether it is done, and when to ask again if it is not.
    pub(super) async fn read(&self) -> (Routed, Option<Timestamp>) {
        let Some(object) = self.ctx.caches.traefik_service(&self.key.beside(self.route)) else {
            let text = format!(
                "TraefikService \"{}\" not found in namespace {}; create it or correct the name",
                self.route, self.key.namespace
            );
            return (Routed::Broken(text), None);
        };
        let live = as_value(&object);
        let arms = Arms { canary: self.arms.canary.clone(), stable: self.arms.stable.clone() };
        match traefik::read(&live, &arms) {
            Err(mismatch) => (Routed::Broken(self.broken(&mismatch)), None),
            Ok(percent) => {
                let canary = percent.and_then(Weight::new);
                let (loaded, again) = self.loaded(&object, &live, canary).await;
                (Routed::Live { canary, loaded }, again)
            }
        }
    }

    fn broken(&self, mismatch: &Mismatch) -> String {
        format!("TraefikService \"{}\": {mismatch}", self.route)
    }

    async fn loaded(
        &self,
        object: &DynamicObject,
        live: &Value,
        canary: Option<Weight>,
    ) -> (Loaded, Option<Timestamp>) {
        let state = self.state(object);
        let known = self.ctx.routes.enter(self.key, &state, self.now);
        let Some(canary) = canary else {
            return (Loaded::NotYet("its weights are missing or do not add up to 100".to_owned()), None);
        };
        if let Err(lag) = self.slices_are_current() {
            return (Loaded::NotYet(lag), None);
        }
        if known.confirmed {
            return (Loaded::Yes, None);
        }
        if self.ctx.options.traefik_api.is_empty() {
            return (self.waited(&known), None);
        }
        let asked = match self.wanted(live, canary) {
            Ok(wanted) => ask::all_do(&self.ctx.routes.routers, &self.ctx.options.traefik_api, &wanted).await,
            Err(mismatch) => Err(self.broken(&mismatch)),
        };
        self.ctx.routes.note(self.key, &state, asked.is_ok());
        match asked {
            Ok(()) => (Loaded::Yes, None),
            Err(lacking) => (Loaded::NotYet(lacking), self.now.checked_add(wait(known.asked)).ok()),
        }
    }

    /// Without an API to ask, time tells: the throttle waited out since the state was first seen.
    fn waited(&self, known: &Known) -> Loaded {
        let throttle = SignedDuration::try_from(self.ctx.options.traefik_throttle).unwrap_or(SignedDuration::MAX);
        match waited::not_before([known.since], throttle) {
            Some(at) if at > self.now => Loaded::NotBefore(at),
            _ => {
                self.ctx.routes.note(self.key, &known.state, true);
                Loaded::Yes
            }
        }
    }

    /// Names one state of all objects that Traefik makes the route from.
    fn state(&self, route: &DynamicObject) -> String {
        let arms = [&self.arms.canary, &self.arms.stable].into_iter().filter_map(|arm| self.endpoints.get(arm));
        let objects = arms.flat_map(|one| {
            let slices = one.slices.iter().map(|slice| &slice.metadata);
            std::iter::once(&one.service.metadata).chain(slices)
        });
        let metas = std::iter::once(&route.metadata).chain(objects);
        let versions = metas.map(|meta| {
            let (uid, version) = (meta.uid.as_deref(), meta.resource_version.as_deref());
            [uid.unwrap_or_default(), version.unwrap_or_default()].join("@")
        });
        versions.collect::<Vec<_>>().join(" ")
    }

    /// Whether the EndpointSlices show what the Services select now. They lag behind a changed selector; Traefik, which
    /// follows them, would be seen to agree with what is already past.
    fn slices_are_current(&self) -> Result<(), String> {
        for arm in [&self.arms.canary, &self.arms.stable] {
            let Some(one) = self.endpoints.get(arm) else { return Err(format!("Service \"{arm}\" is missing")) };
            let Some(hash) = one.selects() else { continue };
            if let Some(pod) = one.left_over().first() {
                return Err(format!("the EndpointSlices of {arm} still list {pod}, which is not of {hash}"));
            }
            let ready =
                self.revisions.iter().find(|revision| revision.hash == hash).map_or(0, |revision| revision.ready);
            let listed = one.ready().len();
            if u32::try_from(listed).unwrap_or(u32::MAX) < ready {
                return Err(format!("the EndpointSlices of {arm} list {listed} of {ready} ready pods of {hash}"));
            }
        }
        Ok(())
    }

    fn wanted(&self, live: &Value, canary: Weight) -> Result<Wanted, Mismatch> {
        let arm = |name: &String, weight: Weight| {
            let listed = traefik::listed(live, name)?;
            let port = listed.port.as_deref();
            let servers = self.endpoints.get(name).filter(|_| listed.by_pod).map(|one| one.servers(port));
            Ok(Arm { service: service_name(&self.key.namespace, name, port), weight: weight.percent(), servers })
        };
        Ok(Wanted {
            weighted: weighted_name(&self.key.namespace, self.route),
            arms: vec![arm(&self.arms.canary, canary)?, arm(&self.arms.stable, canary.rest())?],
        })
    }
}

/// Ten times a second at first: Traefik is often done in 100 ms, and at most 2 s later. Then less and less often.
fn wait(asked: u32) -> SignedDuration {
    let factor = i32::try_from(asked / 20).unwrap_or(i32::MAX).saturating_add(1);
    SignedDuration::from_millis(100).saturating_mul(factor).min(SignedDuration::from_secs(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_router_is_asked_often_at_first_and_then_less() {
        let waits: Vec<i128> = [0, 19, 20, 100, 10_000].iter().map(|asked| wait(*asked).as_millis()).collect();
        assert_eq!(waits, [100, 100, 200, 600, 2000]);
    }

    #[test]
    fn what_was_confirmed_holds_until_an_object_changes() {
        let routes = Routes::new(ask::network());
        let key = Key::new("shop", "web");
        let enter = |state: &str| routes.enter(&key, state, Timestamp::UNIX_EPOCH).confirmed;
        assert!(!enter("a"));
        routes.note(&key, "stale", true);
        assert!(!enter("a"), "an answer about another state says nothing about this one");
        routes.note(&key, "a", true);
        assert!(enter("a"));
        assert!(!enter("b"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_makes_no_wait_longer_or_shorter() {
        let routes = Routes::new(ask::network());
        let key = Key::new("shop", "web");
        let begin = Timestamp::UNIX_EPOCH;
        assert_eq!(routes.enter(&key, "a", begin).since, begin);
        tokio::time::advance(std::time::Duration::from_secs(3)).await;
        for set in [SignedDuration::from_hours(1), SignedDuration::from_hours(-1)] {
            let now = begin + set + SignedDuration::from_secs(3);
            assert_eq!(routes.enter(&key, "a", now).since, begin + set);
        }
    }
}
