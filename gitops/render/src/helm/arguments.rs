//! What `helm template` is told, in the words and with the precedence of the established controller.

use std::ffi::OsString;

use sluice_crds::HelmSource;

use crate::environment::Environment;
use crate::error::RenderError;
use crate::request::Cluster;

/// The longest name of a release, as Helm has it.
const LONGEST: usize = 53;

/// Settings of a render, with the environment filled in: all but files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Settings {
    release: String,
    namespace: String,
    kube_version: String,
    api_versions: Vec<String>,
    /// What is set, as Helm reads it: the switch, and `name=value`.
    set: Vec<(&'static str, String)>,
    switches: Vec<&'static str>,
    /// Values of the Application itself, as a YAML file.
    pub values: Option<String>,
}

/// The name of the release that an Application is rendered as.
pub(crate) fn release_name(helm: &HelmSource, application: &str) -> Result<String, RenderError> {
    let given = helm.release_name.as_deref().filter(|name| !name.is_empty());
    let (name, field) = given.map_or((application, "the Application's name"), |name| (name, "helm.releaseName"));
    let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let ends_well = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let fits = name.len() <= LONGEST && name.bytes().all(sound);
    if fits && ends_well(name.bytes().next()) && ends_well(name.bytes().last()) {
        return Ok(name.to_owned());
    }
    Err(RenderError::spec(format!(
        "{field} {name:?} is no name for a Helm release: up to {LONGEST} lower-case letters, digits, - and .; set helm.releaseName"
    )))
}

impl Settings {
    /// Settings of an Application's source for a release in that namespace of that cluster.
    pub(crate) fn new(
        helm: &HelmSource,
        (application, namespace): (&str, &str),
        cluster: &Cluster,
        environment: &Environment,
    ) -> Result<Self, RenderError> {
        if let Some(version) = helm.version.as_deref().filter(|version| !matches!(*version, "" | "v3")) {
            return Err(RenderError::spec(format!("helm.version {version:?} is not supported: leave it out, or v3")));
        }
        let own = |given: &Option<String>, else_: &str| match given.as_deref() {
            Some(text) if !text.is_empty() => text.to_owned(),
            _ => else_.to_owned(),
        };
        let api_versions =
            if helm.api_versions.is_empty() { cluster.api_versions.clone() } else { helm.api_versions.clone() };
        Ok(Self {
            release: release_name(helm, application)?,
            namespace: own(&helm.namespace, namespace),
            // Some clouds end theirs with a plus sign, which Helm does not take.
            kube_version: own(&helm.kube_version, cluster.kube_version.trim_end_matches('+')),
            api_versions,
            set: set(helm, environment)?,
            switches: switches(helm),
            values: values(helm),
        })
    }

    /// All arguments: files of values in order, files of parameters by name.
    pub(crate) fn arguments(&self, values: &[String], files: &[(String, String)]) -> Vec<OsString> {
        let mut all: Vec<String> = ["template", "chart", "--name-template", &self.release].map(str::to_owned).into();
        let mut option = |name: &str, value: &str| {
            if !value.is_empty() {
                all.extend([name.to_owned(), value.to_owned()]);
            }
        };
        option("--namespace", &self.namespace);
        option("--kube-version", &self.kube_version);
        for (switch, pair) in &self.set {
            option(switch, pair);
        }
        for (name, file) in files {
            option("--set-file", &format!("{name}={}", escaped(file)));
        }
        for file in values {
            option("--values", file);
        }
        for version in &self.api_versions {
            option("--api-versions", version);
        }
        all.extend(self.switches.iter().map(|switch| (*switch).to_owned()));
        all.into_iter().map(OsString::from).collect()
    }

    /// What goes into a render's key beside the files.
    pub(crate) fn said(&self) -> String {
        format!("{self:?}")
    }
}

