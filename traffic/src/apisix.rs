//! APISIX: the weights of an ApisixRoute's backends, and an ApisixRoute of the release's own for each route by header.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::managed::{Header, Managed, Rule, Text, escaped};
use crate::{Arms, Kind, Live, Mismatch, Object, Owner, Share, Taken, Write, edit};

/// Which conditions by header are for a prefix, by their places: to APISIX it is one expression like another.
const PREFIXES: &str = "sluice/header-prefixes";

/// What a Rollout's spec says of APISIX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The ApisixRoute.
    pub route: Object,
    /// Its weighted rules by name. None named: the rule of the route's own name, or its only one.
    pub rules: Vec<String>,
    /// The names of the routes that steps may add, which are ApisixRoutes of the release.
    pub managed: Vec<String>,
    /// ApisixRoutes that the release has made, as far as anybody knows: of names that `managed` may have lost meanwhile.
    pub left: Vec<Object>,
    /// Whose those are.
    pub owner: Owner,
}

impl Route {
    /// Every object it reads or writes.
    pub fn objects(&self) -> Vec<Object> {
        let managed = self.managed.iter().map(|name| self.added(name));
        std::iter::once(self.route.clone()).chain(managed).chain(self.lost().cloned()).collect()
    }

    /// What the live objects send where.
    pub fn read(&self, live: &Live, arms: &Arms) -> Result<Option<Share>, Mismatch> {
        let route = live.get(&self.route)?;
        let rules = self.rules(route, arms)?;
        let Some(first) = rules.first().map(|(_, rule)| *rule) else { return Ok(None) };
        let canary = backends(first).iter().find(|backend| service(backend) == Some(&arms.canary));
        let Some(canary) = canary.and_then(weight) else { return Ok(None) };
        let added: Result<Vec<_>, _> = self.managed.iter().map(|name| self.told(name, live)).collect();
        let left = self.lost().filter(|object| live.find(object).is_some());
        let left = left.map(|object| Managed { name: object.name.clone(), rule: Rule::Headers(Vec::new()) });
        let routes = added?.into_iter().flatten().chain(left).collect();
        let share = Share { canary, routes, ..Share::default() };
        Ok(self.writes(live, arms, &share)?.is_empty().then_some(share))
    }

    /// What makes them say that.
    pub fn writes(&self, live: &Live, arms: &Arms, share: &Share) -> Result<Vec<Write>, Mismatch> {
        let share = share.within(arms.whole);
        let route = live.get(&self.route)?;
        let wanted = self.wanted(route, arms, &share)?;
        let mut writes: Vec<Write> = edit::patch(&self.route, route, &wanted).into_iter().collect();
        for name in &self.managed {
            let managed = share.routes.iter().find(|managed| managed.name == *name);
            writes.extend(self.write(name, managed, live, route, arms)?);
        }
        // One of a lost name is left as it is while it may stay: nobody knows any more what it should be.
        let stays = |object: &&Object| share.routes.iter().any(|managed| managed.name == object.name);
        let go = self.lost().filter(|object| live.find(object).is_some() && !stays(object));
        writes.extend(go.map(|object| Write::Delete(object.clone())));
        Ok(writes)
    }

    /// Whether APISIX's controller has synced the routes, where it says so.
    pub fn taken(&self, live: &Live) -> Taken {
        let objects = self.objects();
        let told = objects.iter().filter_map(|object| live.find(object).map(|route| taken(object, route)));
        let told: Vec<Taken> = told.collect();
        let not_yet = told.iter().find(|taken| matches!(taken, Taken::NotYet(_)));
        let untold = || told.iter().find(|taken| **taken == Taken::Untold);
        not_yet.or_else(untold).cloned().unwrap_or(Taken::Yes)
    }

    /// Those that the release has made under names that it may use no longer.
    fn lost(&self) -> impl Iterator<Item = &Object> {
        self.left.iter().filter(|object| !self.managed.contains(&object.name) && **object != self.route)
    }

    /// The ApisixRoute of that managed route.
    fn added(&self, name: &str) -> Object {
        Object::new(Kind::ApisixRoute, &self.route.namespace, name)
    }

