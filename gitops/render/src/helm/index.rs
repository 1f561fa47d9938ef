//! What a Helm repository has: its `index.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Kind, RenderError};
use crate::version::{Constraint, Version};

/// All charts of a repository, and their versions.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Index {
    #[serde(default)]
    entries: BTreeMap<String, Vec<Packed>>,
}

/// One version of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Packed {
    pub version: String,
    /// Where it is, absolute or from the repository's address.
    #[serde(default)]
    pub urls: Vec<String>,
    /// The SHA-256 of the packed chart, where it is told.
    #[serde(default)]
    pub digest: Option<String>,
}

impl Index {
    /// Reads an index. What is not asked for is passed over.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let options = serde_saphyr::options! {
            // Some have ten thousands of versions with forty lines each.
            budget: serde_saphyr::budget! { max_depth: 64, max_nodes: 20_000_000, max_events: 40_000_000 },
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
            with_snippet: false,
        };
        let text = std::str::from_utf8(text).map_err(|_| "it is no UTF-8".to_owned())?;
        serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| error.to_string().lines().collect::<Vec<_>>().join(" "))
    }

    /// The version of a chart that is asked for: that very one, or the newest within a range.
    pub(crate) fn find(&self, chart: &str, asked: &str) -> Result<&Packed, RenderError> {
        let gone = |text: String| RenderError::new(Kind::NotFound, text);
        let versions = self.entries.get(chart).filter(|versions| !versions.is_empty());
        let versions = versions.ok_or_else(|| gone(format!("it has no chart {chart:?}")))?;
        let asked = if asked.trim().is_empty() { "*" } else { asked.trim() };
        if let Some(exact) = versions.iter().find(|packed| packed.version == asked) {
            return Ok(exact);
        }
        let known = versions.iter().filter_map(|packed| Some((Version::parse(&packed.version)?, packed)));
        let fitting: Box<dyn Fn(&Version) -> bool> = match (Version::parse(asked), Constraint::parse(asked)) {
            (Some(pin), _) => Box::new(move |version| *version == pin),
            (None, Some(range)) => Box::new(move |version| range.admits(version)),
            (None, None) => {
                return Err(RenderError::spec(format!(
                    "targetRevision {asked:?} is neither a version nor a range of versions"
                )));
            }
        };
        let fitting = known.filter(|(version, _)| fitting(version));
        let newest = fitting.reduce(|best, next| if next.0 > best.0 { next } else { best });
        newest.map(|(_, packed)| packed).ok_or_else(|| {
            let count = versions.len();
            gone(format!("none of the {count} versions of chart {chart:?} is {asked}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "
apiVersion: v1
entries:
  web:
  - {name: web, version: 1.2.3, urls: [web-1.2.3.tgz], digest: abc, created: \"2024\"}
  - {name: web, version: v1.10.0, urls: [https://cdn/web-1.10.0.tgz]}
  - {name: web, version: 2.0.0-rc.1, urls: [x]}
  - {name: web, version: latest, urls: [x]}
  none: []
";

    #[test]
    fn a_chart_is_found_by_version_and_range() {
        let index = Index::parse(INDEX.as_bytes()).unwrap();
        for (asked, version) in [
            ("1.2.3", "1.2.3"),
            ("v1.2.3", "1.2.3"),
            ("1.10.0", "v1.10.0"),
            ("latest", "latest"),
            ("", "v1.10.0"),
            ("^1.0.0", "v1.10.0"),
            ("~1.2", "1.2.3"),
            (">=1-0", "2.0.0-rc.1"),
        ] {
            assert_eq!(index.find("web", asked).unwrap().version, version, "{asked}");
        }
        for (chart, asked, said) in [
            ("web", "^3", r#"none of the 4 versions of chart "web" is ^3"#),
            ("none", "", r#"it has no chart "none""#),
            ("web", "main", r#"targetRevision "main" is neither a version nor a range of versions"#),
        ] {
            assert_eq!(index.find(chart, asked).unwrap_err().text, said);
        }
    }
}
