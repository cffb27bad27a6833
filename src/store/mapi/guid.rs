//! GUIDs: property sets, record keys ([MS-DTYP] §2.3.4).

use std::fmt;

/// A GUID as its 16 bytes lie in files: the first three groups little-endian.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Guid([u8; 16]);

impl Guid {
    /// PS_MAPI: properties that have numbers of their own ([MS-OXPROPS] §1.3.2).
    pub const MAPI: Self = Self::new(0x0002_0328, 0, 0, 0xC000_0000_0000_0046);
    /// PS_PUBLIC_STRINGS: `Keywords` among them.
    pub const PUBLIC_STRINGS: Self = Self::new(0x0002_0329, 0, 0, 0xC000_0000_0000_0046);
    /// PS_INTERNET_HEADERS: header fields by their name.
    pub const INTERNET_HEADERS: Self = Self::new(0x0002_0386, 0, 0, 0xC000_0000_0000_0046);
    /// PSETID_Appointment.
    pub const APPOINTMENT: Self = Self::new(0x0006_2002, 0, 0, 0xC000_0000_0000_0046);
    /// PSETID_Task.
    pub const TASK: Self = Self::new(0x0006_2003, 0, 0, 0xC000_0000_0000_0046);
    /// PSETID_Address.
    pub const ADDRESS: Self = Self::new(0x0006_2004, 0, 0, 0xC000_0000_0000_0046);
    /// PSETID_Common.
    pub const COMMON: Self = Self::new(0x0006_2008, 0, 0, 0xC000_0000_0000_0046);
    /// PSETID_Meeting.
    pub const MEETING: Self = Self::new(0x6ED8_DA90, 0x450B, 0x101B, 0x98DA_00AA_003F_1305);

    /// From its four printed parts; the last two groups as one number.
    #[must_use]
    pub const fn new(first: u32, second: u16, third: u16, rest: u64) -> Self {
        let (a, b, c, d) = (first.to_le_bytes(), second.to_le_bytes(), third.to_le_bytes(), rest.to_be_bytes());
        let [a0, a1, a2, a3] = a;
        let ([b0, b1], [c0, c1]) = (b, c);
        let [d0, d1, d2, d3, d4, d5, d6, d7] = d;
        Self([a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, d2, d3, d4, d5, d6, d7])
    }

    /// From 16 bytes as they lie in a file.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// From the first 16 of `bytes`; `None` if there are fewer.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk::<16>().map(|bytes| Self(*bytes))
    }

    /// Its 16 bytes as they lie in a file.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, rest @ ..] = self.0;
        write!(f, "{a3:02x}{a2:02x}{a1:02x}{a0:02x}-{b1:02x}{b0:02x}-{c1:02x}{c0:02x}-{d0:02x}{d1:02x}-")?;
        rest.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_lies_in_files_as_the_standard_says() {
        assert_eq!(Guid::PUBLIC_STRINGS.to_string(), "00020329-0000-0000-c000-000000000046");
        assert_eq!(Guid::MEETING.to_string(), "6ed8da90-450b-101b-98da-00aa003f1305");
        assert_eq!(Guid::MEETING.as_bytes()[..8], [0x90, 0xDA, 0xD8, 0x6E, 0x0B, 0x45, 0x1B, 0x10]);
        assert_eq!(Guid::read(Guid::MEETING.as_bytes()), Some(Guid::MEETING));
        assert_eq!(Guid::read(&[0; 15]), None);
    }
}
