//! What the routers were told, and whether all of them do it.
//!
//! Asks nothing in a settled world: what every replica was once seen to do stays confirmed until one of the objects
//! that it follows from changes.

pub mod ask;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::DynamicObject;
use sluice_core::observed::{Loaded, Revision, Routed};
use sluice_core::spec::{self, CanaryServices};
use sluice_core::weight::Weight;
use sluice_crds::Rollout;
use sluice_traffic::traefik::loaded::{Arm, Wanted, service_name, weighted_name};
use sluice_traffic::{Arms, Kind, Live, Mismatch, Object, Router, Share, Taken, traefik, waited};
use tokio::time::Instant;

use crate::context::Context;
use crate::key::Key;
use crate::observe::aside::Beside;
use crate::observe::endpoints::Endpoints;
use crate::routing::{Routing, as_value, from_router};
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
    if canary.canary_service.is_some() || canary.stable_service.is_some() || canary.ping_pong.is_some() {
        return None;
    }
    let name = &canary.traffic_routing.as_ref()?.traefik.as_ref()?.weighted_traefik_service_name;
    let live = ctx.caches.routes.get(Kind::TraefikService, &key.beside(name))?;
    let (canary, stable) = traefik::arms(&as_value(&live)).ok()?;
    Some(CanaryServices { canary, stable })
}

/// One look at a Rollout's routers.
pub(super) struct Look<'a> {
    pub(super) ctx: &'a Context,
    pub(super) key: &'a Key,
    pub(super) routing: &'a Routing,
    pub(super) endpoints: &'a BTreeMap<String, Endpoints>,
    pub(super) beside: &'a BTreeMap<String, Beside>,
    pub(super) revisions: &'a [Revision],
    pub(super) now: Timestamp,
}

/// One router's objects, and what they say.
struct Read<'a> {
    router: &'a Router,
    live: Live,
    share: Option<Share>,
    taken: Taken,
    lacks: Option<Mismatch>,
}

