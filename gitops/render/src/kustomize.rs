//! Kustomize: what a kustomization needs is gathered, what the Application adds is written into a copy of it, and
//! `kustomize build` runs on that in the jail, without a network.

mod builds;
mod charts;
mod closure;
mod edit;
mod options;

use std::path::Path;

pub use self::builds::Builds;
pub(crate) use self::builds::Told;
pub(crate) use self::charts::Inflated;
pub(crate) use self::closure::{gather, kustomization};
pub(crate) use self::edit::Edits;
use crate::child::{ChildError, Jail, Job};
use crate::directory::Output;
use crate::error::{Kind, RenderError};
use crate::limits::{Limits, bytes};
use crate::objects::{self, malformed};
use crate::tree::Files;
use crate::yaml;

/// Builds the kustomization in `folder` of the files, in `home`, an empty folder.
pub(crate) async fn build(
    jail: &Jail,
    (told, home, limits): (&Told<'_>, &Path, &Limits),
    files: &Files,
    folder: &str,
) -> Result<Output, RenderError> {
    files.write(&home.join("repository"))?;
    let mut job = Job::new(told.program, home, limits).args(["build", "."]).args(&told.arguments);
    job.folder = home.join("repository").join(folder);
    // A kustomization may name the folder where Helm looks for plugins, and plugins are programs.
    job = job.env("HELM_PLUGINS", home.join("helm/plugins")).env("KUBECONFIG", "/dev/null");
    // It would start git for bases of other repositories.
    job = job.env("GIT_ALLOW_PROTOCOL", "none");
    let text = jail.run(job).await.map_err(|error| refused(error, limits))?;
    let read = yaml::documents(&String::from_utf8_lossy(&text)).map_err(|why| malformed("kustomize build", &why))?;
    let mut output = Output::default();
    output.warnings.extend(read.warning.map(|warning| format!("kustomize build: {warning}")));
    for document in read.documents {
        objects::add(&mut output.objects, document, "kustomize build")?;
    }
    output.allowed(limits)?;
    Ok(output)
}

/// The first line and the last ones: what was being done comes first, and what is wrong last.
fn in_short(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    let last = lines.len().saturating_sub(5).max(1);
    lines.iter().take(1).chain(lines.iter().skip(last)).copied().collect::<Vec<_>>().join("; ")
}

fn refused(error: ChildError, limits: &Limits) -> RenderError {
    let (kind, said) = match error {
        ChildError::TimedOut(time) => (Kind::TimedOut, format!("it was stopped after {} s", time.as_secs_f32())),
        ChildError::TooMuch(most) => (Kind::Limit, format!("it was stopped: it builds more than {}", bytes(most))),
        ChildError::Failed { said, .. } if said.contains("out of memory") || said.contains("stack exceeds") => {
            (Kind::Limit, ChildError::TooLarge(limits.memory).to_string())
        }
        ChildError::TooLarge(_) => (Kind::Limit, error.to_string()),
        ChildError::Failed { said, .. } => {
            let said = said.trim_start_matches("Error: ").replace("repository/", "");
            (Kind::Tool, in_short(&said).chars().take(2000).collect())
        }
        error => (Kind::Machine, error.to_string()),
    };
    RenderError::new(kind, format!("kustomize build: {said}"))
}
