//! JSON merge patches (RFC 7396) on typed values.

use crate::error::{Result, ServerError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A value with a patch put over it. `name` is what a refusal names.
pub fn merged<T, W>(name: &str, now: &T, patch: &Value) -> Result<W>
where
    T: Serialize,
    W: DeserializeOwned,
{
    let wrong = |error: serde_json::Error| ServerError::parameter(name, error.to_string());
    let mut value = serde_json::to_value(now).map_err(wrong)?;
    merge(&mut value, patch);
    serde_json::from_value(value).map_err(wrong)
}

/// Puts a patch over a value: objects are merged, `null` takes a key away, anything else replaces.
fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        value.clone_from(patch);
        return;
    };
    if !value.is_object() {
        *value = Value::Object(serde_json::Map::new());
    }
    let Value::Object(value) = value else { return };
    for (key, patch) in patch {
        if patch.is_null() {
            value.remove(key);
        } else {
            merge(value.entry(key).or_insert(Value::Null), patch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_examples_of_the_standard() {
        for (value, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (
                json!([1, 2]),
                json!({"a": "b", "c": null}),
                json!({"a": "b"}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ] {
            let mut merged = value.clone();
            merge(&mut merged, &patch);
            assert_eq!(merged, result, "{value} with {patch}");
        }
    }
}
