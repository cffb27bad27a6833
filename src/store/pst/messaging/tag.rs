//! The properties that folders and stores are read by ([MS-OXPROPS]), by id.

/// PidTagMessageClass.
pub const MESSAGE_CLASS: u16 = 0x001A;
/// PidTagMessageDeliveryTime.
pub const DELIVERY_TIME: u16 = 0x0E06;
/// PidTagMessageFlags.
pub const MESSAGE_FLAGS: u16 = 0x0E07;
/// PidTagMessageSize.
pub const MESSAGE_SIZE: u16 = 0x0E08;
/// PidTagClientSubmitTime.
pub const SUBMIT_TIME: u16 = 0x0039;
/// PidTagDisplayName.
pub const DISPLAY_NAME: u16 = 0x3001;
/// PidTagContainerClass.
pub const CONTAINER_CLASS: u16 = 0x3613;
/// PidTagIpmSubtreeEntryId.
pub const IPM_SUBTREE: u16 = 0x35E0;
/// PidTagIpmOutboxEntryId.
pub const IPM_OUTBOX: u16 = 0x35E2;
/// PidTagIpmWastebasketEntryId.
pub const IPM_WASTEBASKET: u16 = 0x35E3;
/// PidTagIpmSentMailEntryId.
pub const IPM_SENT: u16 = 0x35E4;
/// PidTagIpmAppointmentEntryId: only the inbox and the root have it.
pub const IPM_APPOINTMENT: u16 = 0x36D0;
/// PidTagIpmContactEntryId.
pub const IPM_CONTACT: u16 = 0x36D1;
/// PidTagIpmDraftsEntryId.
pub const IPM_DRAFTS: u16 = 0x36D7;
/// PidTagAdditionalRenEntryIds: the fifth is the junk folder.
pub const ADDITIONAL_REN: u16 = 0x36D8;
/// Of an OST's folders the id that the server gave them: two bytes of a replica, six of its counter. In no standard; the OSTs at hand
/// have it, and what their inboxes name as drafts and junk is found by it.
pub const OST_FOLDER_ID: u16 = 0x67F4;
/// PidTagObjectType: of an address book's entries.
pub const OBJECT_TYPE: u16 = 0x0FFE;
/// PidTagEmailAddress.
pub const EMAIL_ADDRESS: u16 = 0x3003;
/// PidTagPstPassword: a checksum of the password, which encrypts nothing.
pub const PASSWORD: u16 = 0x67FF;
/// PidTagCodePageId: of a store's 8-bit text.
pub const CODE_PAGE_ID: u16 = 0x66C3;
/// PidTagMessageCodepage: of a message's 8-bit text.
pub const MESSAGE_CODE_PAGE: u16 = 0x3FFD;
