//! Requests that are made for somebody else, with the rights of that user alone.
//!
//! Rights are those of [`Store::authorize`](super::super::Store::authorize): who is known to the server may everything,
//! an account that nobody made known may nothing. Roles and bindings are objects like any other here.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};

use super::super::catalog::Sub;
use super::super::status::Status;
use super::super::store::Store;
use super::target::{Target, Thing};
use super::{ApiService, Asked};

const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// Whom a request is made for; none where it is for the one who asks.
pub(super) fn user(service: &ApiService, asked: &Asked) -> Result<Option<Arc<str>>, Status> {
    let beside = |name: &str| name.starts_with("impersonate-") && name != "impersonate-user";
    if let Some(other) = asked.headers.keys().find(|name| beside(name.as_str())) {
        let message = format!("the simulated API server does not serve requests with the header {other}");
        return Err(Status::new(501, "NotImplemented", message));
    }
    let named = asked.header("impersonate-user");
    if named.is_empty() {
        return Ok(None);
    }
    let whom = Whom::of(named);
    if service.store.allows(&service.user, &json!({"resourceAttributes": whom.attributes()})) {
        return Ok(Some(named.into()));
    }
    let who = &service.user;
    let (resource, name) = (whom.resource, whom.name);
    let message = format!(
        "{resource} \"{name}\" is forbidden: User \"{who}\" cannot impersonate resource \"{resource}\" in API group \"\"{}",
        place(whom.namespace)
    );
    let details = json!({"name": name, "kind": resource});
    Err(Status { details: Some(details), ..Status::new(403, "Forbidden", message) })
}

/// A user, as rights to act as one name it.
struct Whom<'a> {
    resource: &'static str,
    namespace: &'a str,
    name: &'a str,
}

impl<'a> Whom<'a> {
    fn of(user: &'a str) -> Self {
        match user.strip_prefix(SERVICE_ACCOUNT).and_then(|rest| rest.split_once(':')) {
            Some((namespace, name)) => Self { resource: "serviceaccounts", namespace, name },
            None => Self { resource: "users", namespace: "", name: user },
        }
    }

    fn attributes(&self) -> Value {
        let (resource, namespace, name) = (self.resource, self.namespace, self.name);
        json!({"verb": "impersonate", "group": "", "resource": resource, "namespace": namespace, "name": name})
    }
}

/// Refuses what the user may not. Reviews of oneself everybody may ask.
pub(super) fn check(store: &Store, user: &str, asked: &Asked, target: &Target) -> Result<(), Status> {
    let (of, verb) = (target.of, verb(asked, target));
    if of.kind.starts_with("SelfSubject") {
        return Ok(());
    }
    let resource = match target.sub() {
        Sub::Object => of.plural.to_owned(),
        Sub::Status => format!("{}/status", of.plural),
        Sub::Scale => format!("{}/scale", of.plural),
        Sub::Eviction => format!("{}/eviction", of.plural),
    };
    let namespace = if of.kind == "Namespace" { target.name() } else { &target.namespace };
    let (plural, sub) = resource.split_once('/').unwrap_or((&resource, ""));
    let attributes = json!({
        "verb": verb, "group": of.group, "version": of.version, "resource": plural, "subresource": sub,
        "namespace": namespace, "name": target.name(),
    });
    if store.allows(user, &json!({"resourceAttributes": attributes})) {
        return Ok(());
    }
    let what = format!("{} is forbidden", described(target));
    let message = format!(
        "{what}: User \"{user}\" cannot {verb} resource \"{resource}\" in API group \"{}\"{}",
        of.group,
        place(namespace)
    );
    Err(Status::new(403, "Forbidden", message).about(of, target.name()))
}

fn described(target: &Target) -> String {
    match target.name() {
        "" => target.of.full_name(),
        name => format!("{} \"{name}\"", target.of.full_name()),
    }
}

fn place(namespace: &str) -> String {
    if namespace.is_empty() { " at the cluster scope".to_owned() } else { format!(" in the namespace \"{namespace}\"") }
}

fn verb(asked: &Asked, target: &Target) -> &'static str {
    match (&asked.method, &target.thing) {
        (&Method::GET, Thing::All) if asked.query.says("watch") => "watch",
        (&Method::GET, Thing::All) => "list",
        (&Method::GET, Thing::One { .. }) => "get",
        (&Method::POST, _) => "create",
        (&Method::PUT, _) => "update",
        (&Method::PATCH, _) => "patch",
        (_, Thing::All) => "deletecollection",
        (_, Thing::One { .. }) => "delete",
    }
}
