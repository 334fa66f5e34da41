//! What goes to the standard output. When nobody reads it any more (`voxsieve info X | head`), the work goes on.

use std::fmt;
use std::io::{self, Write};

/// Writes text as it is.
pub fn text(text: fmt::Arguments) {
    let mut out = io::stdout().lock();
    // A reader that went away wants no more; there is no better place to say what else failed.
    let _ = out.write_fmt(text).and_then(|()| out.flush());
}

/// `println!` for readers that may go away.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::say::text(format_args!("{}\n", format_args!($($words)*)))
    };
}
pub(crate) use say;
