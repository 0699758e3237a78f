//! Percentiles of one round, medians over rounds, and exact receipts per receiver.

/// Latencies of one round, in microseconds.
#[derive(Debug, Default)]
pub struct Latencies {
    micros: Vec<u32>,
    sorted: bool,
}

impl Latencies {
    /// Takes one latency in.
    pub fn push(&mut self, micros: u32) {
        self.micros.push(micros);
        self.sorted = false;
    }

    /// Takes all of another's in.
    pub fn append(&mut self, other: &mut Self) {
        self.micros.append(&mut other.micros);
        self.sorted = false;
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.micros.len()
    }

    /// The latency, in milliseconds, within which the share `part` (0 to 1) of all lay: the
    /// nearest rank, so always one that was measured. NaN when there is none.
    pub fn percentile(&mut self, part: f64) -> f64 {
        if self.micros.is_empty() {
            return f64::NAN;
        }
        if !self.sorted {
            self.micros.sort_unstable();
            self.sorted = true;
        }
        let rank = (part * self.micros.len() as f64).ceil() as usize;
        f64::from(self.micros[rank.clamp(1, self.micros.len()) - 1]) / 1e3
    }
}

/// One metric over the rounds.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Summary {
    /// The middle one; of an even number the mean of the two in the middle.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Summary {
    /// Of these values, those that are not numbers left out; `None` when none is left.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        values.sort_unstable_by(f64::total_cmp);
        let (&min, &max) = (values.first()?, values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 };
        Some(Self { median, min, max })
    }
}

/// What one receiver got of the messages `0..` of one sender: each exactly once, and in order?
#[derive(Debug, Default)]
pub struct Receipts {
    bits: Vec<u64>,
    next: u32,
    /// Different messages received.
    pub received: u32,
    /// Messages that came again.
    pub doubled: u32,
    /// Messages that came after a later one.
    pub disordered: u32,
}

impl Receipts {
    /// Notes that message `index` came. Whether it came for the first time.
    pub fn note(&mut self, index: u32) -> bool {
        let (word, bit) = ((index / 64) as usize, 1u64 << (index % 64));
        if word >= self.bits.len() {
            self.bits.resize((word + 1).next_power_of_two(), 0);
        }
        if self.bits[word] & bit != 0 {
            self.doubled += 1;
            return false;
        }
        self.bits[word] |= bit;
        self.received += 1;
        if index < self.next {
            self.disordered += 1;
        } else {
            self.next = index + 1;
        }
        true
    }

    /// How many of the messages `0..sent` did not come.
    pub fn lost(&self, sent: u32) -> u32 {
        let whole = (sent / 64) as usize;
        let mut come: u32 = self.bits.iter().take(whole).map(|word| word.count_ones()).sum();
        if let Some(word) = self.bits.get(whole) {
            come += (word & ((1u64 << (sent % 64)) - 1)).count_ones();
        }
        sent - come
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measured_values() {
        let mut latencies = Latencies::default();
        assert!(latencies.percentile(0.5).is_nan());
        for micros in (1..=1000).rev() {
            latencies.push(micros);
        }
        let check = |latencies: &mut Latencies, part, millis: f64| {
            assert!((latencies.percentile(part) - millis).abs() < 1e-9, "{part}");
        };
        check(&mut latencies, 0.0, 0.001);
        check(&mut latencies, 0.5, 0.5);
        check(&mut latencies, 0.99, 0.99);
        check(&mut latencies, 0.999, 0.999);
        check(&mut latencies, 1.0, 1.0);
        latencies.push(5_000);
        check(&mut latencies, 1.0, 5.0);
        assert_eq!(latencies.len(), 1001);
    }

    #[test]
    fn medians_of_odd_even_and_none() {
        let median = |values: &[f64]| Summary::of(values.iter().copied());
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[f64::NAN]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(Summary { median: 2.0, min: 1.0, max: 3.0 }));
        assert_eq!(median(&[4.0, 1.0]), Some(Summary { median: 2.5, min: 1.0, max: 4.0 }));
    }

    #[test]
    fn receipts_are_exact() {
        let mut receipts = Receipts::default();
        for index in [0, 1, 3, 2, 3, 200] {
            receipts.note(index);
        }
        assert_eq!((receipts.received, receipts.doubled, receipts.disordered), (5, 1, 1));
        assert_eq!(receipts.lost(4), 0);
        assert_eq!(receipts.lost(5), 1);
        assert_eq!(receipts.lost(201), 196);
        assert_eq!(receipts.lost(1_000), 995);
        assert_eq!(Receipts::default().lost(64), 64);
    }
}
