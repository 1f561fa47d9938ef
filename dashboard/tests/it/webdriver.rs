//! A real Chromium, driven through ChromeDriver (Debian's packages `chromium` and `chromium-driver`).

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::stage::PATIENCE;

const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const TAB: &str = "\u{e004}";

pub(crate) struct Browser {
    driver: Child,
    http: Client,
    session: String,
    profile: std::path::PathBuf,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser with the session; killed before, it would leave it behind.
        let _ = self.end();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let profile = std::env::temp_dir().join(format!("sluice-browser-{}-{port}", std::process::id()));
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver on the PATH: install Debian's chromium and chromium-driver");
        let http = Client::builder().timeout(Duration::from_mins(1)).build().unwrap();
        let mut browser = Self { driver, http, session: format!("http://127.0.0.1:{port}"), profile };
        browser.ready().await;
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1200,900",
            &format!("--user-data-dir={}", browser.profile.display()),
        ];
        let options = json!({"args": arguments});
        let wanted = json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}}}});
        let made = browser.post("/session", &wanted).await;
        browser.session = format!("{}/session/{}", browser.session, made["sessionId"].as_str().unwrap());
        browser
    }

    fn end(&self) -> std::io::Result<()> {
        let address = self.session.trim_start_matches("http://");
        let Some((host, path)) = address.split_once('/') else { return Ok(()) };
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "DELETE /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        stream.read_to_end(&mut Vec::new()).map(drop)
    }

    async fn ready(&self) {
        let end = Instant::now() + PATIENCE;
        while self.http.get(format!("{}/status", self.session)).send().await.is_err() {
            assert!(Instant::now() < end, "chromedriver does not come up");
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        self.try_post(path, body).await.unwrap_or_else(|error| panic!("{path} {body}: {error}"))
    }

    async fn try_post(&self, path: &str, body: &Value) -> Result<Value, Value> {
        let answer = self.http.post(format!("{}{path}", self.session)).json(body).send().await.unwrap();
        let is_good = answer.status().is_success();
        let value = answer.json::<Value>().await.unwrap()["value"].take();
        if is_good { Ok(value) } else { Err(value) }
    }

    pub(crate) async fn open(&self, address: &str) {
        self.post("/url", &json!({"url": address})).await;
    }

    /// What a script gives.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []})).await
    }

    /// The text that a reader sees there.
    pub(crate) async fn text(&self, css: &str) -> String {
        let script = format!("return document.querySelector({css:?})?.innerText ?? ''");
        self.run(&script).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a reader sees the text there.
    pub(crate) async fn sees(&self, css: &str, text: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.text(css).await.contains(text) {
            assert!(Instant::now() < end, "no {text:?} in {css}: {}", self.text(css).await);
            sleep(Duration::from_millis(30)).await;
        }
    }

    /// Clicks, as soon as there is something to click; a page may be redrawn in between.
    pub(crate) async fn click(&self, css: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let found = self.try_post("/element", &json!({"using": "css selector", "value": css})).await;
            let done = match &found {
                Ok(found) => {
                    let path = format!("/element/{}/click", found[ELEMENT].as_str().unwrap());
                    self.try_post(&path, &json!({})).await
                }
                Err(why) => Err(why.clone()),
            };
            match done {
                Ok(_) => return,
                Err(why) => assert!(Instant::now() < end, "click {css}: {why}"),
            }
            sleep(Duration::from_millis(30)).await;
        }
    }

    /// Puts a text into a field, key by key.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let found = self.post("/element", &json!({"using": "css selector", "value": css})).await;
        let path = format!("/element/{}", found[ELEMENT].as_str().unwrap());
        self.post(&format!("{path}/clear"), &json!({})).await;
        self.post(&format!("{path}/value"), &json!({"text": text})).await;
    }

    /// Presses keys, to whatever has the focus.
    pub(crate) async fn press(&self, key: &str) {
        let actions = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]})).await;
    }

    /// Presses the tabulator until that has the focus.
    pub(crate) async fn tab_to(&self, css: &str) {
        let has_focus = format!("return document.activeElement === document.querySelector({css:?})");
        for _ in 0..60 {
            self.press(TAB).await;
            if self.run(&has_focus).await == json!(true) {
                return;
            }
        }
        panic!(
            "no way to {css} by keys: the focus is at {}",
            self.run("return document.activeElement.outerHTML").await
        );
    }

    /// What the browser complained about.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "browser"})).await;
        let lines = log.as_array().into_iter().flatten().map(|line| line["message"].as_str().unwrap_or_default());
        lines.map(str::to_owned).collect()
    }

    /// Looks at the page in that scheme, so wide.
    pub(crate) async fn look(&self, scheme: &str, width: u32, height: u32) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools("Emulation.setEmulatedMedia", &json!({"features": features})).await;
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &size).await;
    }

    async fn devtools(&self, command: &str, params: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": params})).await
    }

    /// Lets a release go on for a while where pictures are taken: lines of two points are no sight.
    pub(crate) async fn wait_for_a_sight(&self) {
        if std::env::var_os("SLUICE_SCREENSHOTS").is_some() {
            sleep(Duration::from_secs(20)).await;
        }
    }

    /// Writes a picture of the page to where SLUICE_SCREENSHOTS says, if it does.
    pub(crate) async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("SLUICE_SCREENSHOTS") else { return };
        let shot =
            self.devtools("Page.captureScreenshot", &json!({"format": "png", "captureBeyondViewport": true})).await;
        let path = Path::new(&folder).join(format!("{name}.png"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(path, base64(shot["data"].as_str().unwrap())).unwrap();
    }
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for value in text.bytes().filter_map(|byte| ALPHABET.iter().position(|known| *known == byte)) {
        bits = (bits << 6) | u32::try_from(value).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).unwrap());
        }
    }
    bytes
}
