//! A TraefikService.

use serde_json::Value;

use super::read::text;

/// A TraefikService as its object tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// `None` for one that is not weighted.
    pub(crate) children: Option<Vec<Child>>,
    /// How many of a hundred requests one copies that only copies. Those requests are counted where they are answered.
    pub(crate) copies: Option<u64>,
}

/// One entry of its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Child {
    pub(crate) name: String,
    /// By number or name, as written; `None` where there is none.
    pub(crate) port: Option<String>,
    /// 1 where none is written; `None` for what is no weight.
    pub(crate) weight: Option<u64>,
    /// Whether it names a Service of the object's own namespace: Traefik refuses others unless told, and what chains of
    /// TraefikServices do is not simulated.
    pub(crate) is_own_service: bool,
}

impl Route {
    pub(crate) fn of(object: &Value) -> Self {
        let namespace = text(object, "/metadata/namespace").unwrap_or_default();
        let services = object.pointer("/spec/weighted/services").and_then(Value::as_array);
        let services = services.filter(|services| !services.is_empty());
        let child = |entry| Child::of(entry, namespace);
        let copies = object.pointer("/spec/mirroring/mirrors/0/percent").and_then(Value::as_u64);
        Self { copies, children: services.map(|services| services.iter().map(child).collect()) }
    }
}

impl Child {
    pub(super) fn of(entry: &Value, namespace: &str) -> Self {
        let given = |field: &str| text(entry, field).filter(|text| !text.is_empty());
        Self {
            name: given("/name").unwrap_or_default().to_owned(),
            port: entry.get("port").and_then(as_written),
            weight: entry.get("weight").map_or(Some(1), Value::as_u64),
            is_own_service: given("/kind").is_none_or(|kind| kind == "Service")
                && given("/namespace").is_none_or(|there| there == namespace),
        }
    }
}

fn as_written(port: &Value) -> Option<String> {
    match port {
        Value::String(name) if !name.is_empty() => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
