//! What a repository says of its own source: `.argocd-source.yaml`, and for one Application `.argocd-source-NAME.yaml`.

use serde_json::Value;
use sluice_crds::{ApplicationSource, decode};

use super::Reader;
use crate::error::{Kind, RenderError};
use crate::yaml;

/// The source with what the files say merged over it (RFC 7386). Where it comes from stays as the Application says.
pub(crate) async fn with_overrides(
    reader: &Reader<'_>,
    folder: &str,
    source: &ApplicationSource,
    application: &str,
) -> Result<ApplicationSource, RenderError> {
    let mut merged = source.clone();
    for name in [".argocd-source.yaml".to_owned(), format!(".argocd-source-{application}.yaml")] {
        let Some(file) = reader.tree().file(&format!("{folder}/{name}"))? else { continue };
        let text = reader.text(file).await?;
        merged = merge(&merged, &text).map_err(|why| RenderError::new(Kind::Manifest, format!("{name}: {why}")))?;
    }
    Ok(ApplicationSource {
        repo_url: source.repo_url.clone(),
        path: source.path.clone(),
        chart: source.chart.clone(),
        target_revision: source.target_revision.clone(),
        reference: source.reference.clone(),
        ..merged
    })
}

fn merge(source: &ApplicationSource, patch: &str) -> Result<ApplicationSource, String> {
    let patch: Value = yaml::one(patch)?;
    if !patch.is_object() {
        return Err("it is no object with fields of a source".to_owned());
    }
    let mut value = serde_json::to_value(source).map_err(|error| error.to_string())?;
    json_patch::merge(&mut value, &patch);
    let merged: ApplicationSource = decode(value).map_err(|error| error.to_string())?;
    match merged.unknown.keys().find(|key| !source.unknown.contains_key(*key)) {
        Some(key) => Err(format!("there is no field {key} in a source")),
        None => Ok(merged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_merged_over_the_source() {
        let source: ApplicationSource = serde_json::from_value(serde_json::json!({
            "repoURL": "https://host/repo", "helm": {"releaseName": "a", "parameters": [{"name": "x", "value": "1"}]},
        }))
        .unwrap();
        let merged = merge(&source, "helm:\n  parameters:\n  - {name: other, value: '2'}\n").unwrap().helm.unwrap();
        assert_eq!(merged.release_name.as_deref(), Some("a"));
        assert_eq!(merged.parameters.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["other"]);
        assert_eq!(merge(&source, "helmet: {}").unwrap_err(), "there is no field helmet in a source");
        assert_eq!(merge(&source, "[1]").unwrap_err(), "it is no object with fields of a source");
    }
}
