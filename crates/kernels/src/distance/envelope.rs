//! The lower envelope of the parabolas that stand on the values of a line.

use super::Squared;

/// Which parabola is the lowest from where on.
pub(super) struct Envelope {
    spacing: f64,
    /// Where parabolas stand, and the first position where each is the lowest.
    pieces: Vec<(usize, usize)>,
}

impl Envelope {
    /// For lines of this length.
    pub(super) fn new(length: usize, spacing: f64) -> Self {
        Self {
            spacing,
            pieces: Vec::with_capacity(length),
        }
    }

    /// The memory for lines of this length.
    pub(super) fn bytes(length: usize) -> usize {
        length * size_of::<(usize, usize)>()
    }

    /// The height at `position` of the parabola that stands at `foot`.
    #[inline(always)]
    fn height<S: Squared>(&self, line: &[S], foot: usize, position: usize) -> S {
        line[foot].plus(S::way(foot.abs_diff(position), self.spacing))
    }

    /// Finds the envelope of a line.
    pub(super) fn build<S: Squared>(&mut self, line: &[S]) {
        self.pieces.clear();
        for foot in 0..line.len() {
            if line[foot] == S::FAR {
                continue;
            }
            while let Some(&(last, start)) = self.pieces.last()
                && self.height(line, last, start) > self.height(line, foot, start)
            {
                self.pieces.pop();
            }
            let start = self.pieces.last().map_or(0, |&(last, start)| {
                self.crossing(line, last, foot).max(start + 1)
            });
            if start < line.len() {
                self.pieces.push((foot, start));
            }
        }
    }

    /// The first position where the parabola at `foot` is lower than that at `last` before it.
    ///
    /// The squares of integers and their differences are exact, and their quotient is nearer to an integer than to the
    /// next float only if it is one: its floor is exact too.
    fn crossing<S: Squared>(&self, line: &[S], last: usize, foot: usize) -> usize {
        let rise = (line[foot].real() - line[last].real()) / (self.spacing * self.spacing);
        let squares = ((foot - last) * (foot + last)) as f64;
        let crossing = (squares + rise) / (2 * (foot - last)) as f64;
        (crossing.floor() as usize).min(line.len()) + 1
    }

    /// Calls `visit` with each position and the lowest height there, if there is one.
    pub(super) fn walk<S: Squared>(&mut self, line: &[S], mut visit: impl FnMut(usize, S)) {
        let mut end = line.len();
        for &(foot, start) in self.pieces.iter().rev() {
            for position in start..end {
                visit(position, self.height(line, foot, position));
            }
            end = start;
        }
    }
}
