//! The NGINX ingress controller: beside each stable Ingress a second one that the release makes and owns, with annotations
//! that give it a share of the first one's traffic.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{Arms, Kind, Live, Mismatch, Object, Owner, Share, Taken, Write, edit};

/// How the controller's annotations begin, unless it is set up otherwise.
pub const PREFIX: &str = "nginx.ingress.kubernetes.io";

/// The annotation that says which controller serves an Ingress, in the old way.
const CLASS: &str = "kubernetes.io/ingress.class";

/// The longest name of an Ingress.
const LONGEST: usize = 253;

/// What a Rollout's spec says of this controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The Ingresses that send to the stable Service.
    pub ingresses: Vec<Object>,
    /// How the controller's annotations begin.
    pub prefix: String,
    /// Further annotations of the canary Ingress, with their whole names.
    pub annotations: BTreeMap<String, String>,
    /// Whose the canary Ingresses are.
    pub owner: Owner,
}

impl Route {
    /// Every object it reads or writes.
    pub fn objects(&self) -> Vec<Object> {
        self.ingresses.iter().flat_map(|stable| [stable.clone(), self.canary(stable)]).collect()
    }

    /// What the live objects send where; `None` while a canary Ingress is not there.
    pub fn read(&self, live: &Live, arms: &Arms) -> Result<Option<Share>, Mismatch> {
        let told: Result<Vec<_>, _> = self.ingresses.iter().map(|stable| self.told(stable, live, arms)).collect();
        let told = told?;
        let first = told.first().copied().flatten();
        Ok(first.filter(|_| told.iter().all(|weight| *weight == first)).map(Share::of_canary))
    }

    /// What makes them say that.
    pub fn writes(&self, live: &Live, arms: &Arms, share: &Share) -> Result<Vec<Write>, Mismatch> {
        let weight = share.within(arms.whole).canary;
        let writes: Result<Vec<_>, _> =
            self.ingresses.iter().map(|stable| self.write(stable, live, arms, weight)).collect();
        Ok(writes?.into_iter().flatten().collect())
    }

    /// Nothing: an Ingress's status does not tell.
    pub fn taken(&self, _: &Live) -> Taken {
        Taken::Untold
    }

    /// The canary Ingress beside a stable one, by the established name.
    fn canary(&self, stable: &Object) -> Object {
        let mut name = format!("{}-{}", self.owner.name, stable.name);
        name.truncate(LONGEST - "-canary".len());
        Object::new(Kind::Ingress, &stable.namespace, format!("{name}-canary"))
    }

    /// The weight of one canary Ingress, if it says just what a release would have written.
    fn told(&self, stable: &Object, live: &Live, arms: &Arms) -> Result<Option<u32>, Mismatch> {
        let object = self.canary(stable);
        let spec = spec(stable, live, arms)?;
        let Some(canary) = live.find(&object) else { return Ok(None) };
        self.owner.check(&object, canary)?;
        let weight = edit::annotation(canary, &self.name("canary-weight")).and_then(|text| text.parse().ok());
        Ok(weight.filter(|weight| self.wanted(canary, &spec, arms, *weight) == *canary))
    }

    fn write(&self, stable: &Object, live: &Live, arms: &Arms, weight: u32) -> Result<Option<Write>, Mismatch> {
        let object = self.canary(stable);
        let spec = spec(stable, live, arms)?;
        let Some(canary) = live.find(&object) else {
            let class = edit::annotation(live.get(stable)?, CLASS).map(|class| (CLASS.to_owned(), json!(class)));
            let mut manifest = edit::manifest(&object, &json!({}));
            edit::set(&mut manifest, &["metadata", "annotations"], Value::Object(class.into_iter().collect()));
            let created = self.wanted(&manifest, &spec, arms, weight);
            return Ok(Some(Write::Create(object, created)));
        };
        self.owner.check(&object, canary)?;
        Ok(edit::patch(&object, canary, &self.wanted(canary, &spec, arms, weight)))
    }

    /// The canary Ingress as it should be. Annotations of other controllers stay as they are.
    fn wanted(&self, canary: &Value, spec: &Value, arms: &Arms, weight: u32) -> Value {
        let mut wanted = canary.clone();
        edit::set(&mut wanted, &["spec"], spec.clone());
        if let Some(annotations) = edit::annotations(&mut wanted) {
            annotations.retain(|name, _| !name.starts_with(&format!("{}/", self.prefix)));
            annotations.extend(self.annotations.iter().map(|(name, text)| (name.clone(), json!(text))));
            annotations.insert(self.name("canary"), json!("true"));
            annotations.insert(self.name("canary-weight"), json!(weight.to_string()));
            if arms.whole != 100 {
                annotations.insert(self.name("canary-weight-total"), json!(arms.whole.to_string()));
            }
        }
        wanted
    }

    fn name(&self, annotation: &str) -> String {
        format!("{}/{annotation}", self.prefix)
    }
}

/// The stable Ingress's rules for the stable Service, with the canary Service in its place.
fn spec(stable: &Object, live: &Live, arms: &Arms) -> Result<Value, Mismatch> {
    let ingress = live.get(stable)?;
    let rules: Vec<Value> = edit::list(ingress, "/spec/rules").iter().filter_map(|rule| moved(rule, arms)).collect();
    if rules.is_empty() {
        return Err(stable.mismatch(format!(
            "no path of spec.rules goes to Service \"{}\"; add one, or correct stableService in the Rollout",
            arms.stable
        )));
    }
    let mut spec = Map::from_iter([("rules".to_owned(), Value::Array(rules))]);
    for kept in ["ingressClassName", "tls"] {
        if let Some(value) = ingress.pointer(&format!("/spec/{kept}")) {
            spec.insert(kept.to_owned(), value.clone());
        }
    }
    Ok(Value::Object(spec))
}

/// A rule with only those paths that go to the stable Service, now to the canary one.
fn moved(rule: &Value, arms: &Arms) -> Option<Value> {
    let is_stable = |path: &&Value| service(path) == Some(&arms.stable);
    let paths: Vec<Value> =
        edit::list(rule, "/http/paths").iter().filter(is_stable).map(|path| to(path, arms)).collect();
    let mut rule = rule.clone();
    (!paths.is_empty()).then(|| {
        edit::set(&mut rule, &["http", "paths"], Value::Array(paths));
        rule
    })
}

fn to(path: &Value, arms: &Arms) -> Value {
    let mut path = path.clone();
    edit::set(&mut path, &["backend", "service", "name"], json!(arms.canary));
    path
}

/// The Service that a path of an Ingress goes to.
pub(crate) fn service(path: &Value) -> Option<&str> {
    path.pointer("/backend/service/name")?.as_str()
}
