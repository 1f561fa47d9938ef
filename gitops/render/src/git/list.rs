//! What a commit holds: `git ls-tree`, read into a list of files.

use std::collections::BTreeMap;

use crate::error::{Kind, RenderError};
use crate::path;
use crate::tree::{Entry, What};

/// Reads what `git ls-tree -r -l -z` writes. Links have no target yet.
pub(super) fn parse(text: &[u8], most: usize) -> Result<BTreeMap<String, Entry>, RenderError> {
    let mut entries = BTreeMap::new();
    for line in text.split(|&byte| byte == 0).filter(|line| !line.is_empty()) {
        if entries.len() == most {
            return Err(RenderError::new(Kind::Limit, format!("it has more than {most} files")));
        }
        let (path, entry) = line_of(line)?;
        entries.insert(path, entry);
    }
    Ok(entries)
}

/// `100644 blob 0123…  512<TAB>path`
fn line_of(line: &[u8]) -> Result<(String, Entry), RenderError> {
    let line = String::from_utf8_lossy(line);
    let unsound = || RenderError::new(Kind::Escape, format!("it has a path that no file may have: {line:?}"));
    let (attributes, path) = line.split_once('\t').ok_or_else(unsound)?;
    if !path::is_sound(path) {
        return Err(unsound());
    }
    let mut attributes = attributes.split_whitespace();
    let (mode, _kind, id) = (attributes.next(), attributes.next(), attributes.next().ok_or_else(unsound)?);
    let what = match mode {
        Some("120000") => What::Link,
        Some("160000") => What::Submodule,
        _ => What::File,
    };
    let size = attributes.next().and_then(|size| size.parse().ok()).unwrap_or(0);
    Ok((path.to_owned(), Entry { what, id: id.to_owned(), size, target: None }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_mean_another_folder_are_refused() {
        for path in ["../up", "a/../../b", ".git/config", "/etc/passwd", "a//b"] {
            let line = format!("100644 blob {} 5\t{path}\0", "a".repeat(40));
            assert_eq!(parse(line.as_bytes(), 10).unwrap_err().kind, Kind::Escape, "{path}");
        }
    }

    #[test]
    fn more_files_than_allowed_are_refused() {
        let lines: String = (0..11).map(|n| format!("100644 blob {} 5\tf{n}\0", "a".repeat(40))).collect();
        assert_eq!(parse(lines.as_bytes(), 10).unwrap_err().kind, Kind::Limit);
        assert_eq!(parse(lines.as_bytes(), 11).unwrap().len(), 11);
    }
}
