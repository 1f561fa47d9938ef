//! Routers that are told by Ingresses.

use sluice_crds::{AlbRouting, AlbStickiness, NginxRouting};

use super::{Checker, HERE, names, one_or_many};
use crate::spec::{Alb, Nginx, Router};

/// The longest that a load balancer keeps a client at its target group: 7 days.
const STICKY_SECONDS: std::ops::RangeInclusive<i64> = 1..=604_800;

pub(super) fn nginx(check: &mut Checker, nginx: &NginxRouting) -> Option<Router> {
    let here = format!("{HERE}.nginx");
    check.unknown(&here, &nginx.unknown);
    let one = ("stableIngress", nginx.stable_ingress.as_ref());
    let ingresses = one_or_many(check, &here, one, ("stableIngresses", &nginx.stable_ingresses));
    let ingresses = names(check, &format!("{here}.stableIngresses"), &ingresses);
    let prefix = check.name(&format!("{here}.annotationPrefix"), nginx.annotation_prefix.as_ref());
    let (prefixed, annotations) =
        (nginx.additional_ingress_annotations.clone(), nginx.canary_ingress_annotations.clone());
    (!ingresses.is_empty()).then_some(Router::Nginx(Nginx { ingresses, prefix, prefixed, annotations }))
}

pub(super) fn alb(check: &mut Checker, alb: &AlbRouting) -> Option<Router> {
    let here = format!("{HERE}.alb");
    check.unknown(&here, &alb.unknown);
    let one = ("ingress", alb.ingress.as_ref());
    let ingresses = one_or_many(check, &here, one, ("ingresses", &alb.ingresses));
    let ingresses = names(check, &format!("{here}.ingresses"), &ingresses);
    if !(1..=65_535).contains(&alb.service_port) {
        check.wrong(&format!("{here}.servicePort"), format!("is {}; must be 1 to 65535", alb.service_port));
    }
    let root = check.name(&format!("{here}.rootService"), alb.root_service.as_ref());
    let prefix = check.name(&format!("{here}.annotationPrefix"), alb.annotation_prefix.as_ref());
    let sticky = alb.stickiness_config.as_ref().and_then(|config| sticky(check, &here, config));
    let port = alb.service_port;
    (!ingresses.is_empty()).then_some(Router::Alb(Alb { ingresses, port, root, prefix, sticky }))
}

/// For how many seconds, if at all.
fn sticky(check: &mut Checker, here: &str, config: &AlbStickiness) -> Option<i64> {
    check.unknown(&format!("{here}.stickinessConfig"), &config.unknown);
    if !config.enabled {
        return None;
    }
    let seconds = config.duration_seconds;
    if !STICKY_SECONDS.contains(&seconds) {
        let field = format!("{here}.stickinessConfig.durationSeconds");
        check.wrong(&field, format!("is {seconds}; must be 1 to 604800, which is 7 days"));
    }
    Some(seconds)
}
