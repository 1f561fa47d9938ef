//! Base64, base32 and checksums.

use std::fmt::Write;
use std::sync::LazyLock;

use data_encoding::{BASE32, BASE64, Encoding, Specification};
use ring::digest;

use super::{Builtin, Outcome, fault, takes};
use crate::args::Type;
use crate::env::Env;

const TEXT: &[Type] = &[Type::Text];

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("b64enc", TEXT, |args, env| encoded(&BASE64, args.text(0)?, env)),
    takes("b32enc", TEXT, |args, env| encoded(&BASE32, args.text(0)?, env)),
    takes("b64dec", TEXT, |args, _| decoded(LENIENT_64.as_ref(), "base64", args.text(0)?, fault::base64)),
    takes("b32dec", TEXT, |args, _| decoded(LENIENT_32.as_ref(), "base32", args.text(0)?, fault::base32)),
    takes("sha1sum", TEXT, |args, _| Ok(hex(&digest::SHA1_FOR_LEGACY_USE_ONLY, args.text(0)?).into())),
    takes("sha256sum", TEXT, |args, _| Ok(hex(&digest::SHA256, args.text(0)?).into())),
    takes("sha512sum", TEXT, |args, _| Ok(hex(&digest::SHA512, args.text(0)?).into())),
    takes("adler32sum", TEXT, |args, _| Ok(adler32(args.text(0)?).to_string().into())),
];

/// As Go decodes: line ends are passed over, and bits that say nothing may be set.
static LENIENT_64: LazyLock<Option<Encoding>> =
    LazyLock::new(|| lenient("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"));
static LENIENT_32: LazyLock<Option<Encoding>> = LazyLock::new(|| lenient("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"));

fn lenient(symbols: &str) -> Option<Encoding> {
    let mut specification = Specification::new();
    specification.symbols.push_str(symbols);
    specification.padding = Some('=');
    specification.ignore.push_str("\r\n");
    specification.check_trailing_bits = false;
    specification.encoding().ok()
}

fn encoded(encoding: &Encoding, text: &str, env: &mut Env) -> Outcome {
    env.budget.text(encoding.encode_len(text.len()))?;
    Ok(encoding.encode(text.as_bytes()).into())
}

/// Decodes a text; of one that cannot be, Go's function gives its error instead of a result.
fn decoded(encoding: Option<&Encoding>, name: &str, text: &str, fault: fn(&[u8]) -> usize) -> Outcome {
    let bytes = encoding.map(|encoding| encoding.decode(text.as_bytes()));
    match bytes {
        Some(Ok(bytes)) => String::from_utf8(bytes).map(Into::into).map_err(|_| "what is decoded is no UTF-8".into()),
        Some(Err(_)) => {
            let at = fault(text.as_bytes());
            Ok(format!("illegal {name} data at input byte {at}").into())
        }
        None => Err(format!("{name} is not available").into()),
    }
}

fn hex(algorithm: &'static digest::Algorithm, text: &str) -> String {
    let digest = digest::digest(algorithm, text.as_bytes());
    digest.as_ref().iter().fold(String::new(), |mut out, byte| {
        // Writing to a text never fails.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn adler32(text: &str) -> u32 {
    let (low, high) = text.bytes().fold((1u32, 0u32), |(low, high), byte| {
        let low = (low + u32::from(byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    high << 16 | low
}
