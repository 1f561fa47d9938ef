//! A kustomization.

use std::sync::Arc;

use serde_json::Value;

use super::{Opened, Rendering};
use crate::cache::{Fetched, Hashed, Kept, Key};
use crate::error::{Kind, RenderError};
use crate::git::Programs;
use crate::helm::Archive;
use crate::kustomize::{self, Edits, Inflated, Told, gather, kustomization};
use crate::path;
use crate::source::Reader;
use crate::tree::Files;
use crate::yaml;

impl Rendering<'_> {
    pub(super) async fn kustomize(&self, source: &Opened<'_>, folder: &str) -> Result<(Key, Arc<Kept>), RenderError> {
        let written = source.source.kustomize.clone().unwrap_or_default();
        let edits = Edits::new(&written, &self.environment(source))?;
        let Programs { kustomize, helm, .. } = &self.workshop.programs;
        let build = self.request.builds.of(written.version.as_deref(), kustomize)?;
        let told = build.told(helm, self.request.cluster);
        let mut hashed = Hashed::new("kustomize");
        hashed.add(&self.workshop.versions.kustomize);
        hashed.add(&self.workshop.versions.helm);
        hashed.add(format!("{told:?}"));
        // Kustomize finds files by their path, and may tell it.
        hashed.add(folder);
        hashed.add(edits.said());
        for file in source.reader.tree().exported(folder)? {
            hashed.add(&file.path);
            hashed.add(&file.id);
        }
        let key = hashed.key();
        if let Some(kept) = self.kept(&key, source) {
            return Ok(kept);
        }
        let reader = &source.reader;
        let components = components(reader, folder, &edits)?;
        let added: Result<Vec<_>, _> =
            components.iter().map(|component| path::join(folder, component, "kustomize.components")).collect();
        let closure = gather(reader, folder, &added?).await?;
        let (mut charts, mut fetched) = (Vec::new(), Vec::new());
        if build.options.helm {
            build.may_render_charts(&self.version(&told).await)?;
            (charts, fetched) = self.charts(&closure.charts, source).await?;
        }
        let _seat = self.workshop.seat().await;
        let mut files = reader.read(&closure.files).await?;
        let (name, edited) = edited(reader, folder, &edits, &components).await?;
        files.insert(name, Arc::new(edited.to_string().into_bytes()));
        files.extend(unpacked(&charts)?);
        let home = reader.scratch()?;
        let run = (&told, home.path(), &self.workshop.limits);
        let outcome = kustomize::build(&self.workshop.jail, run, &files, folder).await;
        let mut output = outcome.map_err(|error| build.explained(error))?;
        (output.witnesses, output.fetched) = (closure.witnesses, fetched);
        Ok(self.keep(key, output))
    }

    /// The version of a Kustomize, as it tells it itself.
    async fn version(&self, told: &Told<'_>) -> String {
        if told.program == self.workshop.programs.kustomize {
            return self.workshop.versions.kustomize.clone();
        }
        self.workshop.version(told.program, &["version"]).await
    }

    /// Charts of other repositories, by the folder in which Kustomize looks for them, and where they were fetched.
    /// Those that are in the repository stay.
    async fn charts(
        &self,
        wanted: &[Inflated],
        source: &Opened<'_>,
    ) -> Result<(Vec<Inflation>, Vec<Fetched>), RenderError> {
        let (mut charts, mut fetched) = (Vec::new(), Vec::new());
        for Inflated { at, folder, chart } in wanted {
            if source.reader.tree().is_folder(folder)? {
                continue;
            }
            let found = self.chart(chart, source).await;
            let what = || format!("{at}: kustomization: helmCharts: {}", chart.name);
            let (archive, from) = found.map_err(|error| error.within(what()))?;
            charts.push((folder.clone(), archive));
            fetched.push(from);
        }
        Ok((charts, fetched))
    }
}

/// A chart, and the folder in which Kustomize looks for it.
type Inflation = (String, Arc<Archive>);

/// The files of charts.
fn unpacked(charts: &[Inflation]) -> Result<Files, RenderError> {
    let mut files = Files::default();
    for (folder, archive) in charts {
        for (path, content) in archive.read(&archive.tree().exported("")?).iter() {
            files.insert(format!("{folder}/{path}"), Arc::new(content.to_vec()));
        }
    }
    Ok(files)
}

/// The components that the Application adds and that are there.
fn components(reader: &Reader<'_>, folder: &str, edits: &Edits) -> Result<Vec<String>, RenderError> {
    let mut there = Vec::new();
    for component in edits.components() {
        let path = path::join(folder, component, "kustomize.components")?;
        if reader.tree().is_folder(&path)? {
            there.push(component.clone());
        } else if !edits.may_lack_components() {
            let text = format!(
                "kustomize.components: there is no folder {component:?} (ignoreMissingComponents lets it be missing)"
            );
            return Err(RenderError::new(Kind::NotFound, text));
        }
    }
    Ok(there)
}

/// The kustomization with what the Application adds, and its path.
async fn edited(
    reader: &Reader<'_>,
    folder: &str,
    edits: &Edits,
    components: &[String],
) -> Result<(String, Value), RenderError> {
    let file = kustomization(reader.tree(), folder)?
        .ok_or_else(|| RenderError::new(Kind::NotFound, format!("there is no kustomization.yaml in {folder:?}")))?;
    let path = file.path.clone();
    let text = reader.text(file).await?;
    let value: Value = yaml::one(&text).map_err(|why| RenderError::new(Kind::Manifest, format!("{path}: {why}")))?;
    let value = if value.is_null() { serde_json::json!({}) } else { value };
    Ok((path, edits.apply(value, components)?))
}
