//! A message held in memory: what TNEF gives, and what tests make.

use std::sync::Arc;

use super::codepage::CodePage;
use super::error::MapiError;
use super::message::{MapiAttachment, MapiMessage};
use super::named::NamedProperties;
use super::properties::Properties;

/// A message whose every part is in memory. Cloning shares the names only.
#[derive(Clone, Debug, Default)]
pub struct Bag {
    /// What tells it from others.
    pub key: Vec<u8>,
    /// Its properties.
    pub properties: Properties,
    /// The names of the numbers from 0x8000 up.
    pub names: Arc<NamedProperties>,
    /// The code page of its String8 values, where it was told outside of the message.
    pub code_page: Option<CodePage>,
    /// Its recipients.
    pub recipients: Vec<Properties>,
    /// Its attachments.
    pub attachments: Vec<BagAttachment>,
}

/// An attachment in memory.
#[derive(Clone, Debug, Default)]
pub struct BagAttachment {
    /// Its properties, data included.
    pub properties: Properties,
    /// The message in it.
    pub message: Option<Box<Bag>>,
}

impl MapiMessage for Bag {
    fn key(&self) -> Vec<u8> {
        self.key.clone()
    }

    fn properties(&self) -> &Properties {
        &self.properties
    }

    fn names(&self) -> &NamedProperties {
        &self.names
    }

    fn store_code_page(&self) -> Option<CodePage> {
        self.code_page
    }

    fn recipients(&mut self) -> Vec<Result<Properties, MapiError>> {
        self.recipients.iter().cloned().map(Ok).collect()
    }

    fn attachment_count(&mut self) -> usize {
        self.attachments.len()
    }

    fn attachment(&mut self, index: usize) -> Result<Box<dyn MapiAttachment>, MapiError> {
        let attachment = self.attachments.get(index).ok_or_else(|| MapiError::new(format!("there is no attachment {index}")))?;
        Ok(Box::new(attachment.clone()))
    }
}

impl MapiAttachment for BagAttachment {
    fn properties(&self) -> &Properties {
        &self.properties
    }

    fn embedded(&mut self) -> Option<Result<Box<dyn MapiMessage>, MapiError>> {
        self.message.take().map(|message| -> Result<Box<dyn MapiMessage>, MapiError> { Ok(message) })
    }
}
