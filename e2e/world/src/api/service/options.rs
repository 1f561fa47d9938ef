//! What a request says beside its object: how to list, how to write, how to delete.

use serde_json::Value;

use super::super::status::{Cause, Status};
use super::super::write::{Deletion, Propagation, Run};
use super::Asked;

const META: &str = "meta.k8s.io";

/// Whether a write is meant, by its address.
pub(super) fn run(asked: &Asked, kind: &str) -> Result<Run, Status> {
    let values: Vec<&str> = asked.query.all("dryRun").filter(|value| !value.is_empty()).collect();
    run_of(&values, kind)
}

fn run_of(values: &[&str], kind: &str) -> Result<Run, Status> {
    match values {
        [] => Ok(Run::Real),
        ["All"] => Ok(Run::Dry),
        other => {
            let cause = Cause::unsupported("dryRun", &serde_json::json!(other), &["All".to_owned()]);
            Err(Status::invalid_as(META, kind, "", &[cause]))
        }
    }
}

/// How to delete, by the address and the body.
pub(super) fn deletion(asked: &Asked) -> Result<(Deletion, Run), Status> {
    let body: Value = if asked.body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&asked.body).map_err(|error| Status::bad_request(error.to_string()))?
    };
    let named = body["propagationPolicy"].as_str().unwrap_or(asked.query.text("propagationPolicy"));
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let grace = body["gracePeriodSeconds"].as_i64().or_else(|| asked.query.text("gracePeriodSeconds").parse().ok());
    let dry: Vec<&str> = body["dryRun"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let run = if dry.is_empty() { run(asked, "DeleteOptions")? } else { run_of(&dry, "DeleteOptions")? };
    let deletion = Deletion {
        uid: text("/preconditions/uid"),
        version: text("/preconditions/resourceVersion"),
        propagation: propagation(named)?,
        grace,
    };
    Ok((deletion, run))
}

/// How to delete what is evicted.
pub(super) fn eviction(asked: &Asked) -> Result<Deletion, Status> {
    let body: Value = serde_json::from_slice(&asked.body).map_err(|error| Status::bad_request(error.to_string()))?;
    let text = |name: &str| body.pointer(&format!("/deleteOptions/preconditions/{name}"))?.as_str().map(str::to_owned);
    let grace = body.pointer("/deleteOptions/gracePeriodSeconds").and_then(Value::as_i64);
    Ok(Deletion { uid: text("uid"), version: text("resourceVersion"), grace, ..Deletion::default() })
}

fn propagation(named: &str) -> Result<Option<Propagation>, Status> {
    match named {
        "" => Ok(None),
        "Background" => Ok(Some(Propagation::Background)),
        "Foreground" => Ok(Some(Propagation::Foreground)),
        "Orphan" => Ok(Some(Propagation::Orphan)),
        other => {
            let known = ["Foreground", "Background", "Orphan", "nil"].map(str::to_owned);
            let cause = Cause::unsupported("propagationPolicy", &other.into(), &known);
            Err(Status::invalid_as(META, "DeleteOptions", "", &[cause]))
        }
    }
}

/// Which state of the store a read wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// The newest.
    Newest,
    /// Whatever is at hand.
    Any,
    /// At least that version.
    NotOlder(u64),
    /// That version.
    Exact(u64),
}

impl Age {
    /// Of a list or a watch.
    pub(super) fn of(asked: &Asked, request: Request) -> Result<Self, Status> {
        check_age(asked, request)?;
        let query = &asked.query;
        match (query.text("resourceVersion"), query.text("resourceVersionMatch")) {
            ("", _) => Ok(Self::Newest),
            ("0", _) => Ok(Self::Any),
            (version, "Exact") => number(version, request).map(Self::Exact),
            (version, "") if query.get("limit").is_some() && request == Request::List => {
                number(version, request).map(Self::Exact)
            }
            (version, _) => number(version, request).map(Self::NotOlder),
        }
    }
}

/// What kind of request is made of many objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    List,
    Watch,
}

fn number(version: &str, request: Request) -> Result<u64, Status> {
    version.parse().map_err(|_| match request {
        Request::List => Status::bad_request(format!("invalid resource version: {}", no_number(version))),
        Request::Watch => Status::failed(no_number(version)),
    })
}

pub(super) fn no_number(version: &str) -> String {
    format!("resourceVersion: Invalid value: \"{version}\": strconv.ParseUint: parsing \"{version}\": invalid syntax")
}

fn check_age(asked: &Asked, request: Request) -> Result<(), Status> {
    let (version, wanted) = (asked.query.text("resourceVersion"), asked.query.text("resourceVersionMatch"));
    let initial = asked.query.get("sendInitialEvents").is_some();
    let mut causes = Vec::new();
    let forbidden = |why: &str| Cause::forbidden("resourceVersionMatch", why);
    if initial && request == Request::Watch {
        if wanted != "NotOlderThan" {
            causes.push(forbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
        }
    } else if !wanted.is_empty() {
        if request == Request::Watch {
            causes.push(forbidden("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
        } else if version.is_empty() {
            causes.push(forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided"));
        }
        if !["Exact", "NotOlderThan"].contains(&wanted) {
            let known = ["Exact", "NotOlderThan", ""].map(str::to_owned);
            causes.push(Cause::unsupported("resourceVersionMatch", &wanted.into(), &known));
        }
        if wanted == "Exact" && version == "0" {
            causes.push(forbidden("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
        }
    }
    if initial && request == Request::List {
        causes.push(Cause::forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
    }
    if causes.is_empty() { Ok(()) } else { Err(Status::invalid_as(META, "ListOptions", "", &causes)) }
}
