//! Whether one Traefik replica does what its objects say, by the answers of its API.
//!
//! The API is served from the same configuration as the routers and switched in the same call, so
//! "the API shows it" means "traffic follows it". Each replica lags on its own: ask every one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

#[cfg(test)]
mod tests;

/// What one replica has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Traefik's name of the weighted service; see [`weighted_name`].
    pub weighted: String,
    /// What each Service behind it has to be.
    pub arms: Vec<Arm>,
    /// What each IngressRoute that steps may add has to be.
    pub entries: Vec<Entry>,
    /// What each mirror that a step added has to be.
    pub mirrors: Vec<Mirror>,
}

/// The routers that Traefik makes of one IngressRoute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Traefik's name of it; see [`weighted_name`].
    pub name: String,
    /// The rule and the priority of each; none where the IngressRoute is not there.
    pub routers: BTreeSet<(String, i64)>,
}

/// A TraefikService that copies requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// Traefik's name of it; see [`weighted_name`].
    pub name: String,
    /// How many of a hundred.
    pub percent: u64,
}

/// One Service behind a weighted service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    /// Traefik's name of it; see [`service_name`].
    pub service: String,
    /// Its share in percent.
    pub weight: u32,
    /// `host:port` of each ready pod. `None` where Traefik sends to the Service's own address
    /// (`nativeLB`) or to nodes, and so never shows pods.
    pub servers: Option<BTreeSet<String>>,
}

/// The answers of one replica by [`path`]; an `Err` says why there is none.
pub type Answers = BTreeMap<String, Result<Value, String>>;

/// What a replica does not do yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotYet(String);

impl Wanted {
    /// The same by weights alone: one path to ask for, and nothing else is worth asking while that lags.
    pub fn by_weight(&self) -> Self {
        let arms = self.arms.iter().map(|arm| Arm { servers: None, ..arm.clone() }).collect();
        Self { weighted: self.weighted.clone(), arms, entries: Vec::new(), mirrors: Vec::new() }
    }

    /// The paths to ask a replica for.
    pub fn paths(&self) -> Vec<String> {
        let shown = self.arms.iter().filter(|arm| arm.servers.is_some());
        let mirrors = self.mirrors.iter().map(|mirror| &mirror.name);
        let services = std::iter::once(&self.weighted).chain(shown.map(|arm| &arm.service)).chain(mirrors);
        services.map(|name| path(name)).chain(self.entries.iter().map(|entry| search(&entry.name))).collect()
    }
}

/// Traefik's name of a TraefikService.
pub fn weighted_name(namespace: &str, name: &str) -> String {
    normalize(&format!("{namespace}-{name}"))
}

/// Traefik's name of a Service that is listed with that port (a number or a name, as listed).
pub fn service_name(namespace: &str, name: &str, port: Option<&str>) -> String {
    match port {
        Some(port) => normalize(&format!("{namespace}-{name}-{port}")),
        None => weighted_name(namespace, name),
    }
}

/// Where Traefik's API answers for one of its services.
pub fn path(service: &str) -> String {
    format!("/api/http/services/{service}@kubernetescrd")
}

/// Where Traefik's API lists the routers of an IngressRoute, and those of others with such a name.
pub fn search(entry: &str) -> String {
    format!("/api/http/routers?search={entry}-&per_page=1000")
}

/// Whether these answers are those of a replica that does what is wanted.
pub fn loaded(answers: &Answers, wanted: &Wanted) -> Result<(), NotYet> {
    let weighted = answer(answers, &wanted.weighted)?;
    let weights = weights(weighted);
    for arm in &wanted.arms {
        has_weight(&weights, arm)?;
        if let Some(servers) = &arm.servers {
            has_servers(answer(answers, &arm.service)?, arm, servers)?;
        }
    }
    wanted.entries.iter().try_for_each(|entry| has_routers(answers, entry))?;
    wanted.mirrors.iter().try_for_each(|mirror| copies(answer(answers, &mirror.name)?, mirror))
}

/// Each run of anything but letters and digits becomes one dash, as in Traefik.
fn normalize(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-")
}

fn answer<'a>(answers: &'a Answers, service: &str) -> Result<&'a Value, NotYet> {
    is_well(service, at(answers, service, &path(service))?)
}

fn at<'a>(answers: &'a Answers, name: &str, path: &str) -> Result<&'a Value, NotYet> {
    match answers.get(path) {
        None => Err(NotYet(format!("{name}: not asked"))),
        Some(Err(why)) => Err(NotYet(format!("{name}: {why}"))),
        Some(Ok(value)) => Ok(value),
    }
}

fn is_well<'a>(service: &str, value: &'a Value) -> Result<&'a Value, NotYet> {
    match value.get("status").and_then(Value::as_str) {
        Some("enabled" | "warning") => Ok(value),
        status => Err(NotYet(format!("{service}: {}{}", status.unwrap_or("no status"), errors(value)))),
    }
}

