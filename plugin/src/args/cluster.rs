//! Which cluster to talk to, and as whom: kubectl's flags.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use http::{HeaderName, HeaderValue};

use super::duration;

/// Which cluster to talk to, and as whom.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct ClusterFlags {
    /// The namespace. Default: that of the kubeconfig's context.
    #[arg(short, long, global = true)]
    pub(crate) namespace: Option<String>,
    /// The kubeconfig's context to use.
    #[arg(long, global = true)]
    pub(crate) context: Option<String>,
    /// The kubeconfig's cluster to use.
    #[arg(long, global = true)]
    pub(crate) cluster: Option<String>,
    /// The kubeconfig's user to use.
    #[arg(long, global = true)]
    pub(crate) user: Option<String>,
    /// The kubeconfig file. Default: KUBECONFIG, ~/.kube/config, or the pod's own account.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// The address of the API server.
    #[arg(short, long, global = true, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// The name that the API server's certificate must have. Default: that of its address.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) tls_server_name: Option<String>,
    /// Takes any certificate of the API server: whoever stands between can read and change everything.
    #[arg(long, global = true)]
    pub(crate) insecure_skip_tls_verify: bool,
    /// A file of the certificates that sign the API server's.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) certificate_authority: Option<PathBuf>,
    /// A file of the certificate to show to the API server.
    #[arg(long, global = true, value_name = "FILE", requires = "client_key")]
    pub(crate) client_certificate: Option<PathBuf>,
    /// A file of that certificate's key.
    #[arg(long, global = true, value_name = "FILE", requires = "client_certificate")]
    pub(crate) client_key: Option<PathBuf>,
    /// The token to show to the API server.
    #[arg(long, global = true)]
    pub(crate) token: Option<String>,
    /// How long to wait for an answer of the API server, like 10s. 0: for ever.
    #[arg(long, global = true, value_parser = duration, value_name = "DURATION", default_value = "0")]
    pub(crate) request_timeout: Duration,
    /// Taken for the sake of scripts: nothing is cached.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Taken for the sake of scripts: answers are never compressed.
    #[arg(long, global = true)]
    pub(crate) disable_compression: bool,
    /// A user to act as.
    #[arg(long = "as", global = true, value_name = "USER")]
    pub(crate) as_user: Option<String>,
    /// The uid of that user.
    #[arg(long = "as-uid", global = true, value_name = "UID", requires = "as_user")]
    pub(crate) as_uid: Option<String>,
    /// A group to act as a member of; may be given several times.
    #[arg(long = "as-group", global = true, value_name = "GROUP", requires = "as_user")]
    pub(crate) as_groups: Vec<String>,
    /// More to say of that user; may be given several times, also for one key.
    #[arg(long = "as-user-extra", global = true, value_name = "KEY=VALUE", requires = "as_user", value_parser = extra)]
    pub(crate) as_extras: Vec<(HeaderName, HeaderValue)>,
    /// Says on standard error what is asked of the API server: debug or trace does.
    #[arg(long, global = true, value_name = "LEVEL", default_value = "info")]
    pub(crate) loglevel: String,
    /// The same by kubectl's numbers: 6 and above do.
    #[arg(short = 'v', long = "kloglevel", global = true, value_name = "N", default_value_t = 0)]
    pub(crate) kloglevel: u8,
}

impl ClusterFlags {
    /// Whether every request is told of.
    pub(crate) fn is_verbose(&self) -> bool {
        self.kloglevel >= 6 || matches!(self.loglevel.as_str(), "debug" | "trace")
    }
}

/// The header by which the API server is told. What no header's name may have in it is written as in addresses.
fn extra(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let wrong = || "write KEY=VALUE, like scopes=view".to_owned();
    let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(wrong)?;
    let is_plain = |byte: u8| byte != b'%' && HeaderName::from_bytes(&[byte]).is_ok();
    let letter = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let name = format!("impersonate-extra-{}", key.bytes().map(letter).collect::<String>());
    Ok((name.parse().map_err(|_| wrong())?, value.parse().map_err(|_| wrong())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_of_a_user_is_told_by_a_header_for_each_key() {
        let told = |text| {
            let told = extra(text).map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
            told.unwrap_or_else(|why| why)
        };
        assert_eq!(told("scopes=view=all"), "impersonate-extra-scopes: view=all");
        assert_eq!(told("example.com/a%b=1"), "impersonate-extra-example.com%2fa%25b: 1");
        for wrong in ["scopes", "=view", "scopes=a\nb"] {
            assert_eq!(told(wrong), "write KEY=VALUE, like scopes=view", "{wrong}");
        }
    }
}
