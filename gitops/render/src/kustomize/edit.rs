//! What an Application adds to a kustomization, as `kustomize edit` would.

use serde_json::{Map, Value, json};
use sluice_crds::{IntOrString, KustomizePatch, KustomizeSource};

use crate::environment::Environment;
use crate::error::RenderError;

/// What is added, with the environment filled in.
#[derive(Clone, Debug)]
pub(crate) struct Edits {
    source: KustomizeSource,
    annotations: Vec<(String, String)>,
}

impl Edits {
    pub(crate) fn new(source: &KustomizeSource, environment: &Environment) -> Result<Self, RenderError> {
        let fill = |(key, value): (&String, &String)| {
            let field = format!("kustomize.commonAnnotations[{key}]");
            let value =
                if source.common_annotations_envsubst { environment.fill(value, &field)? } else { value.clone() };
            Ok((key.clone(), value))
        };
        let annotations = source.common_annotations.iter().map(fill).collect::<Result<_, RenderError>>()?;
        Ok(Self { source: source.clone(), annotations })
    }

    /// What goes into a render's key beside the files.
    pub(crate) fn said(&self) -> String {
        format!("{:?} {:?}", self.source, self.annotations)
    }

    /// Components that are added, as they are written.
    pub(crate) fn components(&self) -> &[String] {
        &self.source.components
    }

    pub(crate) fn may_lack_components(&self) -> bool {
        self.source.ignore_missing_components
    }

    /// The kustomization with all that is added; `components` are those that are there.
    pub(crate) fn apply(&self, kustomization: Value, components: &[String]) -> Result<Value, RenderError> {
        let Value::Object(mut fields) = kustomization else {
            return Err(RenderError::spec("the kustomization is no object"));
        };
        let source = &self.source;
        for (field, value) in
            [("namePrefix", &source.name_prefix), ("nameSuffix", &source.name_suffix), ("namespace", &source.namespace)]
        {
            if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
                fields.insert(field.to_owned(), json!(value));
            }
        }
        for written in &source.images {
            image(list(&mut fields, "images")?, written)?;
        }
        for replica in &source.replicas {
            let count = count(&replica.count, &replica.name)?;
            put_named(list(&mut fields, "replicas")?, &replica.name, json!({"name": replica.name, "count": count}));
        }
        self.labels(&mut fields)?;
        let force = source.force_common_annotations;
        pairs(&mut fields, "commonAnnotations", &self.annotations, force, "forceCommonAnnotations")?;
        list(&mut fields, "components")?.extend(components.iter().map(|component| json!(component)));
        list(&mut fields, "patches")?.extend(source.patches.iter().map(patch));
        fields.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
        Ok(Value::Object(fields))
    }

    fn labels(&self, fields: &mut Map<String, Value>) -> Result<(), RenderError> {
        let source = &self.source;
        if source.common_labels.is_empty() {
            return Ok(());
        }
        if source.label_without_selector {
            let templates = source.label_include_templates;
            let labels =
                json!({"pairs": source.common_labels, "includeSelectors": false, "includeTemplates": templates});
            list(fields, "labels")?.push(labels);
            return Ok(());
        }
        let labels: Vec<_> = source.common_labels.clone().into_iter().collect();
        pairs(fields, "commonLabels", &labels, source.force_common_labels, "forceCommonLabels")
    }
}

fn list<'a>(fields: &'a mut Map<String, Value>, name: &str) -> Result<&'a mut Vec<Value>, RenderError> {
    let value = fields.entry(name).or_insert_with(|| json!([]));
    if value.is_null() {
        *value = json!([]);
    }
    value.as_array_mut().ok_or_else(|| RenderError::spec(format!("the kustomization's {name} is no list")))
}

/// Adds to labels or annotations. One that is there already with another value is an error unless it is forced.
fn pairs(
    fields: &mut Map<String, Value>,
    name: &str,
    added: &[(String, String)],
    force: bool,
    switch: &str,
) -> Result<(), RenderError> {
    if added.is_empty() {
        return Ok(());
    }
    let value = fields.entry(name).or_insert_with(|| json!({}));
    let map =
        value.as_object_mut().ok_or_else(|| RenderError::spec(format!("the kustomization's {name} is no map")))?;
    for (key, value) in added {
        let other = map.get(key).is_some_and(|there| there != value);
        if other && !force {
            let text =
                format!("kustomize.{name}: the kustomization has {key} already: kustomize.{switch} lets yours win");
            return Err(RenderError::spec(text));
        }
        map.insert(key.clone(), json!(value));
    }
    Ok(())
}

/// Puts an entry in the place of the one of the same name.
fn put_named(list: &mut Vec<Value>, name: &str, entry: Value) {
    list.retain(|other| other.get("name").and_then(Value::as_str) != Some(name));
    list.push(entry);
}

