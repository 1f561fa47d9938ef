//! A small HTTP server for tests, which does as it is told.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{Answer, Clients, Keep, MeasureError, Vault};

/// What the server does with each request, the last for all that follow.
#[derive(Clone)]
pub(crate) enum Reply {
    Json(u16, String),
    /// Takes the request and says nothing.
    Silence,
    /// Promises a long body and closes after a few bytes.
    Torn,
    /// Sends this many bytes, in chunks, without saying how many there will be.
    Flood(usize),
    Moved(&'static str),
}

/// Where it is, and what it was asked.
pub(crate) struct Fake {
    pub(crate) address: String,
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// One that answers everything like that.
    pub(crate) async fn answering(status: u16, body: impl ToString) -> Self {
        serve(vec![Reply::Json(status, body.to_string())]).await
    }

    /// All that it was asked.
    pub(crate) fn asked(&self) -> String {
        self.requests.lock().unwrap().join("\n").replace(self.address.trim_start_matches("http://"), "SERVER")
    }
}

pub(crate) async fn serve(replies: Vec<Reply>) -> Fake {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    tokio::spawn(async move {
        let mut replies = VecDeque::from(replies);
        while let Ok((stream, _)) = listener.accept().await {
            let last = replies.front().unwrap().clone();
            let reply = if replies.len() > 1 { replies.pop_front().unwrap() } else { last };
            tokio::spawn(answer(stream, reply, Arc::clone(&seen)));
        }
    });
    Fake { address, requests }
}

async fn answer(mut stream: TcpStream, reply: Reply, requests: Arc<Mutex<Vec<String>>>) {
    let request = request(&mut stream).await;
    requests.lock().unwrap().push(request);
    let head = |status: u16, more: &str| {
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: application/json\r\n{more}\r\n")
    };
    // A client that has read enough hangs up: writing then fails, as it should.
    let _ = match reply {
        Reply::Json(status, body) => {
            let text = head(status, &format!("content-length: {}\r\n", body.len())) + &body;
            stream.write_all(text.as_bytes()).await
        }
        Reply::Silence => return std::future::pending().await,
        Reply::Torn => stream.write_all((head(200, "content-length: 1000\r\n") + "{\"status").as_bytes()).await,
        Reply::Moved(to) => {
            stream.write_all(head(302, &format!("content-length: 0\r\nlocation: {to}\r\n")).as_bytes()).await
        }
        Reply::Flood(bytes) => flood(&mut stream, &head(200, ""), bytes).await,
    };
}

async fn flood(stream: &mut TcpStream, head: &str, bytes: usize) -> std::io::Result<()> {
    stream.write_all(head.as_bytes()).await?;
    let chunk = vec![b' '; 1 << 16];
    for _ in 0..bytes / chunk.len() {
        stream.write_all(&chunk).await?;
    }
    Ok(())
}

/// The headers that matter.
const KEPT: [&str; 5] = ["authorization", "x-", "api-key", "dd-", "content-type: application/json"];

/// The request's line, the headers that matter, and its body.
async fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                let kept = |line: &&str| KEPT.iter().any(|start| line.starts_with(start));
                let lines = head.lines().take(1).chain(head.lines().filter(kept)).chain([body]);
                return lines.collect::<Vec<_>>().join("\n");
            }
        }
        let read = stream.read(&mut buffer).await.unwrap();
        bytes.extend_from_slice(buffer.get(..read).unwrap());
    }
}

pub(crate) fn clients() -> Clients {
    // Other tests of this process may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Clients::new().unwrap()
}

/// Clients that find these credentials there, and nothing elsewhere.
pub(crate) fn keeping(keep: Keep, values: &[(&str, &str)]) -> Clients {
    let values: BTreeMap<_, _> = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    clients().with_vault(Vault::new(tower::service_fn(move |asked| {
        std::future::ready(Ok((asked == keep).then(|| values.clone())))
    })))
}

/// What came of a measurement: the kind of the value and its text, or the error.
pub(crate) fn measured(server: &Fake, measured: Result<Answer, MeasureError>) -> String {
    let text = match measured {
        Ok(answer) => format!("{} {}", answer.value.type_name(), answer.text),
        Err(error) => error.to_string(),
    };
    text.replace(&server.address, "SERVER")
}
