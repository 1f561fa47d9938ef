//! The ConfigMaps that say how Applications are kept: each has a watch of its own, by its name.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::reflector::Store;
use kube_runtime::reflector::store::Writer;

use crate::gitops::config::Setting;

/// The writing ends.
pub(crate) type Writers = BTreeMap<Setting, Writer<ConfigMap>>;

/// ConfigMaps by what they are about. A clone is the same caches.
#[derive(Clone, Debug)]
pub struct Settings(BTreeMap<Setting, Store<ConfigMap>>);

/// Empty caches, and their writing ends.
pub(super) fn settings() -> (Settings, Writers) {
    let writers: Writers = Setting::ALL.into_iter().map(|setting| (setting, Writer::default())).collect();
    let stores = writers.iter().map(|(setting, writer)| (*setting, writer.as_reader())).collect();
    (Settings(stores), writers)
}

impl Settings {
    /// One of them, if it is there.
    pub fn get(&self, setting: Setting) -> Option<Arc<ConfigMap>> {
        self.0.get(&setting)?.state().into_iter().next()
    }

    /// Those that are there.
    pub fn all(&self) -> BTreeMap<Setting, Arc<ConfigMap>> {
        Setting::ALL.into_iter().filter_map(|setting| Some((setting, self.get(setting)?))).collect()
    }
}
