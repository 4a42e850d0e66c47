//! Somebody at the admin API.

#![allow(dead_code, reason = "not every test asks for everything")]

use crate::stage::{Answer, Stage, tester};
use serde_json::{Value, json};
use weir_server::access::{Access, ApiTokenWanted, Role, create_account, create_api_token, open_session};
use weir_server::clock;
use zeroize::Zeroizing;

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");
pub(crate) const CSRF: (&str, &str) = ("x-weir-csrf", "1");
pub(crate) const ORIGIN: (&str, &str) = ("origin", "https://weir");

/// Somebody at the API.
pub(crate) enum Who {
    Cookie(String),
    Token(String),
    Nobody,
}

impl Stage {
    pub(crate) async fn account(&self, name: &str, role: Role, one_time: bool) {
        let access = Access::new(&self.keys).unwrap();
        let password = (Zeroizing::new(PASSWORD.to_owned()), one_time);
        create_account(&*self.repo, &access, &tester(), (name, role), password, clock::now())
            .await
            .unwrap();
    }

    pub(crate) async fn session(&self, name: &str) -> Who {
        let cookie = open_session(&*self.repo, (name, None), None, clock::now())
            .await
            .unwrap();
        Who::Cookie(format!("__Host-weir={}", *cookie))
    }

    pub(crate) async fn program(&self, role: Role) -> Who {
        let now = clock::now();
        let wanted = ApiTokenWanted {
            name: "test".to_owned(),
            role,
            account: None,
            expires: now.plus_millis(60_000),
        };
        let (text, _) = create_api_token(&*self.repo, &tester(), wanted, now).await.unwrap();
        Who::Token(format!("Bearer {}", *text))
    }

    /// As the console would.
    pub(crate) async fn call(&self, who: &Who, method: &str, path: &str, body: &Value) -> Answer {
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut headers = vec![JSON];
        match who {
            Who::Cookie(cookie) => headers.extend([("cookie", &**cookie), CSRF, ORIGIN]),
            Who::Token(token) => headers.push(("authorization", token)),
            Who::Nobody => headers.extend([CSRF, ORIGIN]),
        }
        self.ask(None, method, path, &headers, text.as_bytes()).await
    }

    pub(crate) async fn signs_in(&self, name: &str, password: &str, more: &[(&str, &str)]) -> Answer {
        let body = json!({"name": name, "password": password}).to_string();
        let headers = [&[JSON, CSRF, ORIGIN], more].concat();
        self.ask(None, "POST", "/api/v1/session", &headers, body.as_bytes())
            .await
    }
}

pub(crate) fn problem(answer: &Answer) -> (u16, &str) {
    let kind = answer.body["type"].as_str().unwrap_or_default();
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json"),
        "{answer:?}"
    );
    assert_eq!(answer.body["status"], answer.status);
    (answer.status, kind.strip_prefix("urn:weir:problem:").unwrap_or(kind))
}
