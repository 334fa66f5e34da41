//! What every request of a session brings: its name, its token, who asks.

use super::answer::failure;
use crate::error::{Result, ServerError};
use crate::server::Shared;
use crate::session::{Session, same_secret};
use axum::extract::{RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

/// The parts of a query.
pub type Query = axum::extract::Query<HashMap<String, String>>;

/// Lets a request to the session of its path that brings the session's token.
pub async fn session(
    State(shared): State<Arc<Shared>>,
    params: RawPathParams,
    mut request: Request,
    next: Next,
) -> Response {
    let name = params
        .iter()
        .find(|(key, _)| *key == "session")
        .map(|(_, name)| name);
    let token = request.headers().get("x-voxsieve-token");
    let token = token.and_then(|token| token.to_str().ok());
    match opened(&shared, name.unwrap_or_default(), token) {
        Ok(session) => {
            request.extensions_mut().insert(session);
            next.run(request).await
        }
        Err(error) => failure(&error),
    }
}

/// A session that is not there and a wrong token are not told apart.
fn opened(shared: &Shared, name: &str, token: Option<&str>) -> Result<Arc<Session>> {
    let sessions = shared
        .sessions
        .read()
        .unwrap_or_else(PoisonError::into_inner);
    let found = sessions.get(name);
    let right =
        |session: &&Arc<Session>| token.is_some_and(|token| same_secret(token, session.token()));
    found.filter(right).cloned().ok_or_else(|| {
        let message = "the session is not there or the token is not right; open the address that the server printed";
        ServerError::Unauthorized(message.into())
    })
}

/// Refuses paths that try to climb, whatever they are meant for: nothing here has such names.
pub async fn calm(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_ascii_lowercase();
    let climbs = ["..", "%2e", "%2f", "%5c", "\\", "%00", "//"];
    if climbs.iter().any(|part| path.contains(part)) {
        let message = "there is nothing at this address";
        return failure(&ServerError::NotFound(message.into()));
    }
    next.run(request).await
}

/// Who asks: a name of letters and digits that is none of the program's own.
pub fn client(query: &Query) -> Result<&str> {
    let name = query.get("client").map_or("unnamed", String::as_str);
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let own = ["python", "server"].contains(&name);
    if name.is_empty() || name.len() > 64 || own || !name.chars().all(plain) {
        let message = "must be a name of letters and digits other than python and server";
        return Err(ServerError::parameter("client", message));
    }
    Ok(name)
}

/// A number of a query; `None` when it is left out.
pub fn number<T: std::str::FromStr>(query: &Query, name: &str) -> Result<Option<T>> {
    query.get(name).map(|text| parsed(name, text)).transpose()
}

/// A number.
pub fn parsed<T: std::str::FromStr>(name: &str, text: &str) -> Result<T> {
    let number = text.parse().ok();
    number.ok_or_else(|| {
        let message = format!("'{text}' is not a number that fits here");
        ServerError::parameter(name, message)
    })
}

/// Three numbers.
pub fn triple<T: std::str::FromStr>(name: &str, text: &str) -> Result<[T; 3]> {
    let numbers: Vec<T> = text
        .split(',')
        .map(|part| parsed(name, part.trim()))
        .collect::<Result<_>>()?;
    let three = <[T; 3]>::try_from(numbers);
    three.map_err(|_| ServerError::parameter(name, "needs three numbers: z,y,x"))
}
