//! The REST door as a script would use it.

use std::net::SocketAddr;

use serde_json::{Value, json};
use vestnik_proto::UserId;

use crate::server::{PASSWORD, SignedUp};

/// Calls a server's REST door.
#[derive(Clone, Debug)]
pub struct Rest {
    client: reqwest::Client,
    base: String,
}

impl Rest {
    /// For the server whose HTTP door is here, in plain text.
    pub fn new(http: SocketAddr) -> Self {
        Self::over(reqwest::Client::new(), http)
    }

    /// The same over a client of one's own.
    pub fn over(client: reqwest::Client, http: SocketAddr) -> Self {
        Self { client, base: format!("http://{http}") }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A call; status and JSON body (`null` when empty, a string when it is no JSON).
    ///
    /// # Errors
    /// When no whole answer came.
    pub async fn try_call(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> reqwest::Result<(u16, Value)> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, self.url(path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        let body =
            if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
        Ok((status, body))
    }

    /// A call that must be answered.
    pub async fn call(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> (u16, Value) {
        self.try_call(method, path, token, body).await.unwrap()
    }

    /// Makes an account.
    pub async fn register(&self, username: &str) -> SignedUp {
        let body = json!({"username": username, "password": PASSWORD});
        let (status, answer) = self.call("POST", "/api/v1/auth/register", None, Some(&body)).await;
        assert_eq!(status, 201, "{answer}");
        SignedUp {
            id: UserId(answer["user"]["id"].as_i64().unwrap()),
            username: username.to_owned(),
            token: answer["access_token"].as_str().unwrap().to_owned(),
            refresh_token: answer["refresh_token"].as_str().unwrap().to_owned(),
        }
    }
}
