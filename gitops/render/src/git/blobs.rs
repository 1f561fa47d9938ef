//! Contents of files: `git cat-file --batch`, read back.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Kind, RenderError};

/// What is asked: one hash a line.
pub(super) fn question<'a>(ids: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    ids.into_iter().flat_map(|id| [id.as_bytes(), b"\n"].concat()).collect()
}

/// The contents by hash, out of `HASH blob SIZE<LF>CONTENT<LF>` again and again.
pub(super) fn answers(mut text: &[u8]) -> Result<HashMap<String, Arc<Vec<u8>>>, RenderError> {
    let mut contents = HashMap::new();
    while !text.is_empty() {
        let (id, content, rest) = one(text).ok_or_else(|| {
            let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
            let line = String::from_utf8_lossy(line.get(..line.len().min(200)).unwrap_or_default()).into_owned();
            RenderError::new(Kind::Unreachable, format!("the object store is damaged: {line}"))
        })?;
        contents.insert(id, Arc::new(content));
        text = rest;
    }
    Ok(contents)
}

fn one(text: &[u8]) -> Option<(String, Vec<u8>, &[u8])> {
    let end = text.iter().position(|&byte| byte == b'\n')?;
    let line = std::str::from_utf8(text.get(..end)?).ok()?;
    let mut words = line.split(' ');
    let (id, kind, size) = (words.next()?, words.next()?, words.next()?.parse::<usize>().ok()?);
    if kind != "blob" {
        return None;
    }
    let content = text.get(end + 1..)?.get(..size)?.to_vec();
    let rest = text.get(end + 1 + size..)?.strip_prefix(b"\n")?;
    Some((id.to_owned(), content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_read_whatever_is_in_them() {
        let all = answers(b"aa blob 5\na\nb\0c\nbb blob 0\n\n").unwrap();
        assert_eq!(all["aa"].as_slice(), b"a\nb\0c");
        assert_eq!(all["bb"].as_slice(), b"");
    }

    #[test]
    fn what_is_missing_or_cut_off_is_an_error() {
        for text in ["aa missing\n", "aa blob 9\nshort\n", "aa tree 1\nx\n", "aa"] {
            assert!(answers(text.as_bytes()).unwrap_err().text.contains("damaged: aa"), "{text}");
        }
    }
}
