//! A packed chart, unpacked in memory: entries are read one by one, and none is written where its name says.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use flate2::read::GzDecoder;
use ring::digest::{SHA256, digest};

use crate::cache::hex;
use crate::error::{Kind, RenderError};
use crate::limits::{Limits, bytes};
use crate::path;
use crate::tree::{Entry, Files, Found, Tree, What};

/// The most entries of a chart.
const ENTRIES: usize = 10_000;

/// A chart's files, the chart's own folder being the root.
#[derive(Debug)]
pub(crate) struct Archive {
    tree: Tree,
    contents: BTreeMap<String, Arc<Vec<u8>>>,
    /// The archive as it came.
    packed: Vec<u8>,
}

impl Archive {
    /// Unpacks a `.tgz` within limits.
    pub(crate) fn unpack(packed: Vec<u8>, limits: &Limits) -> Result<Self, RenderError> {
        let mut unpacked = Unpacked { left: limits.source, entries: BTreeMap::new(), contents: BTreeMap::new() };
        // A bomb is cut off where the last allowed byte is.
        let plain = GzDecoder::new(packed.as_slice()).take(limits.source.saturating_mul(2));
        let mut archive = tar::Archive::new(plain);
        let entries = archive.entries().map_err(|error| broken(&error))?;
        for (count, entry) in entries.enumerate() {
            if count >= ENTRIES {
                return Err(RenderError::new(Kind::Limit, format!("the chart has more than {ENTRIES} files")));
            }
            unpacked.add(entry.map_err(|error| broken(&error))?, limits)?;
        }
        if unpacked.entries.is_empty() {
            return Err(broken(&"it is empty"));
        }
        Ok(Self { tree: Tree::new(unpacked.entries), contents: unpacked.contents, packed })
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(crate) fn packed(&self) -> &[u8] {
        &self.packed
    }

    pub(crate) fn read(&self, wanted: &[Found]) -> Files {
        let mut files = Files::default();
        for file in wanted {
            if let Some(content) = self.contents.get(&file.id) {
                files.insert(file.path.clone(), Arc::clone(content));
            }
        }
        files
    }
}

struct Unpacked {
    left: u64,
    entries: BTreeMap<String, Entry>,
    contents: BTreeMap<String, Arc<Vec<u8>>>,
}

impl Unpacked {
    fn add(&mut self, mut entry: tar::Entry<'_, impl Read>, limits: &Limits) -> Result<(), RenderError> {
        let kind = entry.header().entry_type();
        let full = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if kind.is_dir() || kind.is_pax_global_extensions() {
            return Ok(());
        }
        // The first folder is the chart's name.
        let name = full.strip_prefix("./").unwrap_or(&full);
        let inner = name.split_once('/').map(|(_, rest)| rest).filter(|_| path::is_sound(name));
        let Some(inner) = inner else {
            return Err(RenderError::new(Kind::Escape, format!("the chart has a file named {full:?}")));
        };
        if !kind.is_file() {
            return Err(RenderError::new(Kind::Escape, format!("the chart has a link or the like, {full:?}")));
        }
        let most = limits.file.min(self.left);
        let mut content = Vec::new();
        entry.by_ref().take(most + 1).read_to_end(&mut content).map_err(|error| broken(&error))?;
        let size = content.len() as u64;
        if size > most {
            let text = format!(
                "the chart unpacks to more than {}, or {full} has more than {}",
                bytes(limits.source),
                bytes(limits.file)
            );
            return Err(RenderError::new(Kind::Limit, text));
        }
        self.left -= size;
        let id = hash(&content);
        self.entries.insert(inner.to_owned(), Entry { what: What::File, id: id.clone(), size, target: None });
        self.contents.insert(id, Arc::new(content));
        Ok(())
    }
}

fn broken(error: &dyn std::fmt::Display) -> RenderError {
    RenderError::new(Kind::Manifest, format!("the chart cannot be unpacked: {error}"))
}

/// A hash in hexadecimal digits.
pub(crate) fn hash(content: &[u8]) -> String {
    hex(digest(&SHA256, content).as_ref())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// Packs files, by full name.
    pub(crate) fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn a_chart_is_its_files_below_its_own_folder() {
        let archive =
            Archive::unpack(pack(&[("web/Chart.yaml", b"name: web"), ("web/t/a.yaml", b"x")]), &Limits::default())
                .unwrap();
        let found = archive.tree().exported("").unwrap();
        assert_eq!(found.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["Chart.yaml", "t/a.yaml"]);
        assert_eq!(archive.read(&found).get("Chart.yaml"), Some(b"name: web".as_slice()));
    }

    #[test]
    fn archives_that_mean_harm_are_refused() {
        let kind = |packed: Vec<u8>| Archive::unpack(packed, &Limits::default()).unwrap_err().kind;
        for name in ["../x", "web/../../x", "/etc/passwd", "web/.git/config", "x"] {
            assert_eq!(kind(pack(&[(name, b"x")])), Kind::Escape, "{name}");
        }
        let mut link = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        link.append_link(&mut header, "web/values.yaml", "/etc/passwd").unwrap();
        assert_eq!(kind(link.into_inner().unwrap().finish().unwrap()), Kind::Escape);
        assert_eq!(kind(b"no archive".to_vec()), Kind::Manifest);
        assert_eq!(kind(pack(&[])), Kind::Manifest);
    }

    #[test]
    fn bombs_are_cut_off() {
        let limits = Limits { source: 1 << 20, file: 1 << 19, ..Limits::default() };
        let mut zeros = GzEncoder::new(Vec::new(), Compression::best());
        zeros.write_all(&vec![0; 100 << 20]).unwrap();
        assert!(Archive::unpack(zeros.finish().unwrap(), &limits).is_err());
        let big = vec![0_u8; 600 << 10];
        assert_eq!(Archive::unpack(pack(&[("a/b", &big)]), &limits).unwrap_err().kind, Kind::Limit);
        let half = vec![0_u8; 400 << 10];
        let three = pack(&[("a/1", &half), ("a/2", &half), ("a/3", &half)]);
        assert_eq!(Archive::unpack(three, &limits).unwrap_err().kind, Kind::Limit);
    }
}