impl Look<'_> {
    /// What the routes say and whether it is done, and when to ask again if it is not.
    pub(super) async fn read(&self) -> (Routed, Option<Timestamp>) {
        let objects = match self.objects() {
            Ok(objects) => objects,
            Err(broken) => return (Routed::Broken(broken), None),
        };
        let reads: Result<Vec<Read>, _> =
            self.routing.routers.iter().map(|router| self.read_one(router, &objects)).collect();
        match reads {
            Err(mismatch) => (Routed::Broken(mismatch.to_string()), None),
            Ok(reads) => {
                let share = agreed(&reads);
                let (loaded, again) = self.loaded(&objects, &reads, share).await;
                let whole = self.routing.arms.whole;
                let weight = |parts: u32| Weight::of(parts, whole).unwrap_or_default();
                let others = share.into_iter().flat_map(|share| &share.others);
                let others = others.map(|(name, parts)| (name.clone(), weight(*parts))).collect();
                let canary = share.and_then(|share| Weight::of(share.canary, whole));
                let no_routes = reads.iter().find_map(|read| read.lacks.as_ref()).map(ToString::to_string);
                (Routed::Live { canary, others, managed: managed(&reads), no_routes, loaded }, again)
            }
        }
    }

    /// All objects of all routers, as far as they exist; or why nobody can tell.
    fn objects(&self) -> Result<BTreeMap<Object, Arc<DynamicObject>>, String> {
        let mut surroundings = self.routing.routers.iter().filter_map(Router::surroundings);
        if let Some(why) = surroundings.find_map(|kind| self.ctx.caches.routes.unreadable(kind)) {
            return Err(why);
        }
        let named = self.routing.routers.iter().flat_map(Router::objects);
        let found = named.map(|object| Ok((object.clone(), self.ctx.caches.routes.find(&object)?)));
        let found: Vec<(Object, Option<_>)> = found.collect::<Result<_, String>>()?;
        Ok(found.into_iter().filter_map(|(object, there)| Some((object, there?))).collect())
    }

    fn read_one<'a>(
        &self,
        router: &'a Router,
        objects: &BTreeMap<Object, Arc<DynamicObject>>,
    ) -> Result<Read<'a>, Mismatch> {
        let own = router.objects().into_iter();
        let live: Live = own.filter_map(|name| Some((name.clone(), as_value(objects.get(&name)?)))).collect();
        let share = router.read(&live, &self.routing.arms)?;
        let (taken, lacks) = (router.taken(&live), router.lacks(&live, &self.routing.arms));
        Ok(Read { router, live, share, taken, lacks })
    }

    async fn loaded(
        &self,
        objects: &BTreeMap<Object, Arc<DynamicObject>>,
        reads: &[Read<'_>],
        share: Option<&Share>,
    ) -> (Loaded, Option<Timestamp>) {
        let state = self.state(objects, reads, share);
        let known = self.ctx.routes.enter(self.key, &state, self.now);
        if share.is_none() {
            return (Loaded::NotYet(disagreement(reads).to_owned()), None);
        }
        if let Err(lag) = self.slices_are_current().and_then(|()| self.slices_beside_are_current(share)) {
            return (Loaded::NotYet(lag), None);
        }
        if known.confirmed {
            return (Loaded::Yes, None);
        }
        let mut all = Loaded::Yes;
        for read in reads {
            all = later(all, self.done(read, &known).await);
        }
        if all == Loaded::Yes {
            self.ctx.metrics.releases.router_lag.observe(known.begun.elapsed().as_secs_f64());
        }
        self.ctx.routes.note(self.key, &state, all == Loaded::Yes);
        let asking = matches!(all, Loaded::NotYet(_)) && !self.ctx.options.traefik_api.is_empty();
        let again = asking.then(|| self.now.checked_add(wait(known.asked)).ok()).flatten();
        (all, again)
    }

    /// Whether one router does what its objects say.
    async fn done(&self, read: &Read<'_>, known: &Known) -> Loaded {
        let options = &self.ctx.options;
        match (read.router, &read.share) {
            (Router::Traefik(route), Some(share)) if !options.traefik_api.is_empty() => {
                self.asked(route, &read.live, share).await
            }
            (Router::Traefik(_), _) => self.waited(known, options.traefik_throttle),
            _ => match &read.taken {
                Taken::NotYet(lacking) => Loaded::NotYet(lacking.clone()),
                Taken::Yes | Taken::Untold => self.waited(known, options.router_throttle),
            },
        }
    }

    /// Whether every replica of Traefik does it, by its API.
    async fn asked(&self, route: &traefik::Route, live: &Live, share: &Share) -> Loaded {
        let (routers, apis) = (&self.ctx.routes.routers, &self.ctx.options.traefik_api);
        let wanted = self.wanted(route, live, share);
        let asked = match wanted {
            Ok(wanted) => ask::all_do(routers, apis, &wanted).await,
            Err(mismatch) => Err(mismatch.to_string()),
        };
        asked.map_or_else(Loaded::NotYet, |()| Loaded::Yes)
    }

    /// Without an API to ask, time tells: the throttle waited out since the state was first seen.
    fn waited(&self, known: &Known, throttle: Duration) -> Loaded {
        let throttle = SignedDuration::try_from(throttle).unwrap_or(SignedDuration::MAX);
        match waited::not_before([known.since], throttle) {
            Some(at) if at > self.now => Loaded::NotBefore(at),
            _ => Loaded::Yes,
        }
    }

    /// Names one state of all objects that routers make the routes from, whichever Service is called which.
    fn state(
        &self,
        routes: &BTreeMap<Object, Arc<DynamicObject>>,
        reads: &[Read<'_>],
        share: Option<&Share>,
    ) -> String {
        let Arms { canary, stable, .. } = &self.routing.arms;
        let arms = BTreeSet::from([canary, stable]);
        let arms = arms.into_iter().filter_map(|arm| self.endpoints.get(arm));
        let objects = arms.chain(self.given(share).map(|one| &one.endpoints)).flat_map(|one| {
            let slices = one.slices.iter().map(|slice| &slice.metadata);
            std::iter::once(&one.service.metadata).chain(slices)
        });
        let routes = routes.iter().map(|(name, route)| state_of_route(name.kind, &route.metadata));
        let taken = reads.iter().map(|read| if read.taken == Taken::Yes { "taken".to_owned() } else { String::new() });
        routes.chain(taken).chain(objects.map(state_of)).collect::<Vec<_>>().join(" ")
    }

    /// Whether the EndpointSlices show what the Services select now. They lag behind a changed selector; a router, which
    /// follows them, would be seen to agree with what is already past.
    fn slices_are_current(&self) -> Result<(), String> {
        let Arms { canary, stable, .. } = &self.routing.arms;
        for arm in [canary, stable] {
            let Some(one) = self.endpoints.get(arm) else {
                if self.routing.subset(arm).is_some() {
                    continue;
                }
                return Err(format!("Service \"{arm}\" is missing"));
            };
            let Some(hash) = one.selects() else { continue };
            if let Some(pod) = one.left_over().first() {
                return Err(format!("the EndpointSlices of {arm} still list {pod}, which is not of {hash}"));
            }
            let ready =
                self.revisions.iter().find(|revision| revision.hash == hash).map_or(0, |revision| revision.ready);
            if let Some(listed) = one.lists_fewer_than(ready) {
                return Err(format!("the EndpointSlices of {arm} list {listed} of {ready} ready pods of {hash}"));
            }
        }
        Ok(())
    }

    /// The same for the Services of experiments that have a share.
    fn slices_beside_are_current(&self, share: Option<&Share>) -> Result<(), String> {
        for Beside { aside, endpoints, ready } in self.given(share) {
            if let Some(listed) = endpoints.lists_fewer_than(*ready) {
                return Err(format!("the EndpointSlices of {} list {listed} of {ready} ready pods", aside.service));
            }
        }
        Ok(())
    }

    /// The Services of experiments that have a share.
    fn given(&self, share: Option<&Share>) -> impl Iterator<Item = &Beside> {
        let names = share.into_iter().flat_map(|share| share.others.keys());
        names.filter_map(|name| self.beside.get(name))
    }

    fn wanted(&self, route: &traefik::Route, live: &Live, share: &Share) -> Result<Wanted, Mismatch> {
        let Arms { namespace, canary, stable, whole } = &self.routing.arms;
        let object = live.get(&route.object())?;
        let arm = |name: &String, weight: u32| {
            let listed = traefik::listed(object, name).map_err(|why| route.object().mismatch(why))?;
            let port = listed.port.as_deref();
            let endpoints = self.endpoints.get(name).or_else(|| self.beside.get(name).map(|one| &one.endpoints));
            let servers = endpoints.filter(|_| listed.by_pod).map(|one| one.servers(port));
            Ok(Arm { service: service_name(namespace, name, port), weight, servers })
        };
        let others = share.others.iter().map(|(name, weight)| arm(name, *weight));
        let arms = [arm(canary, share.canary), arm(stable, share.stable(*whole))].into_iter().chain(others);
        Ok(Wanted {
            weighted: weighted_name(&route.namespace, &route.name),
            arms: arms.collect::<Result<_, _>>()?,
            entries: route.loaded_entries(live),
            mirrors: route.loaded_mirrors(live),
        })
    }
}

/// Gateways write into a route's status whenever they like: what it says counts, and not when it was written.
fn state_of_route(kind: Kind, meta: &ObjectMeta) -> String {
    use Kind::{ApisixRoute, GrpcRoute, HttpRoute, TcpRoute, TlsRoute, VirtualService};
    match (kind, meta.generation) {
        (HttpRoute | GrpcRoute | TcpRoute | TlsRoute | VirtualService | ApisixRoute, Some(generation)) => {
            format!("{}@{generation}", meta.uid.as_deref().unwrap_or_default())
        }
        _ => state_of(meta),
    }
}

fn state_of(meta: &ObjectMeta) -> String {
    let (uid, version) = (meta.uid.as_deref(), meta.resource_version.as_deref());
    [uid.unwrap_or_default(), version.unwrap_or_default()].join("@")
}

/// What all routers say, if they say the same.
fn agreed<'a>(reads: &'a [Read<'_>]) -> Option<&'a Share> {
    let (first, rest) = reads.split_first()?;
    let of = |share: &'a Share| (share.canary, &share.others);
    let first = first.share.as_ref()?;
    rest.iter().all(|read| read.share.as_ref().map(of) == Some(of(first))).then_some(first)
}

/// The routes that steps added, if every router that has some has all that it can have of them.
fn managed(reads: &[Read<'_>]) -> Option<Vec<spec::ManagedRoute>> {
    let able = reads.iter().filter(|read| read.router.has_managed());
    let all: Option<Vec<_>> = able.map(|read| Some((read.router, &read.share.as_ref()?.routes))).collect();
    let all = all?;
    let Some((_, most)) = all.iter().max_by_key(|(_, routes)| routes.len()) else { return Some(Vec::new()) };
    let agreed = all.iter().all(|(router, routes)| **routes == router.takes(most));
    agreed.then(|| most.iter().map(from_router).collect())?
}

/// Why they do not.
fn disagreement(reads: &[Read<'_>]) -> &'static str {
    if reads.iter().any(|read| read.share.is_none()) {
        "its weights are missing or do not add up to all traffic"
    } else {
        "the routers have different weights"
    }
}

/// Of two, the one that holds longer.
fn later(one: Loaded, other: Loaded) -> Loaded {
    match (one, other) {
        (Loaded::NotYet(lacking), _) | (_, Loaded::NotYet(lacking)) => Loaded::NotYet(lacking),
        (Loaded::NotBefore(one), Loaded::NotBefore(other)) => Loaded::NotBefore(one.max(other)),
        (Loaded::NotBefore(at), Loaded::Yes) | (Loaded::Yes, Loaded::NotBefore(at)) => Loaded::NotBefore(at),
        (Loaded::Yes, Loaded::Yes) => Loaded::Yes,
    }
}

/// Ten times a second at first: Traefik is often done in 100 ms, and at most 2 s later. Then less and less often.
fn wait(asked: u32) -> SignedDuration {
    let factor = i32::try_from(asked / 20).unwrap_or(i32::MAX).saturating_add(1);
    SignedDuration::from_millis(100).saturating_mul(factor).min(SignedDuration::from_secs(2))
}

#[cfg(test)]
mod tests {
    use sluice_traffic::{Owner, smi};

    use super::*;

    #[test]
    fn the_router_is_asked_often_at_first_and_then_less() {
        let waits: Vec<i128> = [0, 19, 20, 100, 10_000].iter().map(|asked| wait(*asked).as_millis()).collect();
        assert_eq!(waits, [100, 100, 200, 600, 2000]);
    }

    #[test]
    fn of_several_routers_the_one_that_holds_longest_counts() {
        let at = |seconds| Loaded::NotBefore(Timestamp::from_second(seconds).unwrap_or_default());
        let lacks = || Loaded::NotYet("a weight".to_owned());
        for (one, other, both) in [
            (Loaded::Yes, Loaded::Yes, Loaded::Yes),
            (Loaded::Yes, at(5), at(5)),
            (at(7), at(5), at(7)),
            (at(7), lacks(), lacks()),
            (lacks(), Loaded::Yes, lacks()),
        ] {
            assert_eq!(later(one.clone(), other.clone()), both, "{one:?} and {other:?}");
            assert_eq!(later(other, one), both);
        }
    }

    #[test]
    fn routers_that_disagree_say_nothing_so_that_all_are_told_again() {
        let router = Router::Smi(smi::Route {
            split: Object::new(Kind::TrafficSplit, "ns", "web"),
            root: None,
            owner: Owner { name: "web".to_owned() },
        });
        let read = |canary: Option<u32>| Read {
            router: &router,
            live: Live::default(),
            share: canary.map(Share::of_canary),
            taken: Taken::Untold,
            lacks: None,
        };
        let agree = |shares: &[Option<u32>]| {
            agreed(&shares.iter().map(|one| read(*one)).collect::<Vec<_>>()).map(|share| share.canary)
        };
        assert_eq!(agree(&[Some(20), Some(20)]), Some(20));
        assert_eq!(agree(&[Some(20), Some(5)]), None);
        assert_eq!(agree(&[Some(20), None]), None);
        assert_eq!(agree(&[None, None]), None);
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
