//! Routes that steps add: IngressRoutes of the release's own beside the user's.
//!
//! For each IngressRoute that sends to the TraefikService and each managed route there is one, with the same entry points,
//! TLS and middlewares: the user's rule for such requests only, before it, to the canary Service alone. A mirror goes to a
//! TraefikService of its own, which answers by the user's and copies to the canary Service.
//!
//! Each notes in an annotation which managed route it is for and what was written, so that whoever comes after a restart
//! knows, and follows what the user changes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::loaded::{Entry, Mirror, weighted_name};
use super::{Mismatch, Route, backends, rule};
use crate::managed::{Managed, Rule};
use crate::{Arms, Kind, Live, Object, Write, edit};

#[cfg(test)]
mod tests;

/// Tells for which managed route an object is, and its spec as it was written, as JSON.
const NOTE: &str = "sluice/managed-route";
/// Which Traefik an IngressRoute is for, where there are several.
const CLASS: &str = "kubernetes.io/ingress.class";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    route: Managed,
    spec: Value,
}

/// The objects of a managed route, with what they should be.
type Wanted = BTreeMap<Object, Value>;

impl Route {
    /// The IngressRoutes and TraefikServices that managed routes may be, and those that are left of some.
    pub(super) fn beside(&self) -> BTreeSet<Object> {
        let routes = self.entries.iter().flat_map(|entry| self.managed.iter().map(|name| self.added(entry, name)));
        let mirrors = self.managed.iter().map(|name| self.mirror(name));
        routes.chain(mirrors).chain(self.left.iter().cloned()).collect()
    }

    /// The managed routes that are there. One that is not as it should be has no headers, as no step's.
    pub fn told(&self, live: &Live, arms: &Arms) -> Vec<Managed> {
        let mut there: BTreeMap<String, Vec<(&Object, Option<Note>)>> = BTreeMap::new();
        let own = self.beside();
        for (object, found) in own.iter().filter_map(|object| Some((object, self.find_own(object, live)?))) {
            let note = noted(found);
            let name = note.as_ref().map_or(&object.name, |note| &note.route.name).clone();
            there.entry(name).or_default().push((object, note));
        }
        let place = |name: &String| self.managed.iter().position(|managed| managed == name).unwrap_or(usize::MAX);
        let mut told: Vec<Managed> =
            there.iter().map(|(name, objects)| self.told_of(name, objects, live, arms)).collect();
        told.sort_by_key(|route| place(&route.name));
        told
    }

    fn told_of(&self, name: &str, objects: &[(&Object, Option<Note>)], live: &Live, arms: &Arms) -> Managed {
        let route = objects.first().and_then(|(_, note)| Some(note.as_ref()?.route.clone()));
        let is_right = |route: &Managed| {
            let wanted = self.wanted(route, live, arms).unwrap_or_default();
            let all = wanted.keys().eq(objects.iter().map(|(object, _)| *object));
            all && wanted.iter().all(|(object, wanted)| live.find(object).is_some_and(|found| says(found, wanted)))
        };
        route.filter(is_right).unwrap_or_else(|| Managed { name: name.to_owned(), rule: Rule::Headers(Vec::new()) })
    }

    /// What makes these the managed routes. One without headers is left as it is: nobody knows what it should be.
    pub(super) fn beside_writes(
        &self,
        live: &Live,
        arms: &Arms,
        routes: &[Managed],
    ) -> Result<Vec<Write>, crate::Mismatch> {
        let told = self.told(live, arms);
        let mut keeps: BTreeSet<Object> = BTreeSet::new();
        let mut writes = Vec::new();
        for route in routes {
            if is_unknown(route) {
                keeps.extend(self.beside().into_iter().filter(|object| self.is_for(object, live, &route.name)));
                continue;
            }
            let wanted = self.wanted(route, live, arms)?;
            if !told.contains(route) {
                // TraefikServices come before the IngressRoutes that name them: kinds are in that order.
                for (object, wanted) in &wanted {
                    writes.extend(self.write(object, wanted, live)?);
                }
            }
            keeps.extend(wanted.into_keys());
        }
        let over = self.beside().into_iter().filter(|object| self.find_own(object, live).is_some());
        writes.extend(over.filter(|object| !keeps.contains(object)).rev().map(Write::Delete));
        Ok(writes)
    }

    /// Why no step can add a route now, if so.
    pub fn lacks(&self, live: &Live, arms: &Arms) -> Option<crate::Mismatch> {
        let probe = |name: &String| {
            let probe = Managed { name: name.clone(), rule: Rule::Mirror(Vec::new(), 0) };
            let wanted = self.wanted(&probe, live, arms)?;
            wanted.keys().try_for_each(|object| self.check_owner(object, live))
        };
        self.managed.iter().find_map(|name| probe(name).err())
    }

