//! Commits and tags as git keeps them, taken apart into what is signed and the signature.

const TAGGED: [&str; 3] =
    ["-----BEGIN PGP SIGNATURE-----", "-----BEGIN SSH SIGNATURE-----", "-----BEGIN SIGNED MESSAGE-----"];
/// A line of a signed commit that vouches for all before it.
const SEAL: &str = "argocd-gpg-seal:";

/// Something that may be signed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Signed {
    /// All but the signature, byte by byte.
    pub payload: Vec<u8>,
    /// Each signature in it: one that is worth anything is alone.
    pub signatures: Vec<String>,
    /// The parents of a commit; what a tag names.
    pub names: Vec<String>,
    /// Whether it vouches for all before it, if it is signed.
    pub seals: bool,
}

/// A commit: its signature is a header among others, whose further lines begin with a space.
pub(super) fn commit(raw: &[u8]) -> Signed {
    let mut signed = Signed::default();
    let mut lines = raw.split_inclusive(|&byte| byte == b'\n');
    let mut in_signature = false;
    for line in lines.by_ref() {
        let text = String::from_utf8_lossy(line);
        if in_signature && let Some(more) = text.strip_prefix(' ') {
            signed.signatures.last_mut().into_iter().for_each(|signature| signature.push_str(more));
            continue;
        }
        let first = text.strip_prefix("gpgsig ").or_else(|| text.strip_prefix("gpgsig-sha256 "));
        in_signature = first.is_some();
        if let Some(first) = first {
            signed.signatures.push(first.to_owned());
            continue;
        }
        signed.payload.extend(line);
        signed.names.extend(text.strip_prefix("parent ").map(|id| id.trim().to_owned()));
        if line == b"\n" {
            break;
        }
    }
    for line in lines {
        signed.payload.extend(line);
        signed.seals |= String::from_utf8_lossy(line).to_lowercase().starts_with(SEAL);
    }
    signed
}

/// A tag: its signature stands at the end of its message.
pub(super) fn tag(raw: &[u8]) -> Signed {
    let mut signed = Signed::default();
    let mut at = None;
    let mut place = 0;
    let mut in_header = true;
    for line in raw.split_inclusive(|&byte| byte == b'\n') {
        let text = String::from_utf8_lossy(line);
        in_header &= line != b"\n";
        if in_header {
            signed.names.extend(text.strip_prefix("object ").map(|id| id.trim().to_owned()));
        }
        if TAGGED.iter().any(|begin| text.starts_with(begin)) {
            at = Some(place);
        }
        place += line.len();
    }
    let (payload, signature) = raw.split_at_checked(at.unwrap_or(raw.len())).unwrap_or((raw, &[]));
    signed.payload = payload.to_vec();
    signed.signatures.extend((!signature.is_empty()).then(|| String::from_utf8_lossy(signature).into_owned()));
    signed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_its_headers_and_message_without_its_signature() {
        let raw = "tree 1\nparent 2\nparent 3\nmergetag object 4\n -----BEGIN PGP SIGNATURE-----\ngpgsig -----BEGIN\n \n abc\n END\nencoding x\n\nparent 5\ngpgsig no\nArgoCD-gpg-seal: us\n";
        let signed = commit(raw.as_bytes());
        let payload = "tree 1\nparent 2\nparent 3\nmergetag object 4\n -----BEGIN PGP SIGNATURE-----\nencoding x\n\nparent 5\ngpgsig no\nArgoCD-gpg-seal: us\n";
        assert_eq!(String::from_utf8_lossy(&signed.payload), payload);
        assert_eq!(signed.signatures, ["-----BEGIN\n\nabc\nEND\n"]);
        assert_eq!(signed.names, ["2", "3"]);
        assert!(signed.seals);
        assert_eq!(commit(b"gpgsig a\ngpgsig b\n\n").signatures.len(), 2);
        assert!(!commit(b"tree 1\n\nnot Argocd-gpg-seal: x").seals);
    }

    #[test]
    fn a_tag_ends_in_its_signature() {
        let raw = "object 1\ntype commit\ntag v1\n\nobject 2\n-----BEGIN SSH SIGNATURE-----\nabc\n";
        let signed = tag(raw.as_bytes());
        assert_eq!(String::from_utf8_lossy(&signed.payload), "object 1\ntype commit\ntag v1\n\nobject 2\n");
        assert_eq!(signed.signatures, ["-----BEGIN SSH SIGNATURE-----\nabc\n"]);
        assert_eq!(signed.names, ["1"]);
        assert_eq!(tag(b"object 1\n\nx\n").signatures, [""; 0]);
    }
}
