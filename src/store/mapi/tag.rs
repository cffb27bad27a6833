//! What a property is called and what kind of value it has ([MS-OXCDATA] §2.9, §2.11.1, [MS-OXPROPS]).

use std::fmt;

/// A property's number. Those from 0x8000 up mean what the file's table of names says ([`super::NamedProperties`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PropId(pub u16);

impl fmt::Debug for PropId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04X}", self.0)
    }
}

impl fmt::Display for PropId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04X}", self.0)
    }
}

macro_rules! known {
    ($($name:ident = $id:literal, $canonical:literal;)*) => {
        impl PropId {
            $(#[doc = concat!("`", $canonical, "`")] pub const $name: Self = Self($id);)*
        }
    };
}

known! {
    ALTERNATE_RECIPIENT_ALLOWED = 0x0002, "PidTagAlternateRecipientAllowed";
    IMPORTANCE = 0x0017, "PidTagImportance";
    MESSAGE_CLASS = 0x001A, "PidTagMessageClass";
    ORIGINATOR_DELIVERY_REPORT = 0x0023, "PidTagOriginatorDeliveryReportRequested";
    PRIORITY = 0x0026, "PidTagPriority";
    READ_RECEIPT_REQUESTED = 0x0029, "PidTagReadReceiptRequested";
    SENSITIVITY = 0x0036, "PidTagSensitivity";
    SUBJECT = 0x0037, "PidTagSubject";
    CLIENT_SUBMIT_TIME = 0x0039, "PidTagClientSubmitTime";
    SENT_REPRESENTING_ENTRY_ID = 0x0041, "PidTagSentRepresentingEntryId";
    SENT_REPRESENTING_NAME = 0x0042, "PidTagSentRepresentingName";
    RECEIVED_REPRESENTING_NAME = 0x0044, "PidTagReceivedRepresentingName";
    REPLY_RECIPIENT_ENTRIES = 0x004F, "PidTagReplyRecipientEntries";
    REPLY_RECIPIENT_NAMES = 0x0050, "PidTagReplyRecipientNames";
    ORIGINAL_SUBJECT = 0x0049, "PidTagOriginalSubject";
    ORIGINAL_SUBMIT_TIME = 0x004E, "PidTagOriginalSubmitTime";
    START_DATE = 0x0060, "PidTagStartDate";
    END_DATE = 0x0061, "PidTagEndDate";
    OWNER_APPOINTMENT_ID = 0x0062, "PidTagOwnerAppointmentId";
    SENT_REPRESENTING_ADDRESS_TYPE = 0x0064, "PidTagSentRepresentingAddressType";
    SENT_REPRESENTING_EMAIL_ADDRESS = 0x0065, "PidTagSentRepresentingEmailAddress";
    CONVERSATION_TOPIC = 0x0070, "PidTagConversationTopic";
    CONVERSATION_INDEX = 0x0071, "PidTagConversationIndex";
    ORIGINAL_DISPLAY_TO = 0x0074, "PidTagOriginalDisplayTo";
    RECEIVED_BY_NAME = 0x0040, "PidTagReceivedByName";
    RECEIVED_BY_ADDRESS_TYPE = 0x0075, "PidTagReceivedByAddressType";
    RECEIVED_BY_EMAIL_ADDRESS = 0x0076, "PidTagReceivedByEmailAddress";
    TRANSPORT_MESSAGE_HEADERS = 0x007D, "PidTagTransportMessageHeaders";
    TNEF_CORRELATION_KEY = 0x007F, "PidTagTnefCorrelationKey";
    REPORT_TEXT = 0x1001, "PidTagReportText";
    REPORT_TIME = 0x0032, "PidTagReportTime";
    NDR_REASON_CODE = 0x0C04, "PidTagNonDeliveryReportReasonCode";
    NDR_DIAG_CODE = 0x0C05, "PidTagNonDeliveryReportDiagCode";
    RECIPIENT_TYPE = 0x0C15, "PidTagRecipientType";
    REPLY_REQUESTED = 0x0C17, "PidTagReplyRequested";
    SENDER_ENTRY_ID = 0x0C19, "PidTagSenderEntryId";
    SENDER_NAME = 0x0C1A, "PidTagSenderName";
    SUPPLEMENTARY_INFO = 0x0C1B, "PidTagSupplementaryInfo";
    SENDER_ADDRESS_TYPE = 0x0C1E, "PidTagSenderAddressType";
    SENDER_EMAIL_ADDRESS = 0x0C1F, "PidTagSenderEmailAddress";
    NDR_STATUS_CODE = 0x0C20, "PidTagNonDeliveryReportStatusCode";
    REMOTE_MTA = 0x0C21, "PidTagRemoteMessageTransferAgent";
    DISPLAY_BCC = 0x0E02, "PidTagDisplayBcc";
    DISPLAY_CC = 0x0E03, "PidTagDisplayCc";
    DISPLAY_TO = 0x0E04, "PidTagDisplayTo";
    MESSAGE_DELIVERY_TIME = 0x0E06, "PidTagMessageDeliveryTime";
    MESSAGE_FLAGS = 0x0E07, "PidTagMessageFlags";
    MESSAGE_SIZE = 0x0E08, "PidTagMessageSize";
    SUBMIT_FLAGS = 0x0E14, "PidTagSubmitFlags";
    HAS_ATTACHMENTS = 0x0E1B, "PidTagHasAttachments";
    NORMALIZED_SUBJECT = 0x0E1D, "PidTagNormalizedSubject";
    RTF_IN_SYNC = 0x0E1F, "PidTagRtfInSync";
    ATTACH_SIZE = 0x0E20, "PidTagAttachSize";
    ATTACH_NUMBER = 0x0E21, "PidTagAttachNumber";
    MESSAGE_STATUS = 0x0E17, "PidTagMessageStatus";
    SUBJECT_PREFIX = 0x003D, "PidTagSubjectPrefix";
    OBJECT_TYPE = 0x0FFE, "PidTagObjectType";
    ENTRY_ID = 0x0FFF, "PidTagEntryId";
    RECORD_KEY = 0x0FF9, "PidTagRecordKey";
    SEARCH_KEY = 0x300B, "PidTagSearchKey";
    BODY = 0x1000, "PidTagBody";
    RTF_COMPRESSED = 0x1009, "PidTagRtfCompressed";
    BODY_HTML = 0x1013, "PidTagBodyHtml, PidTagHtml";
    BODY_CONTENT_LOCATION = 0x1014, "PidTagBodyContentLocation";
    BODY_CONTENT_ID = 0x1015, "PidTagBodyContentId";
    NATIVE_BODY = 0x1016, "PidTagNativeBody";
    INTERNET_MESSAGE_ID = 0x1035, "PidTagInternetMessageId";
    INTERNET_REFERENCES = 0x1039, "PidTagInternetReferences";
    IN_REPLY_TO_ID = 0x1042, "PidTagInReplyToId";
    LIST_HELP = 0x1043, "PidTagListHelp";
    LIST_SUBSCRIBE = 0x1044, "PidTagListSubscribe";
    LIST_UNSUBSCRIBE = 0x1045, "PidTagListUnsubscribe";
    ICON_INDEX = 0x1080, "PidTagIconIndex";
    LAST_VERB_EXECUTED = 0x1081, "PidTagLastVerbExecuted";
    LAST_VERB_EXECUTION_TIME = 0x1082, "PidTagLastVerbExecutionTime";
    FLAG_STATUS = 0x1090, "PidTagFlagStatus";
    FLAG_COMPLETE_TIME = 0x1091, "PidTagFlagCompleteTime";
    ITEM_TEMPORARY_FLAGS = 0x1097, "PidTagItemTemporaryflags";
    ROWID = 0x3000, "PidTagRowid";
    DISPLAY_NAME = 0x3001, "PidTagDisplayName";
    ADDRESS_TYPE = 0x3002, "PidTagAddressType";
    EMAIL_ADDRESS = 0x3003, "PidTagEmailAddress";
    COMMENT = 0x3004, "PidTagComment";
    CREATION_TIME = 0x3007, "PidTagCreationTime";
    LAST_MODIFICATION_TIME = 0x3008, "PidTagLastModificationTime";
    CONTENT_COUNT = 0x3602, "PidTagContentCount";
    CONTENT_UNREAD_COUNT = 0x3603, "PidTagContentUnreadCount";
    SUBFOLDERS = 0x360A, "PidTagSubfolders";
    CONTAINER_CLASS = 0x3613, "PidTagContainerClass";
    ATTACH_DATA = 0x3701, "PidTagAttachDataBinary, PidTagAttachDataObject";
    ATTACH_ENCODING = 0x3702, "PidTagAttachEncoding";
    ATTACH_EXTENSION = 0x3703, "PidTagAttachExtension";
    ATTACH_FILENAME = 0x3704, "PidTagAttachFilename";
    ATTACH_METHOD = 0x3705, "PidTagAttachMethod";
    ATTACH_LONG_FILENAME = 0x3707, "PidTagAttachLongFilename";
    ATTACH_PATHNAME = 0x3708, "PidTagAttachPathname";
    ATTACH_RENDERING = 0x3709, "PidTagAttachRendering";
    ATTACH_TAG = 0x370A, "PidTagAttachTag";
    RENDERING_POSITION = 0x370B, "PidTagRenderingPosition";
    ATTACH_TRANSPORT_NAME = 0x370C, "PidTagAttachTransportName";
    ATTACH_LONG_PATHNAME = 0x370D, "PidTagAttachLongPathname";
    ATTACH_MIME_TAG = 0x370E, "PidTagAttachMimeTag";
    ATTACH_ADDITIONAL_INFO = 0x370F, "PidTagAttachAdditionalInformation";
    ATTACH_CONTENT_BASE = 0x3711, "PidTagAttachContentBase";
    ATTACH_CONTENT_ID = 0x3712, "PidTagAttachContentId";
    ATTACH_CONTENT_LOCATION = 0x3713, "PidTagAttachContentLocation";
    ATTACH_FLAGS = 0x3714, "PidTagAttachFlags";
    ATTACHMENT_HIDDEN = 0x7FFE, "PidTagAttachmentHidden";
    ATTACHMENT_LINK_ID = 0x7FFA, "PidTagAttachmentLinkId";
    ATTACHMENT_FLAGS = 0x7FFD, "PidTagAttachmentFlags";
    TEXT_ATTACHMENT_CHARSET = 0x371B, "PidTagTextAttachmentCharset";
    SMTP_ADDRESS = 0x39FE, "PidTagSmtpAddress";
    ACCOUNT = 0x3A00, "PidTagAccount";
    CALLBACK_TELEPHONE = 0x3A02, "PidTagCallbackTelephoneNumber";
    GENERATION = 0x3A05, "PidTagGeneration";
    GIVEN_NAME = 0x3A06, "PidTagGivenName";
    BUSINESS_TELEPHONE = 0x3A08, "PidTagBusinessTelephoneNumber";
    HOME_TELEPHONE = 0x3A09, "PidTagHomeTelephoneNumber";
    INITIALS = 0x3A0A, "PidTagInitials";
    SURNAME = 0x3A11, "PidTagSurname";
    COMPANY_NAME = 0x3A16, "PidTagCompanyName";
    TITLE = 0x3A17, "PidTagTitle";
    DEPARTMENT_NAME = 0x3A18, "PidTagDepartmentName";
    OFFICE_LOCATION = 0x3A19, "PidTagOfficeLocation";
    PRIMARY_TELEPHONE = 0x3A1A, "PidTagPrimaryTelephoneNumber";
    BUSINESS2_TELEPHONE = 0x3A1B, "PidTagBusiness2TelephoneNumber";
    MOBILE_TELEPHONE = 0x3A1C, "PidTagMobileTelephoneNumber";
    CAR_TELEPHONE = 0x3A1E, "PidTagCarTelephoneNumber";
    OTHER_TELEPHONE = 0x3A1F, "PidTagOtherTelephoneNumber";
    PAGER_TELEPHONE = 0x3A21, "PidTagPagerTelephoneNumber";
    PRIMARY_FAX = 0x3A23, "PidTagPrimaryFaxNumber";
    BUSINESS_FAX = 0x3A24, "PidTagBusinessFaxNumber";
    HOME_FAX = 0x3A25, "PidTagHomeFaxNumber";
    COUNTRY = 0x3A26, "PidTagCountry";
    LOCALITY = 0x3A27, "PidTagLocality";
    STATE_OR_PROVINCE = 0x3A28, "PidTagStateOrProvince";
    STREET_ADDRESS = 0x3A29, "PidTagStreetAddress";
    POSTAL_CODE = 0x3A2A, "PidTagPostalCode";
    HOME2_TELEPHONE = 0x3A2F, "PidTagHome2TelephoneNumber";
    WEDDING_ANNIVERSARY = 0x3A41, "PidTagWeddingAnniversary";
    BIRTHDAY = 0x3A42, "PidTagBirthday";
    MIDDLE_NAME = 0x3A44, "PidTagMiddleName";
    DISPLAY_NAME_PREFIX = 0x3A45, "PidTagDisplayNamePrefix";
    PROFESSION = 0x3A46, "PidTagProfession";
    SPOUSE_NAME = 0x3A48, "PidTagSpouseName";
    NICKNAME = 0x3A4F, "PidTagNickname";
    PERSONAL_HOME_PAGE = 0x3A50, "PidTagPersonalHomePage";
    BUSINESS_HOME_PAGE = 0x3A51, "PidTagBusinessHomePage";
    HOME_CITY = 0x3A59, "PidTagHomeAddressCity";
    HOME_COUNTRY = 0x3A5A, "PidTagHomeAddressCountry";
    HOME_POSTAL_CODE = 0x3A5B, "PidTagHomeAddressPostalCode";
    HOME_STATE = 0x3A5C, "PidTagHomeAddressStateOrProvince";
    HOME_STREET = 0x3A5D, "PidTagHomeAddressStreet";
    OTHER_CITY = 0x3A5F, "PidTagOtherAddressCity";
    OTHER_COUNTRY = 0x3A60, "PidTagOtherAddressCountry";
    OTHER_POSTAL_CODE = 0x3A61, "PidTagOtherAddressPostalCode";
    OTHER_STATE = 0x3A62, "PidTagOtherAddressStateOrProvince";
    OTHER_STREET = 0x3A63, "PidTagOtherAddressStreet";
    INTERNET_CODE_PAGE = 0x3FDE, "PidTagInternetCodepage";
    MESSAGE_LOCALE_ID = 0x3FF1, "PidTagMessageLocaleId";
    CREATOR_NAME = 0x3FF8, "PidTagCreatorName";
    LAST_MODIFIER_NAME = 0x3FFA, "PidTagLastModifierName";
    MESSAGE_CODE_PAGE = 0x3FFD, "PidTagMessageCodepage";
    SENDER_SMTP_ADDRESS = 0x5D01, "PidTagSenderSmtpAddress";
    SENT_REPRESENTING_SMTP_ADDRESS = 0x5D02, "PidTagSentRepresentingSmtpAddress";
    RECEIVED_SMTP_ADDRESS = 0x5D07, "PidTagReceivedBySmtpAddress";
    RECIPIENT_DISPLAY_NAME = 0x5FF6, "PidTagRecipientDisplayName";
    RECIPIENT_ENTRY_ID = 0x5FF7, "PidTagRecipientEntryId";
    RECIPIENT_FLAGS = 0x5FFD, "PidTagRecipientFlags";
    RECIPIENT_TRACK_STATUS = 0x5FFF, "PidTagRecipientTrackStatus";
    CODE_PAGE = 0x66C3, "PidTagCodePageId";
}

/// A property's kind of value: the low half of a tag.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropType(pub u16);

impl PropType {
    /// Not said.
    pub const UNSPECIFIED: Self = Self(0x0000);
    /// No value.
    pub const NULL: Self = Self(0x0001);
    /// 16 bits, signed.
    pub const INTEGER16: Self = Self(0x0002);
    /// 32 bits, signed.
    pub const INTEGER32: Self = Self(0x0003);
    /// A 32-bit float.
    pub const FLOATING32: Self = Self(0x0004);
    /// A 64-bit float.
    pub const FLOATING64: Self = Self(0x0005);
    /// 64 bits, in ten-thousandths.
    pub const CURRENCY: Self = Self(0x0006);
    /// Days since 30 December 1899, a 64-bit float.
    pub const FLOATING_TIME: Self = Self(0x0007);
    /// An error's code instead of a value.
    pub const ERROR: Self = Self(0x000A);
    /// True or false.
    pub const BOOLEAN: Self = Self(0x000B);
    /// An embedded object: a message, an OLE storage.
    pub const OBJECT: Self = Self(0x000D);
    /// 64 bits, signed.
    pub const INTEGER64: Self = Self(0x0014);
    /// Text in some code page.
    pub const STRING8: Self = Self(0x001E);
    /// Text in UTF-16LE.
    pub const STRING: Self = Self(0x001F);
    /// A FILETIME.
    pub const TIME: Self = Self(0x0040);
    /// A GUID.
    pub const GUID: Self = Self(0x0048);
    /// A server's number.
    pub const SERVER_ID: Self = Self(0x00FB);
    /// Bytes.
    pub const BINARY: Self = Self(0x0102);
    /// The bit that makes many values of one.
    pub const MULTIPLE: u16 = 0x1000;

    /// True if there may be several values.
    #[must_use]
    pub const fn is_multiple(self) -> bool {
        self.0 & Self::MULTIPLE != 0
    }

    /// The kind of each of several values.
    #[must_use]
    pub const fn single(self) -> Self {
        Self(self.0 & !Self::MULTIPLE)
    }

    /// Bytes of one value where every value has as many; `None` for text, bytes and what is not known.
    #[must_use]
    pub const fn fixed_len(self) -> Option<usize> {
        Some(match self.single() {
            Self::INTEGER16 | Self::BOOLEAN => 2,
            Self::INTEGER32 | Self::FLOATING32 | Self::ERROR => 4,
            Self::FLOATING64 | Self::CURRENCY | Self::FLOATING_TIME | Self::INTEGER64 | Self::TIME => 8,
            Self::GUID => 16,
            _ => return None,
        })
    }
}

impl fmt::Debug for PropType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04X}", self.0)
    }
}

