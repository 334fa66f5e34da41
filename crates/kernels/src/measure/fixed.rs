//! Sums of numbers without rounding, as integers of as many words as the type of the numbers can need.
//!
//! A float is a whole multiple of the least number of its type, so that its sums are integers. Adding integers does not
//! depend on the order; only when the result is asked for, it is rounded, once.

/// How the exact sums of a type's values and of their squares are kept: two's complement, lowest word first. The room
/// is enough for 2^40 values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Words of the sum.
    pub sum: usize,
    /// Words of the sum of squares.
    pub squares: usize,
    /// The lowest bit of the sum stands for two to this power, that of the squares for its square.
    pub lowest: i32,
}

impl Fixed {
    /// Words of both.
    pub const fn limbs(self) -> usize {
        self.sum + self.squares
    }

    /// Mean of `count` values and their standard deviation (over all of them, not a sample), from both sums.
    ///
    /// The variance is rounded once: (n S2 - S1 S1) / n n without a difference of rounded numbers.
    pub fn mean_and_deviation(self, words: &[u64], count: u64) -> (f64, f64) {
        let (sum, squares) = words.split_at(self.sum);
        let (sum, squares) = (Wide::from_words(sum), Wide::from_words(squares));
        let n = count as f64;
        let mean = sum.times_power(self.lowest) / n;
        let spread = squares
            .times(&Wide::from_u64(count))
            .minus(&sum.times(&sum));
        let variance = spread.times_power(2 * self.lowest) / n / n;
        (mean, variance.sqrt())
    }
}

/// Adds a number, or takes it away, times two to the power of `shift`.
#[inline(always)]
pub fn add(words: &mut [u64], number: u128, negative: bool, shift: usize) {
    let (at, bits) = (shift / 64, shift % 64);
    let low = number << bits;
    let high = if bits == 0 { 0 } else { number >> (128 - bits) };
    let parts = [low as u64, (low >> 64) as u64, high as u64];
    let mut carry = false;
    for (index, word) in words[at..].iter_mut().enumerate() {
        let part = parts.get(index).copied().unwrap_or(0);
        if index >= 3 && !carry {
            return;
        }
        (*word, carry) = if negative {
            word.borrowing_sub(part, carry)
        } else {
            word.carrying_add(part, carry)
        };
    }
}

/// Adds the words of another sum of the same kind.
pub fn add_words(words: &mut [u64], more: &[u64]) {
    let mut carry = false;
    for (word, more) in words.iter_mut().zip(more) {
        (*word, carry) = word.carrying_add(*more, carry);
    }
}

/// An integer of any size.
#[derive(Clone, Debug)]
pub(super) struct Wide {
    negative: bool,
    /// The lowest word first.
    words: Vec<u64>,
}

impl Wide {
    /// From two's complement.
    pub fn from_words(words: &[u64]) -> Self {
        let negative = words.last().is_some_and(|word| word >> 63 == 1);
        let mut words = words.to_vec();
        if negative {
            let mut carry = true;
            for word in &mut words {
                (*word, carry) = (!*word).overflowing_add(u64::from(carry));
            }
        }
        Self { negative, words }
    }

    /// A number of one word.
    pub fn from_u64(number: u64) -> Self {
        Self {
            negative: false,
            words: vec![number],
        }
    }

    /// The product.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let mut words = vec![0u64; self.words.len() + other.words.len()];
        for (i, a) in self.words.iter().enumerate() {
            let mut carry = 0;
            for (j, b) in other.words.iter().enumerate() {
                let sum = u128::from(*a) * u128::from(*b) + u128::from(words[i + j]) + carry;
                words[i + j] = sum as u64;
                carry = sum >> 64;
            }
            words[i + other.words.len()] = carry as u64;
        }
        Self {
            negative: self.negative != other.negative,
            words,
        }
    }

    /// The difference of two numbers that are not negative, of which the second is not the larger.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut words = self.words.clone();
        words.resize(words.len().max(other.words.len()), 0);
        let mut borrow = false;
        for (index, word) in words.iter_mut().enumerate() {
            let less = other.words.get(index).copied().unwrap_or(0);
            (*word, borrow) = word.borrowing_sub(less, borrow);
        }
        Self {
            negative: false,
            words,
        }
    }

    /// The nearest float of the number times two to a power.
    pub fn times_power(&self, power: i32) -> f64 {
        let Some(top) = self.words.iter().rposition(|word| *word != 0) else {
            return 0.0;
        };
        let word = |index: usize| self.words[index];
        let zeros = word(top).leading_zeros();
        let below = if top > 0 { word(top - 1) } else { 0 };
        let mut bits = word(top) << zeros | below.checked_shr(64 - zeros).unwrap_or(0);
        // Whatever lies below decides only between the two nearest floats.
        let rest =
            (below << zeros) != 0 || self.words[..top.saturating_sub(1)].iter().any(|w| *w != 0);
        bits |= u64::from(rest);
        let size = libm::ldexp(bits as f64, 64 * top as i32 - zeros as i32 + power);
        if self.negative { -size } else { size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(numbers: &[i64], shift: usize) -> Vec<u64> {
        let mut words = vec![0; 4];
        for n in numbers {
            add(&mut words, u128::from(n.unsigned_abs()), *n < 0, shift);
        }
        words
    }

    proptest! {
        #[test]
        fn sums_are_those_of_integers(numbers in prop::collection::vec(any::<i64>(), 0..20), shift in 0..60usize) {
            let expected: i128 = numbers.iter().map(|n| i128::from(*n)).sum();
            let words = sum(&numbers, shift);
            // A power of two does not change the rounding.
            let found = Wide::from_words(&words).times_power(-(shift as i32));
            prop_assert_eq!(found, expected as f64);
            let (a, b) = numbers.split_at(numbers.len() / 2);
            let mut merged = sum(a, shift);
            add_words(&mut merged, &sum(b, shift));
            prop_assert_eq!(merged, words);
        }

        #[test]
        fn products_are_those_of_integers(a: i64, b: i64) {
            let wide = |n: i64| Wide::from_words(&[n as u64]);
            let found = wide(a).times(&wide(b)).times_power(0);
            prop_assert_eq!(found, (i128::from(a) * i128::from(b)) as f64);
        }
    }
}
