//! Health checks in Lua, as the ConfigMap `argocd-cm` has them: none is evaluated, and each is named.

use std::collections::BTreeMap;

use sluice_crds::Violation;

const ONE: &str = "resource.customizations.health.";
const ALL: &str = "resource.customizations";
const INSTEAD: &str = "is a health check in Lua, which is not evaluated: what is known of the kind and its conditions count; \
                       write it as CEL in spec.health of the Applications that need it, and remove it here";

/// Every health check in the data of `argocd-cm`, as what is wrong with it: nobody may believe that it counts.
pub fn customizations(data: &BTreeMap<String, String>) -> Vec<Violation> {
    let each = data.keys().filter(|key| key.starts_with(ONE)).map(|key| Violation::new(key, INSTEAD));
    each.chain(data.get(ALL).map(|text| older(text)).unwrap_or_default()).collect()
}

/// The older form: one text in YAML, by `group/Kind`.
fn older(text: &str) -> Vec<Violation> {
    let read: Result<BTreeMap<String, serde_json::Value>, _> = serde_saphyr::from_str(text);
    match read {
        Ok(kinds) => {
            let with_health = kinds.into_iter().filter(|(_, one)| one.get("health.lua").is_some());
            with_health.map(|(kind, _)| Violation::new(format!("{ALL}: {kind}: health.lua"), INSTEAD)).collect()
        }
        Err(_) => vec![Violation::new(ALL, "is no YAML of customizations by group/Kind; correct it or remove it")],
    }
}
