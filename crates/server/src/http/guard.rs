//! Who may ask: hosts and origins, before anything else is looked at.

use super::answer::failure;
use crate::error::ServerError;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HOST,
    ORIGIN, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

const ASKS_PRIVATE: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOWS_PRIVATE: HeaderName = HeaderName::from_static("access-control-allow-private-network");

/// Hosts and origins that may ask, beside those of this machine. Some are known only when a notebook says where it is shown.
#[derive(Debug, Default)]
pub struct Guard(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    origins: Vec<String>,
    hosts: Vec<String>,
}

impl Guard {
    /// `prefix` is the address under which a proxy shows the server.
    pub fn new(origins: &[String], prefix: Option<&str>) -> Self {
        let guard = Self(RwLock::new(Known {
            origins: origins.iter().map(|origin| plain(origin)).collect(),
            hosts: Vec::new(),
        }));
        if let Some(prefix) = prefix {
            guard.allow(prefix);
        }
        guard
    }

    /// Answers from now on what comes through the host of this address, and to its pages.
    pub fn allow(&self, address: &str) {
        let address = address.parse::<Uri>().ok();
        let Some((scheme, authority)) = address.as_ref().and_then(parts) else {
            return;
        };
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let origin = plain(&format!("{scheme}://{authority}"));
        if !known.origins.contains(&origin) {
            known.hosts.push(authority.host().to_ascii_lowercase());
            known.origins.push(origin);
        }
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn knows_host(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        let host = authority.host().to_ascii_lowercase();
        is_loopback(&host) || self.known().hosts.contains(&host)
    }

    fn knows_origin(&self, origin: &str) -> bool {
        let uri = origin.parse::<Uri>().ok();
        let here = uri
            .as_ref()
            .and_then(parts)
            .is_some_and(|(scheme, authority)| {
                ["http", "https"].contains(&scheme)
                    && is_loopback(&authority.host().to_ascii_lowercase())
            });
        here || self.known().origins.contains(&plain(origin))
    }

    /// The origin that is to be answered; an error when the request must not be.
    fn check(&self, headers: &HeaderMap) -> Result<Option<HeaderValue>, ServerError> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        if hosts.next().is_some() || !host.is_some_and(|host| self.knows_host(host)) {
            let message = "this server answers to names of this machine only; behind a proxy give its address as \
                           --url-prefix";
            return Err(ServerError::Forbidden(message.into()));
        }
        let Some(origin) = headers.get(ORIGIN) else {
            return Ok(None);
        };
        if origin
            .to_str()
            .is_ok_and(|origin| self.knows_origin(origin))
        {
            return Ok(Some(origin.clone()));
        }
        let message = "pages of other origins may not ask; give --allow-origin for one that may";
        Err(ServerError::Forbidden(message.into()))
    }
}

fn parts(uri: &Uri) -> Option<(&str, &Authority)> {
    Some((uri.scheme_str()?, uri.authority()?))
}

fn plain(origin: &str) -> String {
    origin.trim_end_matches('/').to_ascii_lowercase()
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Lets a request in, or answers it itself.
pub async fn guard(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let origin = match guard.check(headers) {
        Ok(origin) => origin,
        Err(error) => return failure(&error),
    };
    let asks_first =
        request.method() == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let private = headers.contains_key(ASKS_PRIVATE);
    let mut response = if asks_first {
        preflight(private)
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let exposed = "Content-Range, Content-Length, Accept-Ranges, ETag";
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(exposed),
        );
    }
    response
}

/// What a browser wants to know before it asks across origins.
fn preflight(private: bool) -> Response {
    let mut headers = HeaderMap::new();
    let methods = "GET, HEAD, POST, PATCH, DELETE";
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static(methods),
    );
    let allowed = "Content-Type, X-Voxsieve-Token, Range, If-None-Match";
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(allowed),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    if private {
        headers.insert(ALLOWS_PRIVATE, HeaderValue::from_static("true"));
    }
    (StatusCode::NO_CONTENT, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(guard: &Guard, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(host).unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        guard.check(&headers).is_ok()
    }

    #[test]
    fn names_of_this_machine_only() {
        let guard = Guard::default();
        for host in [
            "localhost",
            "LOCALHOST:80",
            "127.0.0.1:9999",
            "[::1]:3",
            "127.8.8.8",
        ] {
            assert!(asked(&guard, host, None), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "",
            "10.0.0.1",
            "a b",
        ] {
            assert!(!asked(&guard, host, None), "{host}");
        }
    }

    #[test]
    fn origins_are_exact() {
        let guard = Guard::new(
            &["https://neuroglancer.example/".into()],
            Some("https://hub.example/user/me/"),
        );
        let from = |origin| asked(&guard, "localhost", Some(origin));
        for origin in [
            "http://localhost:8888",
            "https://127.0.0.1",
            "https://neuroglancer.example",
            "https://hub.example",
        ] {
            assert!(from(origin), "{origin}");
        }
        for origin in [
            "null",
            "https://evil.example",
            "http://neuroglancer.example",
            "https://neuroglancer.example.evil",
            "http://localhost.evil.example",
            "file://localhost",
            "localhost",
        ] {
            assert!(!from(origin), "{origin}");
        }
        assert!(asked(&guard, "hub.example", None) && !asked(&guard, "other.example", None));
        guard.allow("https://other.example:444/user/me/");
        assert!(asked(
            &guard,
            "other.example",
            Some("https://other.example:444")
        ));
        assert!(!asked(
            &guard,
            "other.example",
            Some("https://other.example")
        ));
    }
}
