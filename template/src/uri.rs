//! URLs as Go's `net/url` reads and writes them.

mod escape;

use std::fmt;
use std::net::Ipv6Addr;

use escape::{Part, escape, unescape};

use crate::error::Failure;

/// The parts of a URL, without their separators; escapes are undone but in the query and the user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Uri {
    pub(crate) scheme: String,
    pub(crate) opaque: String,
    /// The user, and the password behind a colon.
    pub(crate) userinfo: Option<String>,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) fragment: String,
}

impl Uri {
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err("the URL holds control characters".into());
        }
        let mut uri = Uri::default();
        let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
        uri.fragment = unescape(fragment, Part::Fragment)?;
        if rest == "*" {
            uri.path.push_str(rest);
            return Ok(uri);
        }
        let (scheme, rest) = scheme(rest)?;
        uri.scheme = scheme.to_ascii_lowercase();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        uri.query.push_str(query);
        if !rest.starts_with('/') {
            if !uri.scheme.is_empty() {
                uri.opaque.push_str(rest);
                return Ok(uri);
            }
            let first = rest.split('/').next().unwrap_or_default();
            if first.contains(':') {
                return Err("the first part of the path holds a colon; put ./ before it".into());
            }
        }
        let path = match rest.strip_prefix("//") {
            Some(after) if !uri.scheme.is_empty() || !rest.starts_with("///") => {
                let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
                uri.authority(authority)?;
                path
            }
            _ => rest,
        };
        uri.path = unescape(path, Part::Path)?;
        Ok(uri)
    }

    fn authority(&mut self, authority: &str) -> Result<(), Failure> {
        let host = match authority.rsplit_once('@') {
            Some((userinfo, host)) => {
                self.userinfo = Some(user(userinfo)?);
                host
            }
            None => authority,
        };
        self.host = host_of(&self.scheme, host)?;
        Ok(())
    }

    /// The host without its port, and without the brackets of an IPv6 address.
    pub(crate) fn hostname(&self) -> &str {
        if let Some((inside, _)) = self.host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            return inside;
        }
        match self.host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => &self.host,
        }
    }
}

/// Splits off the scheme, if there is one.
fn scheme(text: &str) -> Result<(&str, &str), Failure> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => (),
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => (),
            b':' if at == 0 => return Err("the URL has no scheme before its colon".into()),
            b':' => return Ok((text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default())),
            _ => break,
        }
    }
    Ok(("", text))
}

/// A user and password as a URL writes them.
pub(crate) fn user(userinfo: &str) -> Result<String, Failure> {
    let fits = |char: char| char.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(char);
    if !userinfo.chars().all(fits) {
        return Err("the user of the URL holds characters that must be escaped".into());
    }
    let shown = |text: &str| unescape(text, Part::User).map(|text| escape(&text, Part::User));
    match userinfo.split_once(':') {
        Some((name, password)) => Ok(format!("{}:{}", shown(name)?, shown(password)?)),
        None => shown(userinfo),
    }
}

fn host_of(scheme: &str, host: &str) -> Result<String, Failure> {
    let malformed = || Failure::from("the IPv6 address of the URL is malformed");
    match host.rfind('[') {
        Some(0) => {
            let (inside, port) = host.rsplit_once(']').ok_or_else(malformed)?;
            check_port(port)?;
            let address = unescape(inside.strip_prefix('[').unwrap_or(inside), Part::Host)?;
            let without_zone = address.split_once('%').map_or(address.as_str(), |(address, _)| address);
            without_zone.parse::<Ipv6Addr>().map_err(|_| malformed())?;
            return Ok(format!("[{address}]{port}"));
        }
        Some(_) => return Err(malformed()),
        None => (),
    }
    // Lists of hosts with ports are known of databases, but not of web servers.
    let colon = if matches!(scheme, "http" | "https") { host.find(':') } else { host.rfind(':') };
    check_port(colon.and_then(|colon| host.get(colon..)).unwrap_or_default())?;
    unescape(host, Part::Host)
}

/// Looks that nothing follows a host, or a colon and a number.
fn check_port(after: &str) -> Result<(), Failure> {
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    if after.is_empty() || after.strip_prefix(':').is_some_and(digits) {
        return Ok(());
    }
    Err("the port of the URL is no number".into())
}

impl fmt::Display for Uri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.scheme.is_empty() {
            write!(out, "{}:", self.scheme)?;
        }
        if self.opaque.is_empty() {
            if !self.scheme.is_empty() || !self.host.is_empty() || self.userinfo.is_some() {
                if !self.host.is_empty() || !self.path.is_empty() || self.userinfo.is_some() {
                    write!(out, "//")?;
                }
                if let Some(userinfo) = &self.userinfo {
                    write!(out, "{userinfo}@")?;
                }
                write!(out, "{}", escape(&self.host, Part::Host))?;
            }
            let path = if self.path == "*" { "*".to_owned() } else { escape(&self.path, Part::Path) };
            if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
                write!(out, "/")?;
            }
            let written = !self.scheme.is_empty() || !self.host.is_empty() || self.userinfo.is_some();
            if !written && path.split('/').next().is_some_and(|first| first.contains(':')) {
                write!(out, "./")?;
            }
            write!(out, "{path}")?;
        } else {
            write!(out, "{}", self.opaque)?;
        }
        if !self.query.is_empty() {
            write!(out, "?{}", self.query)?;
        }
        if !self.fragment.is_empty() {
            write!(out, "#{}", escape(&self.fragment, Part::Fragment))?;
        }
        Ok(())
    }
}
