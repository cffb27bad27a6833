//! The checksums of [MS-PST] §5.3 and §5.5: hints of damage, never reasons to give up.

/// CRC-32 with an initial value of 0 and without the final inversion.
#[must_use]
pub fn crc(bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(u32::MAX);
    hasher.update(bytes);
    !hasher.finalize()
}

/// The signature of a page or block: where it lies, mixed with its id.
#[must_use]
pub const fn signature(offset: u64, bid: u64) -> u16 {
    let mixed = (offset ^ bid) & 0xFFFF_FFFF;
    ((mixed >> 16) ^ (mixed & 0xFFFF)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crc_has_neither_initial_value_nor_final_inversion() {
        assert_eq!(crc(b""), 0);
        // The table's own entry for 1, [MS-PST] §5.3.
        assert_eq!(crc(&[1]), 0x7707_3096);
        assert_eq!(crc(&[1, 0]), 0x7707_3096 >> 8 ^ crc(&[0x96]));
    }

    #[test]
    fn the_signature_folds_offset_and_id() {
        assert_eq!(signature(0x4400, 0), 0x4400);
        assert_eq!(signature(1, 0x0001_0000), 0);
        assert_eq!(signature(0x12_3456, 0x24), (0x12_3456_u32 ^ 0x24 ^ 0x12) as u16);
    }
}
