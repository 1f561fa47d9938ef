//! A chart.

use std::sync::Arc;

use sluice_crds::HelmSource;

use super::{Opened, Rendering};
use crate::cache::{Fetched, Hashed, Kept, Key};
use crate::error::{Kind, RenderError};
use crate::helm::{
    Archive, Chart, Dependency, Settings, ValueFile, Wanted, dependencies, parameter_file, template, value_files,
    version_of,
};
use crate::path;
use crate::source::Reader;
use crate::tree::{Files, Found};
use crate::witness::Witness;

/// How far charts of one repository may depend on each other by their folders.
const DEPTH: usize = 5;

/// All files that a chart is rendered with.
struct Wants<'a> {
    chart: Vec<Found>,
    values: Vec<ValueFile<'a>>,
    parameters: Vec<(String, ValueFile<'a>)>,
}

/// Charts that a chart needs.
#[derive(Default)]
struct Needs {
    /// Those of its own repository: their folders, what these are to the chart, and their files.
    folders: Vec<(String, String, Vec<Found>)>,
    /// Those of others, by what their files are to the chart.
    packed: Vec<(String, Arc<Archive>)>,
    fetched: Vec<Fetched>,
    witnesses: Vec<Witness>,
}

impl<'r> Rendering<'r> {
    pub(super) async fn helm(&self, source: &'r Opened<'r>, folder: &str) -> Result<(Key, Arc<Kept>), RenderError> {
        let helm = source.source.helm.clone().unwrap_or_default();
        let about = (self.request.application, self.request.namespace);
        let environment = self.environment(source);
        let settings = Settings::new(&helm, about, self.request.cluster, &environment)?;
        let wants = self.wants(source, folder, &helm)?;
        let key = key(folder, &wants, &settings, &self.workshop.versions.helm);
        if let Some(kept) = self.kept(&key, source) {
            return Ok(kept);
        }
        if source.reader.tree().file(&path::join(folder, "Chart.yaml", "Chart.yaml")?)?.is_none() {
            return Err(RenderError::new(
                Kind::NotFound,
                format!("there is no Chart.yaml in {folder:?}: it is no chart"),
            ));
        }
        let needs = self.needs(source, folder).await?;
        let _seat = self.workshop.seat().await;
        let chart = gather(source, folder, (wants, &needs)).await?;
        let home = source.reader.scratch()?;
        let run = (self.workshop.programs.helm.as_path(), home.path(), &self.workshop.limits);
        let mut output = template(&self.workshop.jail, run, &chart, &settings).await?;
        output.allowed(&self.workshop.limits)?;
        (output.witnesses, output.fetched) = (needs.witnesses, needs.fetched);
        Ok(self.keep(key, output))
    }

