//! Where the API server keeps things.

use std::fmt::Write as _;

use crate::api::Resource;
use crate::error::WriteError;

/// Letters that stand for themselves in a path and in a query.
const PLAIN: &[u8] = b"-._~:";

impl Resource {
    /// The path of all its objects, of a namespace if one is said.
    pub(crate) fn path(&self, version: &str, namespace: &str) -> Result<String, WriteError> {
        let prefix = if self.group.is_empty() { "/api" } else { "/apis" };
        let (api_version, plural) = (self.api_version(version), &self.plural);
        Ok(match namespace {
            "" => format!("{prefix}/{api_version}/{plural}"),
            namespace => format!("{prefix}/{api_version}/namespaces/{}/{plural}", segment("namespace", namespace)?),
        })
    }

    /// The path of one of its objects.
    pub(crate) fn path_of(&self, version: &str, namespace: &str, name: &str) -> Result<String, WriteError> {
        Ok(format!("{}/{}", self.path(version, namespace)?, segment("name", name)?))
    }
}

/// A name as one step of a path. What would lead elsewhere is refused, as the API server refuses to make such a name.
fn segment(field: &str, text: &str) -> Result<String, WriteError> {
    if matches!(text, "" | "." | "..") || text.contains(['/', '%']) {
        return Err(WriteError::Refused(format!("metadata.{field} is {text:?}, which is no name")));
    }
    Ok(encoded(text))
}

/// A text as a value of a query.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        let secrets = Resource { plural: "secrets".to_owned(), namespaced: true, ..Resource::default() };
        let path = |namespace: &str, name: &str| secrets.path_of("v1", namespace, name).map_err(|why| why.to_string());
        assert_eq!(path("shop", "db"), Ok("/api/v1/namespaces/shop/secrets/db".to_owned()));
        assert_eq!(path("", "system:db ü"), Ok("/api/v1/secrets/system:db%20%C3%BC".to_owned()));
        for (namespace, name) in [("shop", ".."), ("shop", "a/../../b"), ("..", "a"), ("a%2f", "a"), ("shop", "")] {
            assert!(path(namespace, name).is_err_and(|why| why.contains("is no name")), "{namespace} {name}");
        }
        let ingresses =
            Resource { group: "networking.k8s.io".to_owned(), plural: "ingresses".to_owned(), ..Resource::default() };
        assert_eq!(ingresses.path("v1", "").unwrap(), "/apis/networking.k8s.io/v1/ingresses");
    }
}
