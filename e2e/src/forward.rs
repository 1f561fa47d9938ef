//! Doors in the namespace's wall: a port of this machine that leads to an address inside.
//!
//! A unix socket with a path is not bound to a network namespace. Outside, connections to a host port are copied to
//! such a socket; inside, connections to the socket are copied to the address.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

/// A door as both sides know it: its name and the host's port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// What it leads to, as in `api`.
    pub name: String,
    /// The port on 127.0.0.1 of the host.
    pub port: u16,
}

impl fmt::Display for Door {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}={}", self.name, self.port)
    }
}

impl FromStr for Door {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, port) = text.split_once('=').with_context(|| format!("read the door {text:?}"))?;
        let port = port.parse().with_context(|| format!("read the port of the door {text:?}"))?;
        Ok(Self { name: name.to_owned(), port })
    }
}

/// Outside: opens a host port for `name`, and copies its connections to the socket in `run`.
pub(crate) async fn open_outside(name: &str, run: &Path) -> Result<Door> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("open a port of this machine")?;
    let port = listener.local_addr().context("read the opened port")?.port();
    let socket = socket(run, name);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let socket = socket.clone();
            tokio::spawn(async move { copy(stream, UnixStream::connect(socket).await.ok()).await });
        }
    });
    Ok(Door { name: name.to_owned(), port })
}

/// Inside: takes the connections to the socket of `name` in `run` on to `address`.
pub fn open_inside(name: &str, run: &Path, address: SocketAddr) -> Result<()> {
    let listener = UnixListener::bind(socket(run, name)).context("open the socket of a door")?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move { copy(stream, TcpStream::connect(address).await.ok()).await });
        }
    });
    Ok(())
}

fn socket(run: &Path, name: &str) -> PathBuf {
    run.join(format!("{name}.sock"))
}

/// Copies both ways until both ends are done. Where the far end is not there, the near one sees its connection closed.
async fn copy(mut near: impl AsyncRead + AsyncWrite + Unpin, far: Option<impl AsyncRead + AsyncWrite + Unpin>) {
    if let Some(mut far) = far {
        let _ = copy_bidirectional(&mut near, &mut far).await;
    }
}
