//! The CustomResourceDefinitions to install.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube_core::CustomResourceExt;
use serde_json::Value;

use crate::{
    AnalysisRun, AnalysisTemplate, AppProject, ApplicationDefinition, ClusterAnalysisTemplate, Experiment, Rollout,
};

/// The definitions of all seven kinds, as they should be installed.
///
/// They differ from each kind's own `crd()`: only Rollouts have a status subresource, Applications have an operation beside
/// spec and status, and nothing is nullable or has a
/// default (the API server then drops a null like a field left out, and the controller fills in defaults).
pub fn definitions() -> [CustomResourceDefinition; 7] {
    [
        tidy(Rollout::crd()),
        tidy(AnalysisTemplate::crd()),
        tidy(ClusterAnalysisTemplate::crd()),
        tidy(without_subresources(without_rules(AnalysisRun::crd()))),
        tidy(without_subresources(Experiment::crd())),
        tidy(without_subresources(hoisted(ApplicationDefinition::crd()))),
        tidy(without_subresources(AppProject::crd())),
    ]
}

/// The definition as a file to apply: name and YAML.
pub fn manifest(definition: &CustomResourceDefinition) -> Result<(String, String), serde_saphyr::ser_error::Error> {
    let yaml = serde_saphyr::to_string(definition)?;
    let header = "# Written by `cargo run -p sluice-crds --bin crdgen`; change the types instead.\n";
    Ok((
        format!("{}.yaml", definition.spec.names.singular.as_deref().unwrap_or("definition")),
        header.to_owned() + &yaml,
    ))
}

/// The schemas of definitions by their kinds' names in paths, as JSON, without what is told to people: for who has a type's rules,
/// and not the type.
pub fn json_schemas(definitions: &[CustomResourceDefinition]) -> serde_json::Result<String> {
    let lines: Vec<String> = definitions.iter().map(json_schema).collect::<Result<_, _>>()?;
    Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
}

fn json_schema(definition: &CustomResourceDefinition) -> serde_json::Result<String> {
    let version = definition.spec.versions.first().and_then(|version| version.schema.as_ref());
    let mut schema = serde_json::to_value(version.and_then(|version| version.open_api_v3_schema.as_ref()))?;
    untold(&mut schema);
    Ok(format!("{}:{schema}", Value::from(definition.spec.names.plural.as_str())))
}

/// Takes off the descriptions. A field may have that name, too: that is no text.
fn untold(schema: &mut Value) {
    match schema {
        Value::Object(words) => {
            words.retain(|word, said| word != "description" || !said.is_string());
            words.values_mut().for_each(untold);
        }
        Value::Array(items) => items.iter_mut().for_each(untold),
        _ => {}
    }
}

/// Their status is an ordinary field: who made them, or a user, may write it through the object itself.
fn without_subresources(mut crd: CustomResourceDefinition) -> CustomResourceDefinition {
    for version in &mut crd.spec.versions {
        version.subresources = None;
    }
    crd
}

/// A kind whose parts are not spec and status alone is derived with all of them inside its spec: they belong one level up.
fn hoisted(mut crd: CustomResourceDefinition) -> CustomResourceDefinition {
    for schema in schemas(&mut crd) {
        let spec = schema.properties.as_mut().and_then(|properties| properties.remove("spec"));
        if let Some(parts) = spec {
            schema.properties = parts.properties;
            schema.required = parts.required;
        }
    }
    crd
}

/// A run is made by a controller of what templates said when it began: refused, it could not say what is wrong with it.
fn without_rules(mut crd: CustomResourceDefinition) -> CustomResourceDefinition {
    schemas(&mut crd).for_each(unrule);
    crd
}

fn unrule(schema: &mut JSONSchemaProps) {
    schema.x_kubernetes_validations = None;
    (schema.max_items, schema.max_length) = (None, None);
    children(schema).for_each(unrule);
}

fn tidy(mut crd: CustomResourceDefinition) -> CustomResourceDefinition {
    schemas(&mut crd).for_each(tidy_schema);
    crd
}

fn schemas(crd: &mut CustomResourceDefinition) -> impl Iterator<Item = &mut JSONSchemaProps> {
    let versions = crd.spec.versions.iter_mut();
    versions.filter_map(|version| version.schema.as_mut()?.open_api_v3_schema.as_mut())
}

fn tidy_schema(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    schema.default = None;
    if schema.x_kubernetes_int_or_string == Some(true) {
        // The field's own words are kept; the type's are three lines of Go history in a hundred places.
        schema.description = schema.description.take().filter(|text| !text.starts_with("IntOrString is"));
    }
    children(schema).for_each(tidy_schema);
}

/// The schemas directly inside: of properties, items and values.
fn children(schema: &mut JSONSchemaProps) -> impl Iterator<Item = &mut JSONSchemaProps> {
    let properties = schema.properties.iter_mut().flat_map(|map| map.values_mut());
    let items = match &mut schema.items {
        Some(JSONSchemaPropsOrArray::Schema(items)) => Some(&mut **items),
        _ => None,
    };
    let values = match &mut schema.additional_properties {
        Some(JSONSchemaPropsOrBool::Schema(values)) => Some(&mut **values),
        _ => None,
    };
    properties.chain(items).chain(values)
}
