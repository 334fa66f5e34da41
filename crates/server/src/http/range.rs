//! Parts of answers, as `Range` asks for them.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    RANGE,
};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

/// What is asked for of `length` bytes.
#[derive(Debug, PartialEq)]
pub enum Part {
    /// All of them.
    Whole,
    /// From, and to but not with.
    Bytes(u64, u64),
    /// There are no such bytes.
    Outside,
}

/// Reads a header `Range`. What it does not understand means all, as the standard wants it.
pub fn part(headers: &HeaderMap, length: u64) -> Part {
    let range = headers.get(RANGE).and_then(|range| range.to_str().ok());
    let Some(range) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else {
        return Part::Whole;
    };
    let Some((from, to)) = range.split_once('-') else {
        return Part::Whole;
    };
    let (from, to) = (from.trim(), to.trim());
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(from) || !digits(to) || (from.is_empty() && to.is_empty()) {
        return Part::Whole;
    }
    // Numbers that no file can have are beyond its end.
    let number = |text: &str| text.parse().unwrap_or(u64::MAX);
    let (start, end) = if from.is_empty() {
        (length.saturating_sub(number(to)), length)
    } else if to.is_empty() {
        (number(from), length)
    } else {
        (number(from), number(to).saturating_add(1).min(length))
    };
    if start >= end {
        Part::Outside
    } else {
        Part::Bytes(start, end)
    }
}

/// What an answer of the store is made from.
pub struct Kept {
    /// Changes with the bytes.
    pub etag: String,
    /// Type of the bytes.
    pub mime: &'static str,
    /// How many there are.
    pub length: u64,
}

impl Kept {
    /// An answer without bytes, when that is enough: to HEAD, to who has them already, to a range that is not there.
    pub fn without_bytes(&self, method: &Method, headers: &HeaderMap) -> Option<Response<Body>> {
        let known = headers.get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
        if known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == self.etag)) {
            return Some(self.answer(StatusCode::NOT_MODIFIED, None, Body::empty()));
        }
        if part(headers, self.length) == Part::Outside {
            let range = format!("bytes */{}", self.length);
            let status = StatusCode::RANGE_NOT_SATISFIABLE;
            return Some(self.answer(status, Some(range), Body::empty()));
        }
        (method == Method::HEAD).then(|| {
            let mut response = self.answer(StatusCode::OK, None, Body::empty());
            response
                .headers_mut()
                .insert(CONTENT_LENGTH, self.length.into());
            response
        })
    }

    /// The bytes that are asked for.
    pub fn with_bytes(&self, headers: &HeaderMap, bytes: &[u8]) -> Response<Body> {
        match part(headers, self.length) {
            Part::Bytes(start, end) => {
                let range = format!("bytes {start}-{}/{}", end - 1, self.length);
                let bytes = bytes.get(start as usize..end as usize).unwrap_or_default();
                let body = Body::from(bytes.to_vec());
                self.answer(StatusCode::PARTIAL_CONTENT, Some(range), body)
            }
            _ => self.answer(StatusCode::OK, None, Body::from(bytes.to_vec())),
        }
    }

    fn answer(&self, status: StatusCode, range: Option<String>, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.mime));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        let texts = [(ETAG, Some(self.etag.clone())), (CONTENT_RANGE, range)];
        for (name, text) in texts {
            if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_the_standard_has_them() {
        for (range, wanted) in [
            ("bytes=0-3", Part::Bytes(0, 4)),
            ("bytes=8-", Part::Bytes(8, 10)),
            ("bytes=-4", Part::Bytes(6, 10)),
            ("bytes=-99", Part::Bytes(0, 10)),
            ("bytes=3-99", Part::Bytes(3, 10)),
            ("bytes=10-", Part::Outside),
            ("bytes=-0", Part::Outside),
            ("bytes=5-2", Part::Outside),
            ("bytes=99999999999999999999-", Part::Outside),
            ("bytes=-", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("lines=1-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, HeaderValue::from_static(range));
            assert_eq!(part(&headers, 10), wanted, "{range}");
        }
    }
}
