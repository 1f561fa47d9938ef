//! What a chart depends on.

use serde::Deserialize;

use crate::error::{Kind, RenderError};
use crate::path;
use crate::source::Reader;
use crate::yaml;

use super::Archive;

/// A chart that another one needs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Dependency {
    pub name: String,
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub repository: String,
}

#[derive(Default, Deserialize)]
struct Listing {
    #[serde(default)]
    dependencies: Option<Vec<Dependency>>,
}

#[derive(Deserialize)]
struct About {
    version: String,
}

/// The version that a chart says it is.
pub(crate) fn version_of(archive: &Archive) -> Result<String, RenderError> {
    let bad = |why: &str| RenderError::new(Kind::Manifest, format!("the chart's Chart.yaml: {why}"));
    let file = archive.tree().file("Chart.yaml")?.ok_or_else(|| bad("it is missing"))?;
    let files = archive.read(&[file]);
    let text = String::from_utf8_lossy(files.get("Chart.yaml").unwrap_or_default()).into_owned();
    let about: About = yaml::one(&text).map_err(|why| bad(&why))?;
    let sound = |letter: char| letter.is_ascii_alphanumeric() || "-._+".contains(letter);
    if about.version.chars().all(sound) { Ok(about.version) } else { Err(bad("its version is none")) }
}

/// The most dependencies of one chart.
const MOST: usize = 200;

/// The dependencies of the chart in a folder that its own `charts` does not hold, at the versions of its lock, if it has one.
pub(crate) async fn dependencies(reader: &Reader<'_>, folder: &str) -> Result<Vec<Dependency>, RenderError> {
    let mut wanted = listed(reader, folder, &["Chart.yaml", "requirements.yaml"]).await?;
    if wanted.is_empty() {
        return Ok(wanted);
    }
    if wanted.len() > MOST {
        return Err(RenderError::new(Kind::Limit, format!("the chart has more than {MOST} dependencies")));
    }
    let locked = listed(reader, folder, &["Chart.lock", "requirements.lock"]).await?;
    let here = reader.tree().exported(&path::join(folder, "charts", "charts")?)?;
    let prefix = format!("{}/", path::join(folder, "charts", "charts")?);
    let is_here = |wanted: &Dependency| {
        let name = &wanted.name;
        here.iter().filter_map(|file| file.path.strip_prefix(&prefix)).any(|file| {
            let packed = file
                .strip_prefix(name.as_str())
                .is_some_and(|rest| rest.starts_with('-') && rest.rsplit('.').next() == Some("tgz"));
            file == format!("{name}/Chart.yaml") || packed
        })
    };
    wanted.retain(|dependency| !is_here(dependency));
    for dependency in &mut wanted {
        let lock = locked.iter().find(|lock| lock.name == dependency.name && lock.repository == dependency.repository);
        if let Some(lock) = lock {
            dependency.version.clone_from(&lock.version);
        }
    }
    Ok(wanted)
}

async fn listed(reader: &Reader<'_>, folder: &str, names: &[&str]) -> Result<Vec<Dependency>, RenderError> {
    let mut all = Vec::new();
    for name in names {
        let path = path::join(folder, name, name)?;
        let Some(file) = reader.tree().file(&path)? else { continue };
        let text = reader.text(file).await?;
        let listing: Listing =
            yaml::one(&text).map_err(|why| RenderError::new(Kind::Manifest, format!("{path}: {why}")))?;
        all.extend(listing.dependencies.unwrap_or_default());
    }
    Ok(all)
}
