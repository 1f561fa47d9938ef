//! Quoted texts and characters, as `strconv.Unquote` reads them.

/// Reads a text in double quotes; says why it is none.
pub(crate) fn text(quoted: &str) -> Result<String, String> {
    let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default();
    let mut bytes = Vec::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                let unit = escape('"', &mut chars).ok_or("there is an escape that Go does not know in this text")?;
                unit.put(&mut bytes);
            }
            _ => Unit::Char(char).put(&mut bytes),
        }
    }
    String::from_utf8(bytes).map_err(|_| "the bytes of this text are no UTF-8".to_owned())
}

/// Reads a text in backquotes, from which carriage returns are left out.
pub(crate) fn raw(quoted: &str) -> String {
    quoted.trim_matches('`').replace('\r', "")
}

/// Reads a character in single quotes as its number.
pub(crate) fn char(quoted: &str) -> Option<i64> {
    let inner = quoted.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut chars = inner.chars();
    let unit = match chars.next()? {
        '\\' => escape('\'', &mut chars)?,
        '\'' => return None,
        char => Unit::Char(char),
    };
    chars.next().is_none().then_some(match unit {
        Unit::Char(char) => i64::from(u32::from(char)),
        Unit::Byte(byte) => i64::from(byte),
    })
}

/// What an escape stands for.
enum Unit {
    Char(char),
    Byte(u8),
}

impl Unit {
    fn put(self, bytes: &mut Vec<u8>) {
        match self {
            Unit::Char(char) => bytes.extend(char.encode_utf8(&mut [0; 4]).as_bytes()),
            Unit::Byte(byte) => bytes.push(byte),
        }
    }
}

/// Reads what follows a backslash; `None` where Go refuses it.
fn escape(quote: char, chars: &mut std::str::Chars<'_>) -> Option<Unit> {
    let simple = |char| Some(Unit::Char(char));
    match chars.next()? {
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{b}'),
        '\\' => simple('\\'),
        char if char == quote => simple(char),
        first @ '0'..='7' => {
            let value = digits(chars, 2, 8)? + first.to_digit(8)? * 64;
            u8::try_from(value).ok().map(Unit::Byte)
        }
        'x' => u8::try_from(digits(chars, 2, 16)?).ok().map(Unit::Byte),
        'u' => char::from_u32(digits(chars, 4, 16)?).map(Unit::Char),
        'U' => char::from_u32(digits(chars, 8, 16)?).map(Unit::Char),
        _ => None,
    }
}

fn digits(chars: &mut std::str::Chars<'_>, count: usize, radix: u32) -> Option<u32> {
    let mut value: u32 = 0;
    for _ in 0..count {
        value = value.checked_mul(radix)?.checked_add(chars.next()?.to_digit(radix)?)?;
    }
    Some(value)
}
