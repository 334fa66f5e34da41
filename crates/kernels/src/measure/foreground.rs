//! Everything that is not background, taken together.

/// What a block has of everything that is not background.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreground {
    /// Voxels by their coordinate along each axis.
    pub profile: [Vec<u64>; 3],
    /// How often each box occurs, by the bits of its corners in the foreground: inside the volume.
    pub inside: Vec<u64>,
    /// The same for boxes that stick out of the volume.
    pub outside: Vec<u64>,
}

impl Foreground {
    pub(super) fn clear(&mut self, shape: [usize; 3]) {
        for (profile, n) in self.profile.iter_mut().zip(shape) {
            profile.clear();
            // One more along x, where differences are kept until the end.
            profile.resize(n + 1, 0);
        }
        for boxes in [&mut self.inside, &mut self.outside] {
            boxes.clear();
            boxes.resize(256, 0);
        }
    }

    pub(super) fn add_stretch(&mut self, [z, y, x]: [usize; 3], len: usize) {
        self.profile[0][z] += len as u64;
        self.profile[1][y] += len as u64;
        self.profile[2][x] = self.profile[2][x].wrapping_add(1);
        self.profile[2][x + len] = self.profile[2][x + len].wrapping_sub(1);
    }

    pub(super) fn add_boxes(
        &mut self,
        code: u8,
        count: usize,
        first_out: bool,
        last_out: bool,
        out: bool,
    ) {
        let ends = usize::from(first_out) + usize::from(last_out && count > 1);
        let outside = if out { count } else { ends };
        self.outside[code as usize] += outside as u64;
        self.inside[code as usize] += (count - outside) as u64;
    }

    pub(super) fn finish(&mut self) {
        let mut sum = 0u64;
        for at in &mut self.profile[2] {
            sum = sum.wrapping_add(*at);
            *at = sum;
        }
        for profile in &mut self.profile {
            profile.pop();
        }
    }
}