    /// The weighted rules, each with both backends.
    fn rules<'a>(&self, route: &'a Value, arms: &Arms) -> Result<Vec<(usize, &'a Value)>, Mismatch> {
        let http = edit::list(route, "/spec/http");
        let named = |name: &String| http.iter().enumerate().find(|(_, rule)| edit::text(rule, "name") == Some(name));
        let found: Vec<(usize, &Value)> = match (self.rules.as_slice(), http) {
            ([], [only]) => vec![(0, only)],
            ([], _) => vec![named(&self.route.name).ok_or_else(|| self.lacks_rule(&self.route.name, http))?],
            (listed, _) => {
                let found: Result<_, _> =
                    listed.iter().map(|name| named(name).ok_or_else(|| self.lacks_rule(name, http))).collect();
                found?
            }
        };
        found.iter().try_for_each(|(_, rule)| self.check(rule, arms))?;
        Ok(found)
    }

    fn lacks_rule(&self, name: &str, http: &[Value]) -> Mismatch {
        let listed = edit::names(http.iter().filter_map(|rule| edit::text(rule, "name")));
        self.route
            .mismatch(format!("spec.http has no rule \"{name}\"; named are {listed}; name one of them in the Rollout"))
    }

    fn check(&self, rule: &Value, arms: &Arms) -> Result<(), Mismatch> {
        for arm in [&arms.canary, &arms.stable] {
            let found = backends(rule).iter().filter(|backend| service(backend) == Some(arm)).count();
            if found != 1 {
                let listed = edit::names(backends(rule).iter().filter_map(service));
                let rule = edit::text(rule, "name").unwrap_or_default();
                return Err(self.route.mismatch(format!(
                    "rule \"{rule}\" has {found} backends for Service \"{arm}\", among {listed}; it needs one"
                )));
            }
        }
        Ok(())
    }

    fn wanted(&self, route: &Value, arms: &Arms, share: &Share) -> Result<Value, Mismatch> {
        let mut wanted = route.clone();
        for (at, _) in self.rules(route, arms)? {
            for (arm, weight) in [(&arms.canary, share.canary), (&arms.stable, share.stable(arms.whole))] {
                let backends = wanted.pointer_mut(&format!("/spec/http/{at}/backends")).and_then(Value::as_array_mut);
                let backend = backends.into_iter().flatten().find(|backend| service(backend) == Some(arm));
                if let Some(backend) = backend {
                    edit::set(backend, &["weight"], json!(weight));
                }
            }
        }
        Ok(wanted)
    }

    fn write(
        &self,
        name: &str,
        managed: Option<&Managed>,
        live: &Live,
        route: &Value,
        arms: &Arms,
    ) -> Result<Option<Write>, Mismatch> {
        let object = self.added(name);
        let there = live.find(&object);
        if let Some(there) = there {
            self.owner.check(&object, there)?;
        }
        let Some(Rule::Headers(headers)) = managed.map(|managed| &managed.rule) else {
            return Ok(there.map(|_| Write::Delete(object)));
        };
        let spec = self.spec(name, route, arms, headers)?;
        let Some(there) = there else {
            let mut created = edit::manifest(&object, &spec);
            note(&mut created, headers);
            return Ok(Some(Write::Create(object, created)));
        };
        let mut wanted = there.clone();
        edit::set(&mut wanted, &["spec"], spec);
        note(&mut wanted, headers);
        Ok(edit::patch(&object, there, &wanted))
    }

    /// The weighted rules once more: for requests with such headers, before the user's own, to the canary alone. Of two
    /// managed routes the one that stands first comes first.
    fn spec(&self, name: &str, route: &Value, arms: &Arms, headers: &[Header]) -> Result<Value, Mismatch> {
        let at = self.managed.iter().position(|managed| managed == name).unwrap_or_default();
        let above = i64::try_from(self.managed.len().saturating_sub(at)).unwrap_or(i64::MAX);
        let rules = self.rules(route, arms)?.into_iter().map(|(_, rule)| {
            let mut rule = rule.clone();
            let own = edit::list(&rule, "/match/exprs").to_vec();
            let exprs: Vec<Value> = own.into_iter().chain(headers.iter().map(expression)).collect();
            let canary: Vec<Value> =
                backends(&rule).iter().filter(|one| service(one) == Some(&arms.canary)).map(alone).collect();
            let priority = rule.get("priority").and_then(Value::as_i64).unwrap_or_default();
            edit::set(&mut rule, &["match", "exprs"], Value::Array(exprs));
            edit::set(&mut rule, &["priority"], json!(priority.saturating_add(above)));
            edit::set(&mut rule, &["backends"], Value::Array(canary));
            rule
        });
        let mut spec = route.get("spec").cloned().unwrap_or_default();
        edit::set(&mut spec, &["http"], Value::Array(rules.collect()));
        Ok(spec)
    }

    /// The route that a step added, as it reads; one that is not readable has no headers, as no step's.
    fn told(&self, name: &str, live: &Live) -> Result<Option<Managed>, Mismatch> {
        let object = self.added(name);
        let Some(there) = live.find(&object) else { return Ok(None) };
        self.owner.check(&object, there)?;
        let own = live.find(&self.route).map_or(0, |route| self.own_expressions(route));
        let prefixes = prefixes(there);
        let own = edit::list(there, "/spec/http/0/match/exprs").iter().skip(own).enumerate();
        let headers: Option<Vec<Header>> = own.map(|(at, one)| header(one, prefixes.contains(&at))).collect();
        Ok(Some(Managed { name: name.to_owned(), rule: Rule::Headers(headers.unwrap_or_default()) }))
    }

    /// How many conditions of the user's own the first weighted rule has.
    fn own_expressions(&self, route: &Value) -> usize {
        let http = edit::list(route, "/spec/http");
        let name = self.rules.first().unwrap_or(&self.route.name);
        let rule = http.iter().find(|rule| edit::text(rule, "name") == Some(name)).or(http.first());
        rule.map_or(0, |rule| edit::list(rule, "/match/exprs").len())
    }
}