/// Of parameters with one name the last counts.
fn set(helm: &HelmSource, environment: &Environment) -> Result<Vec<(&'static str, String)>, RenderError> {
    let mut set: Vec<(&'static str, &str, String)> = Vec::new();
    for parameter in &helm.parameters {
        let field = format!("helm.parameters[{}]", parameter.name);
        if parameter.name.is_empty() {
            return Err(RenderError::spec(format!("{field}: name is missing")));
        }
        let value = environment.fill(&parameter.value, &field)?;
        let switch = if parameter.force_string { "--set-string" } else { "--set" };
        set.retain(|(_, name, _)| *name != parameter.name);
        set.push((switch, &parameter.name, escaped(&value)));
    }
    Ok(set.into_iter().map(|(switch, name, value)| (switch, format!("{name}={value}"))).collect())
}

/// A comma would begin the next parameter, but in `{a,b}`, which is a list.
fn escaped(value: &str) -> String {
    if value.starts_with('{') && value.ends_with('}') {
        return value.to_owned();
    }
    let mut escaped = String::new();
    let mut before = ' ';
    for character in value.chars() {
        if character == ',' && before != '\\' {
            escaped.push('\\');
        }
        escaped.push(character);
        before = character;
    }
    escaped
}

fn switches(helm: &HelmSource) -> Vec<&'static str> {
    let all = [
        (!helm.skip_crds, "--include-crds"),
        (helm.skip_schema_validation, "--skip-schema-validation"),
        (helm.skip_tests, "--skip-tests"),
    ];
    all.into_iter().filter(|(is_on, _)| *is_on).map(|(_, switch)| switch).collect()
}

/// JSON is YAML. The object wins over the text.
fn values(helm: &HelmSource) -> Option<String> {
    let object = helm.values_object.as_ref().map(|object| serde_json::json!(object).to_string());
    object.or_else(|| helm.values.clone()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;
    use crate::environment::About;

    fn environment() -> Environment {
        Environment::new(&About {
            application: "shop",
            namespace: "prod",
            project: "team",
            revision: "abcdef0123",
            url: "https://host/repo",
            path: "chart",
            target: "main",
        })
    }

    fn check(helm: serde_json::Value, expected: &Expect) {
        let helm: HelmSource = serde_json::from_value(helm).unwrap();
        let cluster = Cluster { kube_version: "1.33.1".to_owned(), api_versions: vec!["apps/v1".to_owned()] };
        let said = Settings::new(&helm, ("shop", "prod"), &cluster, &environment()).map(|settings| {
            let files = [("cert".to_owned(), "files/0".to_owned())];
            let all = settings.arguments(&["values/0".to_owned()], &files);
            let words: Vec<_> = all.iter().map(|word| word.to_string_lossy().into_owned()).collect();
            format!("{}\n{}\n", words.join(" "), settings.values.unwrap_or_default())
        });
        expected.assert_eq(&said.unwrap_or_else(|error| format!("{}\n", error.text)));
    }

    #[test]
    fn arguments_are_those_of_the_established_controller() {
        check(
            json!({"values": "a: $oidc.github.clientId", "parameters": [
                {"name": "global.database.ha", "value": "true"},
                {"name": "progressive.stages", "value": "5,25,50,100"},
                {"name": "list", "value": "{a,b}"},
                {"name": "done", "value": "a\\,b"},
                {"name": "tag", "value": "1.10", "forceString": true},
                {"name": "app", "value": "$ARGOCD_APP_NAME-${ARGOCD_APP_REVISION_SHORT}"},
                {"name": "list", "value": "{c}"},
            ]}),
            &expect![[r"
                template chart --name-template shop --namespace prod --kube-version 1.33.1 --set global.database.ha=true --set progressive.stages=5\,25\,50\,100 --set done=a\,b --set-string tag=1.10 --set app=shop-abcdef0 --set list={c} --set-file cert=files/0 --values values/0 --api-versions apps/v1 --include-crds
                a: $oidc.github.clientId
            "]],
        );
        check(
            json!({"releaseName": "web", "namespace": "other", "kubeVersion": "1.30", "apiVersions": ["x/v1"], "skipCrds": true,
                "skipTests": true, "skipSchemaValidation": true, "values": "a: 1", "valuesObject": {"a": 2}}),
            &expect![[r#"
                template chart --name-template web --namespace other --kube-version 1.30 --set-file cert=files/0 --values values/0 --api-versions x/v1 --skip-schema-validation --skip-tests
                {"a":2}
            "#]],
        );
    }

    #[test]
    fn what_helm_could_not_take_is_told() {
        check(
            json!({"version": "v2"}),
            &expect![[r#"
            helm.version "v2" is not supported: leave it out, or v3
        "#]],
        );
        check(
            json!({"releaseName": "a_b"}),
            &expect![[r#"
            helm.releaseName "a_b" is no name for a Helm release: up to 53 lower-case letters, digits, - and .; set helm.releaseName
        "#]],
        );
        check(
            json!({"parameters": [{"value": "x"}]}),
            &expect![[r"
            helm.parameters[]: name is missing
        "]],
        );
        let long = "a".repeat(54);
        assert!(release_name(&HelmSource::default(), &long).unwrap_err().text.starts_with("the Application's name"));
    }
}