    fn wants(&self, source: &'r Opened<'r>, folder: &str, helm: &HelmSource) -> Result<Wants<'r>, RenderError> {
        let reader = &source.reader;
        let environment = self.environment(source);
        let values = value_files(helm, reader, folder, &self.others, &environment)?;
        let mut parameters = Vec::new();
        for parameter in &helm.file_parameters {
            let field = format!("helm.fileParameters[{}]", parameter.name);
            let file = parameter_file(&parameter.path, reader, folder, &self.others, &environment, &field)?;
            parameters.push((parameter.name.clone(), file));
        }
        Ok(Wants { chart: reader.tree().exported(folder)?, values, parameters })
    }

    /// Finds the charts that this one needs; those of other repositories are fetched.
    async fn needs(&self, source: &Opened<'_>, folder: &str) -> Result<Needs, RenderError> {
        let mut needs = Needs::default();
        let mut open = vec![(folder.to_owned(), String::new(), 0)];
        while let Some((from, into, depth)) = open.pop() {
            for dependency in dependencies(&source.reader, &from).await? {
                let listing = path::join(&from, "Chart.yaml", "Chart.yaml")?;
                let what = format!("{listing}: dependency {}", dependency.name);
                let Some(local) = dependency.repository.strip_prefix("file://") else {
                    let chart = self.chart(&dependency, source).await;
                    let (archive, fetched) = chart.map_err(|error| error.within(&what))?;
                    needs.packed.push((format!("{into}{}", packed_name(&dependency, &archive)?), archive));
                    needs.fetched.push(fetched);
                    continue;
                };
                let there = path::join(&from, local, &what)?;
                let files = source.reader.tree().exported(&there)?;
                if files.is_empty() || depth == DEPTH {
                    let text = format!("{what}: there is no chart in {there:?}, or too many lie in each other");
                    return Err(RenderError::new(Kind::NotFound, text));
                }
                needs.witnesses.push(Witness::folder(&there, &files));
                let below = format!("{into}charts/{}/", sound_name(&dependency)?);
                needs.folders.push((there.clone(), below.clone(), files));
                open.push((there, below, depth + 1));
            }
        }
        Ok(needs)
    }

    /// A chart out of another repository, and where it was fetched.
    pub(super) async fn chart(
        &self,
        dependency: &Dependency,
        source: &Opened<'_>,
    ) -> Result<(Arc<Archive>, Fetched), RenderError> {
        let repository = dependency.repository.as_str();
        if repository.is_empty() {
            let text = "it is not in the chart's charts folder, and names no repository";
            return Err(RenderError::new(Kind::NotFound, text));
        }
        if repository.starts_with('@') || repository.starts_with("alias:") {
            return Err(RenderError::spec(
                "its repository is known by a name on somebody's machine: write its address",
            ));
        }
        let access = self.access(repository)?;
        // An OCI dependency's repository is the registry's folder, in which the chart lies.
        let pass_credentials = source.source.helm.as_ref().is_some_and(|helm| helm.pass_credentials);
        let (chart, version) = (sound_name(dependency)?, dependency.version.as_str());
        let wanted = Wanted { repository, chart, version, access: &access, pass_credentials };
        let archive = self.workshop.shop.chart(&self.workshop.jail, wanted, (self.now, self.request.age)).await?;
        Ok((archive, Fetched { repository: repository.to_owned(), access }))
    }
}

/// Reads all files.
async fn gather(source: &Opened<'_>, folder: &str, (wants, needs): (Wants<'_>, &Needs)) -> Result<Chart, RenderError> {
    let mut chart = Chart { files: moved(&source.reader, &wants.chart, folder, "").await?, ..Chart::default() };
    for value in &wants.values {
        chart.values.push(value.content().await?);
    }
    for (name, file) in &wants.parameters {
        chart.parameters.push((name.clone(), file.content().await?));
    }
    for (from, into, files) in &needs.folders {
        chart.files.extend(moved(&source.reader, files, from, into).await?);
    }
    let packed = needs.packed.iter().map(|(name, archive)| (name.clone(), archive.packed().to_vec()));
    chart.packed.extend(packed);
    Ok(chart)
}

/// The name of a packed chart below that of which it is a dependency.
fn packed_name(dependency: &Dependency, archive: &Archive) -> Result<String, RenderError> {
    Ok(format!("charts/{}-{}.tgz", dependency.name, version_of(archive)?))
}

/// A chart's name becomes that of a folder.
fn sound_name(dependency: &Dependency) -> Result<&str, RenderError> {
    let name = dependency.name.as_str();
    if path::is_sound(name) && !name.contains('/') {
        return Ok(name);
    }
    Err(path::escape("the name of a dependency", name))
}

/// Reads files of `folder` as files of another.
async fn moved(reader: &Reader<'_>, files: &[Found], folder: &str, into: &str) -> Result<Files, RenderError> {
    let read = reader.read(files).await?;
    let mut moved = Files::default();
    for (path, content) in read.iter() {
        let rest = path::below(path, folder).unwrap_or(path);
        moved.insert(format!("{into}{rest}"), Arc::new(content.to_vec()));
    }
    Ok(moved)
}

/// Where the files lie is of no matter, only what they are to the chart.
fn key(folder: &str, wants: &Wants<'_>, settings: &Settings, version: &str) -> Key {
    let mut hashed = Hashed::new("helm");
    hashed.add(version);
    hashed.add(settings.said());
    for file in &wants.chart {
        hashed.add(path::below(&file.path, folder).unwrap_or(&file.path));
        hashed.add(&file.id);
    }
    hashed.add("values");
    wants.values.iter().for_each(|value| hashed.add(&value.file.id));
    hashed.add("parameters");
    for (name, file) in &wants.parameters {
        hashed.add(name);
        hashed.add(&file.file.id);
    }
    hashed.key()
}
