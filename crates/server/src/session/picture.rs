//! Pictures of what a front-end shows.

use super::Session;
use crate::error::{Result, ServerError};
use std::time::{Duration, Instant};

/// The first bytes of every PNG.
const PNG: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

impl Session {
    /// Asks the front-ends for a picture and waits for it: a PNG. `None` when none came in time.
    pub fn request_screenshot(&self, longest: Duration) -> Option<Vec<u8>> {
        let serial = self.change(&["screenshot"], "server", |state| {
            state.document.screenshot += 1;
            state.document.screenshot
        });
        let end = Instant::now() + longest;
        loop {
            let (revision, picture) = {
                let state = self.lock();
                (state.document.revision, state.picture.clone())
            };
            if let Some((answered, png)) = picture
                && answered >= serial
            {
                return Some(png);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            // Pictures change no revision, so it is looked for now and then.
            self.bell
                .wait(revision, left.min(Duration::from_millis(50)));
        }
    }

    /// The last picture that a front-end sent: a PNG.
    pub fn last_screenshot(&self) -> Option<Vec<u8>> {
        self.lock().picture.as_ref().map(|(_, png)| png.clone())
    }

    /// Takes a picture that answers the wish `serial`.
    pub(crate) fn take_picture(&self, serial: u64, png: Vec<u8>) -> Result<()> {
        if !png.starts_with(&PNG) {
            return Err(ServerError::parameter("body", "must be a PNG"));
        }
        let mut state = self.lock();
        if serial > state.document.screenshot {
            let message = format!("picture {serial} was not asked for");
            return Err(ServerError::parameter("serial", message));
        }
        if state
            .picture
            .as_ref()
            .is_none_or(|(last, _)| *last <= serial)
        {
            state.picture = Some((serial, png));
        }
        Ok(())
    }
}