    /// What Traefik has to make of the IngressRoutes that steps may add, as they are now.
    pub fn loaded_entries(&self, live: &Live) -> Vec<Entry> {
        let routes = self.beside().into_iter().filter(|object| object.kind == Kind::IngressRoute);
        let entry = |object: Object| Entry {
            name: weighted_name(&object.namespace, &object.name),
            routers: self.find_own(&object, live).into_iter().flat_map(routers).collect(),
        };
        routes.map(entry).collect()
    }

    /// The same of the mirrors that are there.
    pub fn loaded_mirrors(&self, live: &Live) -> Vec<Mirror> {
        let mirror = |object: &Object| {
            let percent = self.find_own(object, live)?.pointer("/spec/mirroring/mirrors/0/percent")?.as_u64()?;
            Some(Mirror { name: weighted_name(&object.namespace, &object.name), percent })
        };
        self.beside().iter().filter_map(mirror).collect()
    }

    /// The IngressRoute of that managed route beside one of the user's.
    fn added(&self, entry: &Object, managed: &str) -> Object {
        Object::new(Kind::IngressRoute, &self.namespace, format!("{}.{}.{managed}", entry.name, self.owner.name))
    }

    fn mirror(&self, managed: &str) -> Object {
        Object::new(Kind::TraefikService, &self.namespace, format!("{}.{}.{managed}", self.name, self.owner.name))
    }

    /// The object if it is there and the Rollout's own.
    fn find_own<'a>(&self, object: &Object, live: &'a Live) -> Option<&'a Value> {
        live.find(object).filter(|found| self.owner.check(object, found).is_ok())
    }

    fn check_owner(&self, object: &Object, live: &Live) -> Result<(), crate::Mismatch> {
        live.find(object).map_or(Ok(()), |found| self.owner.check(object, found))
    }

    fn is_for(&self, object: &Object, live: &Live, name: &str) -> bool {
        let Some(found) = self.find_own(object, live) else { return false };
        noted(found).map_or(object.name == name, |note| note.route.name == name)
    }

    fn write(&self, object: &Object, wanted: &Value, live: &Live) -> Result<Option<Write>, crate::Mismatch> {
        self.check_owner(object, live)?;
        let Some(found) = live.find(object) else { return Ok(Some(Write::Create(object.clone(), wanted.clone()))) };
        let mut changed = found.clone();
        label(&mut changed, wanted);
        edit::set(&mut changed, &["spec"], wanted.get("spec").cloned().unwrap_or_default());
        Ok(edit::patch(object, found, &changed))
    }

    /// The objects of a managed route as they should be; at least one IngressRoute.
    fn wanted(&self, managed: &Managed, live: &Live, arms: &Arms) -> Result<Wanted, crate::Mismatch> {
        let canary = self.canary(live, arms)?;
        let mut wanted = Wanted::new();
        for (entry, found) in self.entries.iter().filter_map(|entry| Some((entry, live.find(entry)?))) {
            if let Some(spec) = self.spec(entry, found, managed, &canary)? {
                let object = self.added(entry, &managed.name);
                wanted.insert(object.clone(), manifest(&object, found, managed, &spec));
            }
        }
        if wanted.is_empty() {
            return Err(self.object().mismatch(Mismatch::NoEntry { namespace: self.namespace.clone() }));
        }
        if let Rule::Mirror(_, percent) = managed.rule {
            let (object, mut copied) = (self.mirror(&managed.name), canary);
            edit::set(&mut copied, &["percent"], json!(percent));
            let main = json!({"kind": Kind::TraefikService.name(), "name": self.name, "mirrors": [copied]});
            wanted.insert(object.clone(), manifest(&object, &Value::Null, managed, &json!({"mirroring": main})));
        }
        Ok(wanted)
    }

    /// The canary Service as the TraefikService lists it, for itself alone.
    fn canary(&self, live: &Live, arms: &Arms) -> Result<Value, crate::Mismatch> {
        let object = self.object();
        let backends = backends(live.get(&object)?).map_err(|why| object.mismatch(why))?;
        let mut fields = backends.find(&arms.canary).map_err(|why| object.mismatch(why))?.fields.clone();
        if let Some(fields) = fields.as_object_mut() {
            fields.remove("weight");
        }
        Ok(fields)
    }

    /// The spec beside that of a user's IngressRoute; `None` where that does not send to the TraefikService any more.
    fn spec(
        &self,
        entry: &Object,
        found: &Value,
        managed: &Managed,
        canary: &Value,
    ) -> Result<Option<Value>, crate::Mismatch> {
        let routes = edit::list(found, "/spec/routes").iter().filter(|route| self.sends_here(route));
        let routes: Vec<Value> =
            routes.map(|route| self.narrowed(entry, route, managed, canary)).collect::<Result<_, _>>()?;
        let mut spec = found.get("spec").cloned().unwrap_or_default();
        edit::set(&mut spec, &["routes"], Value::Array(routes.clone()));
        Ok((!routes.is_empty()).then_some(spec))
    }

    fn narrowed(
        &self,
        entry: &Object,
        route: &Value,
        managed: &Managed,
        canary: &Value,
    ) -> Result<Value, crate::Mismatch> {
        if edit::text(route, "syntax").is_some_and(|syntax| syntax != "v3") {
            return Err(entry.mismatch(Mismatch::OldSyntax));
        }
        let own = edit::text(route, "match").unwrap_or_default();
        let mut narrowed = route.clone();
        edit::set(&mut narrowed, &["match"], json!(rule::narrowed(own, managed)));
        edit::set(&mut narrowed, &["priority"], json!(priority(route).saturating_add(self.above(&managed.name))));
        let services = match managed.rule {
            Rule::Headers(_) => vec![canary.clone()],
            Rule::Mirror(..) => self.copying(route, &managed.name),
        };
        edit::set(&mut narrowed, &["services"], Value::Array(services));
        Ok(narrowed)
    }

    /// By how much it comes before the user's own: of two managed routes the one that stands first comes first.
    fn above(&self, managed: &str) -> i64 {
        let at = self.managed.iter().position(|name| name == managed).unwrap_or_default();
        i64::try_from(self.managed.len().saturating_sub(at)).unwrap_or(1)
    }

    /// The services of a route with the mirror in the place of the TraefikService.
    fn copying(&self, route: &Value, managed: &str) -> Vec<Value> {
        let services = edit::list(route, "/services").iter().cloned();
        let replaced = services.map(|mut service| {
            if self.is_named_by(&service) {
                edit::set(&mut service, &["name"], json!(self.mirror(managed).name));
            }
            service
        });
        replaced.collect()
    }

    fn sends_here(&self, route: &Value) -> bool {
        edit::list(route, "/services").iter().any(|service| self.is_named_by(service))
    }

    fn is_named_by(&self, service: &Value) -> bool {
        named(service, &self.namespace) == Some(&self.name)
    }
}

