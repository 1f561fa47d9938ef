//! The schemas of the built-in kinds: what the real API server publishes of them, without what nobody reads here.
//!
//! `openapi.json` is written from a running server, and held against one, by `e2e/tests/honesty/published.rs`.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::super::catalog::Resource;
use super::{Schema, packed};

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The schema of a built-in kind; none of one that is not stored.
pub(super) fn of(of: &Resource) -> Option<&'static Schema> {
    published().get(&definition(of)).map(|schema| &**schema)
}

/// The schema of everybody's metadata.
pub(super) fn metadata() -> Option<&'static Schema> {
    published().get(META).map(|schema| &**schema)
}

fn published() -> &'static BTreeMap<String, Arc<Schema>> {
    static ALL: OnceLock<BTreeMap<String, Arc<Schema>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let written = packed::unpacked(packed::PUBLISHED);
        let mut definitions = Definitions { written: &written, read: BTreeMap::new() };
        for name in written.keys() {
            definitions.named(name);
        }
        definitions.read
    })
}

/// `io.k8s.api.apps.v1.Deployment`.
fn definition(of: &Resource) -> String {
    let package = match of.group {
        "" => "api.core",
        "apiextensions.k8s.io" => "apiextensions-apiserver.pkg.apis.apiextensions",
        group => return format!("io.k8s.api.{}.{}.{}", group.split('.').next().unwrap_or(group), of.version, of.kind),
    };
    format!("io.k8s.{package}.{}.{}", of.version, of.kind)
}

/// Definitions that name each other.
pub(super) struct Definitions<'a> {
    written: &'a BTreeMap<String, Value>,
    read: BTreeMap<String, Arc<Schema>>,
}

impl Definitions<'_> {
    /// The definition of that name. None of those kept names itself in the end: the one that did is open.
    pub(super) fn named(&mut self, name: &str) -> Arc<Schema> {
        if let Some(known) = self.read.get(name) {
            return known.clone();
        }
        let written = self.written.get(name).unwrap_or(&Value::Null);
        // `v1.Deployment`, as Go has it.
        let package = name.rmatch_indices('.').nth(1).map_or(0, |(at, _)| at + 1);
        let go = name.get(package..).unwrap_or(name).to_owned();
        let schema = Arc::new(Schema { go, ..Schema::read(written, &mut |name| self.named(name)) });
        self.read.insert(name.to_owned(), schema.clone());
        schema
    }
}
