//! The parameter `dtype`.

use voxsieve_core::{DType, Kind, Result, Values};

/// Its words.
pub(crate) const NAMES: &[&str] = &{
    let mut names = [""; DType::ALL.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = DType::ALL[index].name();
        index += 1;
    }
    names
};

/// The type that was asked for.
pub(crate) fn named(values: &Values) -> Result<Option<DType>> {
    Ok(values.choice("dtype")?.and_then(DType::from_name))
}

/// What values mean in another type: only bytes are a mask, only integers are labels.
pub(crate) fn kind_as(kind: Kind, dtype: DType) -> Kind {
    match (kind, dtype) {
        (Kind::Mask, DType::U8) => Kind::Mask,
        (Kind::Labels, dtype) if !matches!(dtype, DType::F32 | DType::F64) => Kind::Labels,
        _ => Kind::Image,
    }
}
