//! Helm: charts out of git, Helm repositories and registries, rendered by `helm template` in the jail, without a network.
//!
//! Whatever a chart needs is fetched by us beforehand: dependencies, and value files of other sources. So a render is a
//! function of files and settings, and can be kept by their hash.

mod archive;
mod arguments;
mod chart;
mod fetch;
mod index;
mod registry;
mod shop;
mod template;
mod values;

pub(crate) use self::archive::Archive;
pub(crate) use self::arguments::Settings;
pub(crate) use self::chart::{Dependency, dependencies, version_of};
pub(crate) use self::fetch::Fetch;
pub(crate) use self::shop::{Shop, Wanted};
pub(crate) use self::template::{Chart, template};
pub(crate) use self::values::{Reference, ValueFile, parameter_file, value_files};
