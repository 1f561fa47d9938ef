//! Paths within a repository: `a/b/c`, from its root, the root itself being empty. None leads out of it.

use crate::error::{Kind, RenderError};

/// The longest path, as file systems have it.
const LONGEST: usize = 4096;

/// Where `relative` leads from the folder `base`. A leading slash means the repository's root. `field` says who asks, for the
/// error when it would lead out.
pub(crate) fn join(base: &str, relative: &str, field: &str) -> Result<String, RenderError> {
    if relative.len() > LONGEST || relative.contains('\0') {
        return Err(RenderError::spec(format!("{field}: this is no path")));
    }
    let base = if relative.starts_with('/') { "" } else { base };
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Err(escape(field, relative));
                }
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

pub(crate) fn escape(field: &str, path: &str) -> RenderError {
    RenderError::new(Kind::Escape, format!("{field}: {path:?} leads out of the repository"))
}

/// Whether a repository may have a file of that name: what could mean another folder when it is written to disk is refused.
pub(crate) fn is_sound(path: &str) -> bool {
    let part_is_sound = |part: &str| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git");
    path.len() <= LONGEST && !path.contains(['\0', '\\']) && path.split('/').all(part_is_sound)
}

/// The folder that a file is in.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What is left of `path` behind `folder`, if it is below it.
pub(crate) fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_within_the_repository() {
        for (base, relative, joined) in [
            ("charts/web", "values.yaml", "charts/web/values.yaml"),
            ("charts/web", "./../lib//x.yaml", "charts/lib/x.yaml"),
            ("charts/web", "/env/prod.yaml", "env/prod.yaml"),
            ("", ".", ""),
            ("a", "..", ""),
        ] {
            assert_eq!(join(base, relative, "path").unwrap(), joined, "{base} {relative}");
        }
    }

    #[test]
    fn nothing_leads_out() {
        for relative in ["../..", "/..", "a/../../../x", "../../charts/web/values.yaml"] {
            assert_eq!(join("web", relative, "path").unwrap_err().kind, Kind::Escape, "{relative}");
        }
        for name in ["../x", "a//b", "a/./b", ".git/config", "a/.GIT/hooks/x", "/etc/passwd", "a\0b", "a\\..\\b"] {
            assert!(!is_sound(name), "{name:?}");
        }
        assert!(is_sound("a/.gitignore"));
    }
}
