//! Charts that a kustomization has rendered: those of other repositories are put where Kustomize looks before it would fetch them.

use serde_json::Value;

use crate::error::RenderError;
use crate::helm::Dependency;
use crate::path;

/// Where charts are, where a kustomization does not say it.
const HOME: &str = "charts";

/// A chart of another repository that a kustomization has rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inflated {
    /// The folder of the kustomization.
    pub at: String,
    /// The folder that Kustomize looks for it in.
    pub folder: String,
    /// Which chart.
    pub chart: Dependency,
}

/// Those that the kustomization in a folder names. Charts that would be read elsewhere than in the repository are an error.
pub(super) fn of(kustomization: &Value, at: &str) -> Result<Vec<Inflated>, RenderError> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let home = kustomization.pointer("/helmGlobals/chartHome").and_then(Value::as_str).unwrap_or(HOME);
    // To Kustomize this is a folder of the machine.
    if home.starts_with('/') {
        return Err(path::escape("helmGlobals.chartHome", home));
    }
    let mut charts = Vec::new();
    for one in kustomization.get("helmCharts").and_then(Value::as_array).into_iter().flatten() {
        let chart =
            Dependency { name: text(one, "name"), version: text(one, "version"), repository: text(one, "repo") };
        if !chart.repository.is_empty() {
            let home = path::join(at, home, "helmGlobals.chartHome")?;
            charts.push(Inflated { at: at.to_owned(), folder: folder(&home, &chart), chart });
        }
    }
    Ok(charts)
}

/// Of one that names its version, the folder has it in its name.
fn folder(home: &str, chart: &Dependency) -> String {
    let Dependency { name, version, .. } = chart;
    let below = if version.is_empty() { name.clone() } else { format!("{name}-{version}/{name}") };
    format!("{home}/{below}").trim_start_matches('/').to_owned()
}
