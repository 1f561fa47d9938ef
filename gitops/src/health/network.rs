//! Services, Ingresses, volumes, and what extends the API.

use super::{Health, Status, condition, healthy, progressing};
use crate::Object;

/// A Service waits only where somebody must give it an address.
pub(super) fn service(object: &Object) -> Health {
    if object.text("/spec/type") == "LoadBalancer" { ingress(object) } else { healthy("") }
}

pub(super) fn ingress(object: &Object) -> Health {
    if addressed(object) { healthy("") } else { progressing("Waiting for an address of the load balancer") }
}

fn addressed(object: &Object) -> bool {
    !object.list("/status/loadBalancer/ingress").is_empty()
}

pub(super) fn claim(object: &Object) -> Health {
    match object.text("/status/phase") {
        "Lost" => Health::new(Status::Degraded, "its volume is lost"),
        "Bound" => healthy(""),
        "Pending" => progressing("Waiting for a volume"),
        _ => Health::new(Status::Unknown, ""),
    }
}

pub(super) fn api_service(object: &Object) -> Health {
    match condition(object, "Available") {
        Some(one) if one.is_true() => healthy(format!("{}: {}", one.reason, one.message)),
        Some(one) => progressing(format!("{}: {}", one.reason, one.message)),
        None => progressing("Waiting to be processed"),
    }
}

pub(super) fn definition(object: &Object) -> Health {
    if let Some(names) = condition(object, "NamesAccepted").filter(|one| one.status == "False") {
        return Health::new(Status::Degraded, names.message);
    }
    if let Some(wrong) = condition(object, "NonStructuralSchema").filter(super::Condition::is_true) {
        return Health::new(Status::Degraded, wrong.message);
    }
    let established = condition(object, "Established").is_some_and(|one| one.is_true());
    if established { healthy("") } else { progressing("Waiting to be established") }
}
