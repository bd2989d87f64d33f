//! Where an address is: country, number of its network, and coordinates.

use serde::{Deserialize, Serialize};

/// What the files say of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// The number of the network (ASN).
    pub network: Option<u32>,
    /// The coordinates, where a file has them.
    pub spot: Option<Spot>,
}

/// A point on the earth, in millionths of a degree: whole numbers are stored exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spot {
    /// Degrees north of the equator.
    pub latitude: i32,
    /// Degrees east of Greenwich.
    pub longitude: i32,
}

/// The radius of the earth.
const RADIUS_KM: f64 = 6371.0;
const MILLION: f64 = 1_000_000.0;

impl Spot {
    /// A point from degrees; `None` where there is none such on the earth.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "both are within 180 million")]
    pub fn of_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        let is_there = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        let millionths = |degrees: f64| (degrees * MILLION).round() as i32;
        is_there.then(|| Self { latitude: millionths(latitude), longitude: millionths(longitude) })
    }

    /// The distance over the ground, in whole kilometres.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "half of the way around the earth at most"
    )]
    pub fn kilometres_to(self, other: Self) -> u32 {
        let radians = |millionths: i32| (f64::from(millionths) / MILLION).to_radians();
        let (north, other_north) = (radians(self.latitude), radians(other.latitude));
        let half = |from: i32, to: i32| ((radians(to) - radians(from)) / 2.0).sin();
        let over = half(self.latitude, other.latitude).powi(2)
            + north.cos() * other_north.cos() * half(self.longitude, other.longitude).powi(2);
        (2.0 * RADIUS_KM * over.sqrt().min(1.0).asin()).round() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokyo_is_far_from_sao_paulo_and_near_to_yokohama() {
        let spot = |latitude, longitude| Spot::of_degrees(latitude, longitude).expect("on the earth");
        let (tokyo, yokohama, sao_paulo) = (spot(35.68, 139.77), spot(35.44, 139.64), spot(-23.55, -46.63));
        assert!((18_500..18_600).contains(&tokyo.kilometres_to(sao_paulo)), "{}", tokyo.kilometres_to(sao_paulo));
        assert!((25..35).contains(&tokyo.kilometres_to(yokohama)));
        assert_eq!(tokyo.kilometres_to(tokyo), 0);
        assert_eq!(spot(0.0, 179.9).kilometres_to(spot(0.0, -179.9)), 22);
    }

    #[test]
    fn what_is_not_on_the_earth_is_no_point() {
        for (latitude, longitude) in [(90.1, 0.0), (0.0, -180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert_eq!(Spot::of_degrees(latitude, longitude), None);
        }
    }
}