fn errors(value: &Value) -> String {
    let list = value.get("error").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).fold(String::new(), |text, error| text + ": " + error)
}

/// Weights by name; a name may or may not carry its provider.
fn weights(weighted: &Value) -> BTreeMap<&str, Option<u64>> {
    let list = weighted.pointer("/weighted/services").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|entry| {
        let name = entry.get("name")?.as_str()?;
        let name = name.strip_suffix("@kubernetescrd").unwrap_or(name);
        Some((name, entry.get("weight").and_then(Value::as_u64)))
    })
    .collect()
}

fn has_weight(weights: &BTreeMap<&str, Option<u64>>, arm: &Arm) -> Result<(), NotYet> {
    let said = weights.get(arm.service.as_str()).copied().flatten();
    if said == Some(u64::from(arm.weight)) {
        return Ok(());
    }
    let said = said.map_or_else(|| "none".to_owned(), |weight| weight.to_string());
    Err(NotYet(format!("{} has weight {said}, not {}", arm.service, arm.weight)))
}

/// Whether the routers are those, and none of them in trouble.
fn has_routers(answers: &Answers, entry: &Entry) -> Result<(), NotYet> {
    let all = at(answers, &entry.name, &search(&entry.name))?.as_array();
    let found: Vec<&Value> = all.into_iter().flatten().filter(|router| is_of(router, &entry.name)).collect();
    let said: BTreeSet<(String, i64)> = found.iter().filter_map(|router| router_of(router)).collect();
    if let Some((rule, _)) = entry.routers.difference(&said).next() {
        return Err(NotYet(format!("{} lacks the router of {rule}", entry.name)));
    }
    if let Some((rule, _)) = said.difference(&entry.routers).next() {
        return Err(NotYet(format!("{} still has the router of {rule}", entry.name)));
    }
    found.iter().try_for_each(|router| is_well(&entry.name, router).map(drop))
}

/// Whether a router is one of that IngressRoute: Traefik adds twenty digits and its provider to the name.
fn is_of(router: &Value, entry: &str) -> bool {
    let name = router.get("name").and_then(Value::as_str).and_then(|name| name.strip_suffix("@kubernetescrd"));
    let rest = name.and_then(|name| name.strip_prefix(entry)?.strip_prefix('-'));
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_hexdigit()))
}

fn router_of(router: &Value) -> Option<(String, i64)> {
    Some((router.get("rule")?.as_str()?.to_owned(), router.get("priority").and_then(Value::as_i64)?))
}

fn copies(value: &Value, mirror: &Mirror) -> Result<(), NotYet> {
    let said = value.pointer("/mirroring/mirrors/0/percent").and_then(Value::as_u64).unwrap_or_default();
    if said == mirror.percent {
        return Ok(());
    }
    Err(NotYet(format!("{} copies {said} %, not {}", mirror.name, mirror.percent)))
}

fn has_servers(value: &Value, arm: &Arm, wanted: &BTreeSet<String>) -> Result<(), NotYet> {
    let servers = servers(value);
    let list = |servers: Vec<&String>| servers.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let lacks: Vec<&String> = wanted.difference(&servers).collect();
    if !lacks.is_empty() {
        return Err(NotYet(format!("{} lacks {}", arm.service, list(lacks))));
    }
    let keeps: Vec<&String> = servers.difference(wanted).collect();
    if !keeps.is_empty() {
        return Err(NotYet(format!("{} still has {}", arm.service, list(keeps))));
    }
    serves(value, arm)
}

/// Fails when the arm has a share and Traefik's own health check holds every server for down.
///
/// One server that is down must not hold a release up: Traefik leaves it out by itself.
fn serves(value: &Value, arm: &Arm) -> Result<(), NotYet> {
    let Some(status) = value.get("serverStatus").and_then(Value::as_object) else {
        return Ok(());
    };
    let down = !status.is_empty() && status.values().all(|status| status == "DOWN");
    if down && arm.weight > 0 {
        return Err(NotYet(format!("{}: Traefik's health check has every server down", arm.service)));
    }
    Ok(())
}

/// `host:port` of the servers that take new requests.
///
/// A fenced one belongs to a terminating pod: only holders of its sticky cookie reach it.
fn servers(value: &Value) -> BTreeSet<String> {
    let list = value.pointer("/loadBalancer/servers").and_then(Value::as_array).into_iter().flatten();
    list.filter(|server| server.get("fenced") != Some(&Value::Bool(true)))
        .filter_map(|server| server.get("url")?.as_str())
        .map(|url| url.split_once("://").map_or(url, |(_, host)| host).trim_end_matches('/').to_owned())
        .collect()
}
