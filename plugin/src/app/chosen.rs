//! Which of an Application's objects are meant by `--resource`.

use sluice_crds::{Application, ResourceStatus};

use crate::args::ResourceFlag;
use crate::near;

/// The objects that the status knows, as far as they are meant: all of them without flags.
pub(crate) fn of<'a>(app: &'a Application, flags: &[ResourceFlag]) -> Vec<&'a ResourceStatus> {
    all(app).filter(|one| is_meant(one, flags)).collect()
}

/// All objects that the status knows.
pub(crate) fn all(app: &Application) -> impl Iterator<Item = &ResourceStatus> {
    app.status.iter().flat_map(|status| &status.resources)
}

/// The first of the flags that mean an object, and not that one is left out, which names none that the status knows.
pub(crate) fn missing<'a>(app: &Application, flags: &'a [ResourceFlag]) -> Option<&'a ResourceFlag> {
    flags.iter().find(|flag| !flag.excludes && !all(app).any(|one| flag.names(one)))
}

/// That it has no such object, with those that may have been meant.
pub(crate) fn lacks(app: &Application, flags: &[ResourceFlag]) -> Option<String> {
    let flag = missing(app, flags)?;
    let known: Vec<String> = all(app).map(|one| format!("{}:{}:{}", one.group, one.kind, one.name)).collect();
    let hint = near::question(&flag.to_string(), &known).map(|hint| format!("; {hint}")).unwrap_or_default();
    Some(format!("has no object {flag}{hint}"))
}

/// Whether one of the flags names it, or none names any; and none leaves it out.
fn is_meant(one: &ResourceStatus, flags: &[ResourceFlag]) -> bool {
    let (out, meant): (Vec<_>, Vec<_>) = flags.iter().partition(|flag| flag.excludes);
    let any = |flags: &[&ResourceFlag]| flags.iter().any(|flag| flag.names(one));
    (meant.is_empty() || any(&meant)) && !any(&out)
}