fn backends(rule: &Value) -> &[Value] {
    edit::list(rule, "/backends")
}

fn service(backend: &Value) -> Option<&str> {
    edit::text(backend, "serviceName")
}

/// A backend that gets everything.
fn alone(backend: &Value) -> Value {
    let mut alone = backend.clone();
    edit::set(&mut alone, &["weight"], json!(100));
    alone
}

fn weight(backend: &Value) -> Option<u32> {
    backend.get("weight").and_then(Value::as_u64).and_then(|weight| u32::try_from(weight).ok())
}

fn expression(header: &Header) -> Value {
    let (op, value) = match &header.value {
        Text::Exact(text) => ("Equal", text.clone()),
        Text::Regex(text) => ("RegexMatch", text.clone()),
        Text::Prefix(text) => ("RegexMatch", format!("^{}", escaped(text))),
    };
    json!({"subject": {"scope": "Header", "name": header.name}, "op": op, "value": value})
}

fn header(expression: &Value, is_prefix: bool) -> Option<Header> {
    let name = expression.pointer("/subject/name")?.as_str()?.to_owned();
    let text = edit::text(expression, "value")?;
    let value = match edit::text(expression, "op")? {
        "Equal" => Text::Exact(text.to_owned()),
        "RegexMatch" if is_prefix => Text::Prefix(unescape(text.strip_prefix('^')?)),
        "RegexMatch" => Text::Regex(text.to_owned()),
        _ => return None,
    };
    Some(Header { name, value })
}

/// Notes which of the conditions by header are for a prefix.
fn note(object: &mut Value, headers: &[Header]) {
    let places = headers.iter().enumerate().filter(|(_, header)| matches!(header.value, Text::Prefix(_)));
    let places: Vec<String> = places.map(|(at, _)| at.to_string()).collect();
    if places.is_empty() && edit::annotation(object, PREFIXES).is_none() {
        return;
    }
    let Some(annotations) = edit::annotations(object) else { return };
    if places.is_empty() {
        annotations.remove(PREFIXES);
    } else {
        annotations.insert(PREFIXES.to_owned(), json!(places.join(",")));
    }
}

fn prefixes(object: &Value) -> BTreeSet<usize> {
    let places = edit::annotation(object, PREFIXES).unwrap_or_default();
    places.split(',').filter_map(|at| at.parse().ok()).collect()
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        plain.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    plain
}

/// Whether one ApisixRoute is synced.
fn taken(object: &Object, route: &Value) -> Taken {
    let conditions = edit::list(route, "/status/conditions");
    let Some(condition) = conditions.iter().find(|one| edit::text(one, "type") == Some("ResourcesAvailable")) else {
        return Taken::Untold;
    };
    let seen = condition.get("observedGeneration").and_then(Value::as_i64);
    let generation = route.pointer("/metadata/generation").and_then(Value::as_i64);
    if seen.is_none() || seen < generation {
        return Taken::NotYet(format!("{object} is not synced yet"));
    }
    if edit::text(condition, "status") == Some("True") {
        return Taken::Yes;
    }
    let message = edit::text(condition, "message").unwrap_or("without saying why");
    Taken::NotYet(format!("APISIX refuses {object}: {message}"))
}