/// The TraefikServices of its own namespace that an IngressRoute sends to, by name.
pub fn sends_to<'a>(entry: &'a Value, namespace: &str) -> BTreeSet<&'a str> {
    let services = edit::list(entry, "/spec/routes").iter().flat_map(|route| edit::list(route, "/services"));
    services.filter_map(|service| named(service, namespace)).collect()
}

/// The TraefikService of that namespace that an entry of a route names.
fn named<'a>(service: &'a Value, namespace: &str) -> Option<&'a str> {
    let is_here = edit::text(service, "namespace").is_none_or(|there| there.is_empty() || there == namespace);
    let is_kind = edit::text(service, "kind") == Some(Kind::TraefikService.name());
    edit::text(service, "name").filter(|_| is_here && is_kind)
}

/// The rule and the priority of each route.
fn routers(found: &Value) -> Vec<(String, i64)> {
    let routes = edit::list(found, "/spec/routes").iter();
    routes.map(|route| (edit::text(route, "match").unwrap_or_default().to_owned(), priority(route))).collect()
}

/// A user's route comes by its priority; without one, by the length of its rule.
fn priority(route: &Value) -> i64 {
    let given = route.get("priority").and_then(Value::as_i64).filter(|priority| *priority != 0);
    let length = edit::text(route, "match").unwrap_or_default().len();
    given.unwrap_or_else(|| i64::try_from(length).unwrap_or_default())
}

/// The object with that spec. What of the user's labels and annotations says which Traefik it is for, it has too.
fn manifest(object: &Object, user_s: &Value, managed: &Managed, spec: &Value) -> Value {
    let mut made = edit::manifest(object, spec);
    label(&mut made, user_s);
    let note = json!({"route": managed, "spec": spec}).to_string();
    edit::set(&mut made, &["metadata", "annotations", NOTE], json!(note));
    made
}

/// Gives an object those labels, that class and that note.
fn label(object: &mut Value, like: &Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("labels");
        metadata.extend(like.pointer("/metadata/labels").map(|labels| ("labels".to_owned(), labels.clone())));
    }
    let Some(annotations) = edit::annotations(object) else { return };
    for name in [CLASS, NOTE] {
        annotations.remove(name);
        annotations.extend(edit::annotation(like, name).map(|text| (name.to_owned(), json!(text))));
    }
}

fn noted(found: &Value) -> Option<Note> {
    serde_json::from_str(edit::annotation(found, NOTE)?).ok()
}

/// Whether a live object is the wanted one: what was written last is what should be, and is still there.
fn says(found: &Value, wanted: &Value) -> bool {
    let part = |value: &Value, path: &str| value.pointer(path).cloned().unwrap_or_default();
    let same_labels = part(found, "/metadata/labels") == part(wanted, "/metadata/labels");
    let same_class = edit::annotation(found, CLASS) == edit::annotation(wanted, CLASS);
    same_labels
        && same_class
        && noted(found) == noted(wanted)
        && edit::says(&part(found, "/spec"), &part(wanted, "/spec"))
}

/// Whether nobody knows what the managed route should be.
fn is_unknown(route: &Managed) -> bool {
    matches!(&route.rule, Rule::Headers(headers) if headers.is_empty())
}
