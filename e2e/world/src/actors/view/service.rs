//! A Service and its EndpointSlice.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Pod;
use super::read::{list, number, text, texts};

/// A Service as its object tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) uid: String,
    pub(crate) selector: BTreeMap<String, String>,
    pub(crate) ports: Vec<Port>,
}

/// One port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Port {
    /// Empty where there is but one port.
    pub(crate) name: String,
    pub(crate) number: i64,
    target: Target,
}

/// The container port that a Service's port means.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Number(i64),
    Name(String),
}

/// An EndpointSlice as its object tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    /// The Service that it belongs to.
    pub(crate) service: String,
    /// The port numbers of pods by the names of the Service's ports.
    pub(crate) ports: BTreeMap<String, i64>,
    pub(crate) endpoints: Vec<Endpoint>,
}

/// One pod in a slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) address: String,
    pub(crate) ready: bool,
    pub(crate) serving: bool,
    pub(crate) terminating: bool,
}

impl Service {
    pub(crate) fn of(object: &Value) -> Self {
        Self {
            uid: text(object, "/metadata/uid").unwrap_or_default().to_owned(),
            selector: texts(object, "/spec/selector"),
            ports: list(object, "/spec/ports").filter_map(Port::of).collect(),
        }
    }

    /// Whether pods with those labels are its own. A Service without selector has none.
    pub(crate) fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        !self.selector.is_empty() && self.selector.iter().all(|(name, value)| labels.get(name) == Some(value))
    }

    /// The port of that number or name.
    pub(crate) fn port(&self, wanted: &str) -> Option<&Port> {
        self.ports.iter().find(|port| port.name == wanted || port.number.to_string() == wanted)
    }
}

impl Port {
    fn of(object: &Value) -> Option<Self> {
        let port = number(object, "/port")?;
        let target = match object.get("targetPort") {
            Some(Value::String(name)) => Target::Name(name.clone()),
            Some(Value::Number(number)) => Target::Number(number.as_i64()?),
            _ => Target::Number(port),
        };
        Some(Self { name: text(object, "/name").unwrap_or_default().to_owned(), number: port, target })
    }

    /// The port number at that pod.
    pub(crate) fn at(&self, pod: &Pod) -> Option<i64> {
        match &self.target {
            Target::Number(number) => Some(*number),
            Target::Name(name) => pod.ports.get(name).copied(),
        }
    }
}

impl Slice {
    pub(crate) fn of(object: &Value) -> Self {
        let service = text(object, "/metadata/labels/kubernetes.io~1service-name").unwrap_or_default();
        let ports = list(object, "/ports")
            .filter_map(|port| Some((text(port, "/name").unwrap_or_default().to_owned(), number(port, "/port")?)));
        Self {
            service: service.to_owned(),
            ports: ports.collect(),
            endpoints: list(object, "/endpoints").filter_map(Endpoint::of).collect(),
        }
    }
}

impl Endpoint {
    fn of(object: &Value) -> Option<Self> {
        let is = |name: &str| object.get("conditions").and_then(|all| all.get(name)) == Some(&Value::Bool(true));
        let address = text(object, "/addresses/0")?.to_owned();
        Some(Self { address, ready: is("ready"), serving: is("serving"), terminating: is("terminating") })
    }
}
