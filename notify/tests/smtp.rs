//! Mails reach a real mail server (`smtp/main.go`): in the clear, by STARTTLS and by TLS, and never a password in the clear.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use sluice_notify::Id;
use sluice_notify::config::{Config, EmailText, Notice, Subject};
use sluice_notify::send::{Clients, Delivery, Failure, Receipt, SendError, Sent, send};

/// The server, and what it says.
struct Server {
    process: Child,
    lines: BufReader<ChildStdout>,
    doors: Value,
}

impl Server {
    /// Builds and starts it. Needs Go, as the end-to-end tests do.
    fn start() -> Self {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smtp");
        let binary = Path::new(env!("CARGO_TARGET_TMPDIR")).join("smtp");
        let built = Command::new("go").args(["build", "-o"]).arg(&binary).arg(".").current_dir(sources).status();
        assert!(built.expect("Go is needed to build the mail server").success());
        let started = Command::new(binary).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = started.unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let doors = read(&mut lines);
        Self { process, lines, doors }
    }

    /// The next that it says.
    fn next(&mut self) -> Value {
        read(&mut self.lines)
    }

    /// All that it says, once it has ended.
    fn rest(mut self) -> String {
        drop(self.process.stdin.take());
        assert!(self.process.wait().unwrap().success());
        self.lines.lines().map(Result::unwrap).collect()
    }
}

fn read(lines: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

/// A mail that begins the thread of a release, or replies to one.
async fn mail(server: &Server, door: &str, more: &str, to: &str, before: Option<&Receipt>) -> Result<Sent, SendError> {
    let port = server.doors[door].as_str().unwrap();
    let service = format!("{{host: localhost, port: {port}, from: Sluice <sluice@example.com>, {more}}}");
    let data = BTreeMap::from([("service.email".to_owned(), service)]);
    let secret = BTreeMap::from([("password".to_owned(), b"s3cr3t-t0ken".to_vec())]);
    let (config, found) = Config::read(Subject::Rollout, &data, &secret);
    assert_eq!(found, []);
    let subject = "shop/checkout wäs\r\nBcc: evil@example.com aborted".to_owned();
    let body = "Zahlen: 92,1 % < 95 %\n.\n.. – ünd mehr\n".to_owned();
    let notice = Notice { email: Some(EmailText { subject, body }), message: "unused".to_owned(), ..Notice::default() };
    let (id, at) = (Id::of(&["uid", "42", door]), "2026-11-29T03:04:05Z".parse().unwrap());
    let delivery = Delivery { id: &id, recipient: to, notice: &notice, at, before };
    send(&Clients::new().unwrap(), &config.services["email"], &delivery).await
}

const LOGIN: &str = "username: ops, password: $password";

fn header<'m>(mail: &'m Value, name: &str) -> &'m str {
    let head = mail["text"].as_str().unwrap().split("\r\n\r\n").next().unwrap();
    let value = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    value.unwrap_or_else(|| panic!("no {name} in {head}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_reach_a_real_server_and_passwords_are_never_sent_in_the_clear() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let mut server = Server::start();
    plain(&mut server).await;
    encrypted(&mut server).await;
    refused(&server).await;
    let rest = server.rest();
    assert_eq!(rest, "", "nothing else was sent, and no password was seen in the clear");
}

async fn plain(server: &mut Server) {
    let sent = mail(server, "plain", "html: false", "a@example.com, B <b@example.com>", None).await.unwrap();
    let first = sent.receipt.unwrap();
    let got = server.next();
    assert_eq!((&got["from"], &got["tls"]), (&"sluice@example.com".into(), &false.into()));
    assert_eq!(got["to"], serde_json::json!(["a@example.com", "b@example.com"]));
    assert_eq!(header(&got, "Message-ID"), first.id);
    assert_eq!(header(&got, "Date"), "Sun, 29 Nov 2026 03:04:05 +0000");
    assert!(header(&got, "Content-Type").starts_with("text/plain; charset=utf-8"), "{got}");
    // What a template puts into the subject adds no header.
    let text = got["text"].as_str().unwrap();
    assert!(!text.contains("\r\nBcc:") && header(&got, "Subject").starts_with("shop/checkout "), "{text}");

    let reply = mail(server, "plain", "html: true", "a@example.com", Some(&first)).await.unwrap();
    let got = server.next();
    assert_eq!((header(&got, "In-Reply-To"), header(&got, "References")), (first.id.as_str(), first.id.as_str()));
    assert!(header(&got, "Content-Type").starts_with("text/html"), "{got}");
    assert_eq!(reply.receipt.unwrap().id, first.id, "the same notice has the same Message-ID");
}

async fn encrypted(server: &mut Server) {
    for (door, more) in [("starttls", "insecure_skip_verify: true"), ("tls", "tls: always, insecure_skip_verify: true")]
    {
        mail(server, door, &format!("{LOGIN}, {more}"), "a@example.com", None).await.unwrap();
        let got = server.next();
        assert_eq!((&got["door"], &got["tls"], &got["user"]), (&door.into(), &true.into(), &"ops".into()));
    }
}

/// What each refusal means, and that no password is in its words.
async fn refused(server: &Server) {
    let temporary = Failure::Temporary { retry_after: None };
    for (door, more, to, kind, says) in [
        ("plain", "html: false", "nobody@example.com", Failure::Permanent, "no such user"),
        ("plain", "html: false", "full@example.com", temporary, "mailbox full"),
        ("plain", "html: false", "no address", Failure::Permanent, "is no address"),
        ("plain", "html: false", "", Failure::Permanent, "correct the subscription"),
        // Nobody trusts the certificate; another may be there soon.
        ("starttls", LOGIN, "a@example.com", temporary, "certificate"),
        ("tls", "tls: always", "a@example.com", temporary, "certificate"),
        // Somebody took the offer of STARTTLS away.
        ("stripped", LOGIN, "a@example.com", Failure::Permanent, "STARTTLS"),
        ("stripped", "tls: starttls", "a@example.com", Failure::Permanent, "STARTTLS"),
        ("stripped", "html: false", "a@example.com", Failure::Permanent, "authenticat"),
        (
            "starttls",
            "username: eve, password: $password, insecure_skip_verify: true",
            "a@example.com",
            Failure::Refused,
            "bad credentials *****",
        ),
    ] {
        let error = mail(server, door, more, to, None).await.unwrap_err();
        assert!(error.kind == kind && error.text.contains(says), "{door} {more} {to}: {error:?}");
        assert!(!error.text.contains("s3cr3t"), "{error}");
    }
}