/// `[NAME=]IMAGE[:TAG]` or `[NAME=]IMAGE@DIGEST`; `*` for the image keeps the one that is there.
fn image(images: &mut Vec<Value>, written: &str) -> Result<(), RenderError> {
    let (old, new) = written.split_once('=').map_or((None, written), |(old, new)| (Some(old), new));
    let (new, digest) = new.split_once('@').map_or((new, None), |(new, digest)| (new, Some(digest)));
    let tag_at = new.rfind(':').filter(|at| !new.get(*at..).unwrap_or_default().contains('/'));
    let (new, tag) = tag_at.map_or((new, None), |at| (new.split_at(at).0, new.get(at + 1..)));
    let name = old.unwrap_or(new);
    if name.is_empty() || new.is_empty() {
        return Err(RenderError::spec(format!("kustomize.images: {written:?} is not of the form [NAME=]IMAGE[:TAG]")));
    }
    let there = images.iter().find(|image| image.get("name").and_then(Value::as_str) == Some(name));
    let mut entry = there.and_then(Value::as_object).cloned().unwrap_or_default();
    entry.insert("name".to_owned(), json!(name));
    if new != "*" && new != name {
        entry.insert("newName".to_owned(), json!(new));
    }
    if tag.is_some() || digest.is_some() {
        entry.remove("newTag");
        entry.remove("digest");
        entry.extend(tag.map(|tag| ("newTag".to_owned(), json!(tag))));
        entry.extend(digest.map(|digest| ("digest".to_owned(), json!(digest))));
    }
    put_named(images, name, Value::Object(entry));
    Ok(())
}

fn count(count: &IntOrString, name: &str) -> Result<i64, RenderError> {
    let text = serde_json::to_value(count).unwrap_or_default();
    let number = text.as_i64().or_else(|| text.as_str()?.parse().ok()).filter(|count| *count >= 0);
    number.ok_or_else(|| RenderError::spec(format!("kustomize.replicas[{name}].count is no number of replicas")))
}

fn patch(patch: &KustomizePatch) -> Value {
    let mut entry = Map::new();
    entry.extend(patch.path.as_ref().map(|path| ("path".to_owned(), json!(path))));
    entry.extend(patch.patch.as_ref().map(|text| ("patch".to_owned(), json!(text))));
    entry.extend(patch.target.as_ref().map(|target| ("target".to_owned(), json!(target))));
    if !patch.options.is_empty() {
        entry.insert("options".to_owned(), json!(patch.options));
    }
    Value::Object(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(source: Value, kustomization: Value) -> Result<Value, String> {
        let source: KustomizeSource = serde_json::from_value(source).unwrap();
        let edits = Edits::new(&source, &Environment::default()).map_err(|error| error.text)?;
        edits.apply(kustomization, &source.components).map_err(|error| error.text)
    }

    #[test]
    fn images_take_the_place_of_those_of_the_same_name() {
        let before = json!({"images": [{"name": "nginx", "newName": "mine/nginx", "newTag": "1"}, {"name": "web", "newTag": "1"}]});
        for (written, images) in [
            (
                "nginx:2",
                json!([{"name": "web", "newTag": "1"}, {"name": "nginx", "newName": "mine/nginx", "newTag": "2"}]),
            ),
            (
                "nginx=host:5000/x/nginx",
                json!([{"name": "web", "newTag": "1"}, {"name": "nginx", "newName": "host:5000/x/nginx", "newTag": "1"}]),
            ),
            (
                "web=*@sha256:ab",
                json!([{"name": "nginx", "newName": "mine/nginx", "newTag": "1"}, {"name": "web", "digest": "sha256:ab"}]),
            ),
            (
                "web=other:3",
                json!([{"name": "nginx", "newName": "mine/nginx", "newTag": "1"}, {"name": "web", "newName": "other", "newTag": "3"}]),
            ),
        ] {
            assert_eq!(
                edited(json!({"images": [written]}), before.clone()).unwrap(),
                json!({"images": images}),
                "{written}"
            );
        }
        assert!(edited(json!({"images": ["=x"]}), json!({})).unwrap_err().starts_with("kustomize.images: "));
    }

    #[test]
    fn labels_win_only_by_force() {
        let before = json!({"commonLabels": {"app": "a"}});
        let labels = |more: Value| {
            let mut source = json!({"commonLabels": {"app": "b"}});
            json_patch::merge(&mut source, &more);
            edited(source, before.clone())
        };
        assert_eq!(
            labels(json!({})).unwrap_err(),
            "kustomize.commonLabels: the kustomization has app already: kustomize.forceCommonLabels lets yours win"
        );
        assert_eq!(labels(json!({"forceCommonLabels": true})).unwrap(), json!({"commonLabels": {"app": "b"}}));
        let apart = labels(json!({"labelWithoutSelector": true})).unwrap();
        assert_eq!(
            apart["labels"],
            json!([{"pairs": {"app": "b"}, "includeSelectors": false, "includeTemplates": false}])
        );
    }

    #[test]
    fn what_cannot_be_added_is_told() {
        let many = json!({"replicas": [{"name": "a", "count": "many"}]});
        let said = "kustomize.replicas[a].count is no number of replicas";
        assert_eq!(edited(many, json!({})).unwrap_err(), said);
    }
}