/// Number and kind of a property: `0x0037001F` is the subject, in UTF-16.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropTag {
    /// The upper half.
    pub id: PropId,
    /// The lower half.
    pub kind: PropType,
}

impl PropTag {
    /// From both halves.
    #[must_use]
    pub const fn new(id: PropId, kind: PropType) -> Self {
        Self { id, kind }
    }
}

impl From<u32> for PropTag {
    fn from(tag: u32) -> Self {
        Self { id: PropId((tag >> 16) as u16), kind: PropType((tag & 0xFFFF) as u16) }
    }
}

impl From<PropTag> for u32 {
    fn from(tag: PropTag) -> Self {
        Self::from(tag.id.0) << 16 | Self::from(tag.kind.0)
    }
}

impl fmt::Debug for PropTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04X}{:04X}", self.id.0, self.kind.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_number_and_kind() {
        let tag = PropTag::from(0x0037_001F);
        assert_eq!((tag.id, tag.kind), (PropId::SUBJECT, PropType::STRING));
        assert_eq!(u32::from(tag), 0x0037_001F);
        assert!(PropType(0x101F).is_multiple());
        assert_eq!(PropType(0x101F).single(), PropType::STRING);
        assert_eq!(PropType(0x1014).fixed_len(), Some(8));
        assert_eq!(PropType::STRING.fixed_len(), None);
    }
}
