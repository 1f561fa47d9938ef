//! What an Application may say of itself in its own source: `$ARGOCD_APP_NAME` and the like.

use std::collections::BTreeMap;

use crate::error::RenderError;

/// Names and values of the build environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(BTreeMap<&'static str, String>);

/// What the environment is made of.
pub(crate) struct About<'a> {
    pub application: &'a str,
    pub namespace: &'a str,
    pub project: &'a str,
    pub revision: &'a str,
    pub url: &'a str,
    pub path: &'a str,
    pub target: &'a str,
}

impl Environment {
    pub(crate) fn new(about: &About<'_>) -> Self {
        let short = |digits: usize| about.revision.get(..digits).unwrap_or(about.revision);
        let url = crate::address::shown(about.url);
        let pairs = [
            ("ARGOCD_APP_NAME", about.application),
            ("ARGOCD_APP_NAMESPACE", about.namespace),
            ("ARGOCD_APP_PROJECT_NAME", about.project),
            ("ARGOCD_APP_REVISION", about.revision),
            ("ARGOCD_APP_REVISION_SHORT", short(7)),
            ("ARGOCD_APP_REVISION_SHORT_8", short(8)),
            ("ARGOCD_APP_SOURCE_REPO_URL", &url),
            ("ARGOCD_APP_SOURCE_PATH", about.path),
            ("ARGOCD_APP_SOURCE_TARGET_REVISION", about.target),
        ];
        Self(pairs.into_iter().map(|(name, value)| (name, value.to_owned())).collect())
    }

    /// Fills in `$NAME` and `${NAME}`; `$$` is a dollar sign. A name that is not known is an error: the established controller
    /// puts nothing in its place, and deploys what is left.
    pub(crate) fn fill(&self, text: &str, field: &str) -> Result<String, RenderError> {
        let mut parts = text.split('$');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        while let Some(part) = parts.next() {
            if part.is_empty() {
                // `$$`, or a dollar sign at the end.
                filled.push('$');
                filled.push_str(parts.next().unwrap_or_default());
                continue;
            }
            let (name, rest) = name_in(part);
            match self.0.get(name) {
                Some(value) => filled.push_str(value),
                None if name.is_empty() => filled.push('$'),
                None => return Err(self.unknown(name, field)),
            }
            filled.push_str(rest);
        }
        Ok(filled)
    }

    /// Fills in `{{ env "NAME" }}`, as jsonnet's variables are written in some Applications, out of the same names and of those
    /// without ARGOCD_APP_ that `more` gives.
    pub(crate) fn call(&self, text: &str, more: &BTreeMap<String, String>, field: &str) -> Result<String, RenderError> {
        let mut parts = text.split("{{");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let called = part.split_once("}}").and_then(|(call, rest)| {
                let name = call.trim().strip_prefix("env")?.trim().strip_prefix('"')?.strip_suffix('"')?;
                Some((name, rest))
            });
            let Some((name, rest)) = called else {
                filled.push_str("{{");
                filled.push_str(part);
                continue;
            };
            let value = self.0.get(name).or_else(|| more.get(name)).ok_or_else(|| self.not_given(name, more, field))?;
            filled.push_str(value);
            filled.push_str(rest);
        }
        Ok(filled)
    }

    fn not_given(&self, name: &str, more: &BTreeMap<String, String>, field: &str) -> RenderError {
        let known: Vec<&str> = self.0.keys().copied().chain(more.keys().map(String::as_str)).collect();
        let known = known.join(", ");
        RenderError::spec(format!(
            "{field}: env {name:?} is not known here: have it given by --render-env {name}=VALUE; these are: {known}"
        ))
    }

    fn unknown(&self, name: &str, field: &str) -> RenderError {
        let known: Vec<&str> = self.0.keys().copied().collect();
        let known = known.join(", ");
        RenderError::spec(format!("{field}: ${name} is not known (write $$ for a dollar sign); these are: {known}"))
    }
}

/// A name at the start of a text, and what comes behind it.
fn name_in(text: &str) -> (&str, &str) {
    if let Some((name, rest)) = text.strip_prefix('{').and_then(|text| text.split_once('}')) {
        return (name, rest);
    }
    text.split_at(text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        Environment::new(&About {
            application: "shop",
            namespace: "shop-prod",
            project: "team",
            revision: "0123456789abcdef",
            url: "https://user:pass@host/repo",
            path: "charts/shop",
            target: "main",
        })
    }

    #[test]
    fn names_are_filled_in() {
        let fill = |text: &str| environment().fill(text, "helm.parameters[0]").map_err(|error| error.text);
        assert_eq!(fill("$ARGOCD_APP_NAME-${ARGOCD_APP_REVISION_SHORT}.x").unwrap(), "shop-0123456.x");
        assert_eq!(fill("$$HOME costs 5$ or $5.$").unwrap_err().split(" is").next(), Some("helm.parameters[0]: $5"));
        assert_eq!(fill("$$HOME $ $").unwrap(), "$HOME $ $");
        assert_eq!(fill("$ARGOCD_APP_SOURCE_REPO_URL").unwrap(), "https://host/repo");
        assert!(fill("$oidc.clientId").unwrap_err().starts_with("helm.parameters[0]: $oidc is not known"));
    }

    #[test]
    fn env_is_called_with_names_that_are_allowed() {
        let more = BTreeMap::from([("ENVIRONMENT".to_owned(), "dev".to_owned())]);
        let call = |text: &str| environment().call(text, &more, "extVars").map_err(|error| error.text);
        assert_eq!(call(r#"{{env "ENVIRONMENT"}}-{{ env "ARGOCD_APP_NAME" }}"#).unwrap(), "dev-shop");
        assert_eq!(call("{{ other }} {{").unwrap(), "{{ other }} {{");
        let unknown = call(r#"{{env "AWS_SECRET_ACCESS_KEY"}}"#).unwrap_err();
        assert!(unknown.contains("--render-env AWS_SECRET_ACCESS_KEY=VALUE"), "{unknown}");
    }
}
